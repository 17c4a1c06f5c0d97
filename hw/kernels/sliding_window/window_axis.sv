// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One axis of a sliding window: where in the kernel, at which position, and whether that is
// beyond the edge of the image.
//
// step_in moves on within the kernel, KERNEL steps; step_out goes to the next of COUNT positions.
// Limits: PAD is less than KERNEL, and every position sees a part of the image.

`default_nettype none

(* keep_hierarchy = "yes" *)
module window_axis #(
    parameter int unsigned SIZE   = 4,
    parameter int unsigned KERNEL = 3,
    parameter int unsigned STRIDE = 1,
    parameter int unsigned PAD    = 0,   // in front
    parameter int unsigned COUNT  = 2
) (
    input  wire  clk,
    input  wire  rst,
    input  wire  step_in,
    input  wire  step_out,
    output logic last_in,
    output logic last_out,
    output logic outside
);

  // How many elements position p sees before the edge, and how many up to the other edge.
  function automatic int front_at(input int p);
    front_at = int'(PAD) - p * int'(STRIDE);
  endfunction

  function automatic int back_at(input int p);
    back_at = front_at(p) + int'(SIZE);
  endfunction

  localparam int unsigned LAST   = COUNT - 1;
  localparam bit          PADDED = PAD != 0 || back_at(int'(LAST)) < int'(KERNEL);

  if (PADDED) begin : g_padded
    // Positions that see beyond an edge are the first or the last ones.
    localparam int unsigned FRONT = (PAD + STRIDE - 1) / STRIDE;
    localparam int          OVER  = int'(KERNEL) - back_at(int'(LAST));
    localparam int unsigned BACK  = (OVER > 0) ? (OVER + STRIDE - 1) / STRIDE : 0;
    localparam int unsigned MORE  = (FRONT > BACK) ? FRONT : BACK;
    localparam int unsigned EDGE  = (MORE > COUNT) ? COUNT : (MORE == 0) ? 1 : MORE;

    logic [KERNEL-1:0] in_first, in_last;
    logic [EDGE-1:0]   out_first, out_last;

    lap_counter #(
        .LAP (KERNEL),
        .EDGE(KERNEL)
    ) u_in (
        .clk  (clk),
        .rst  (rst),
        .step (step_in),
        .first(in_first),
        .last (in_last)
    );

    lap_counter #(
        .LAP (COUNT),
        .EDGE(EDGE)
    ) u_out (
        .clk  (clk),
        .rst  (rst),
        .step (step_out),
        .first(out_first),
        .last (out_last)
    );

    always_comb begin
      outside = 1'b0;
      for (int e = 0; e < int'(EDGE); e++) begin
        for (int k = 0; k < int'(KERNEL); k++) begin
          if (out_first[e] && in_first[k] && k < front_at(e)) outside = 1'b1;
          if (out_last[e] && in_first[k] && k >= back_at(int'(LAST) - e)) outside = 1'b1;
        end
      end
    end

    assign last_in  = in_last[0];
    assign last_out = out_last[0];

    wire unused = &{1'b0, in_last, out_first, out_last};
  end else begin : g_plain
    logic [1:0] unused;

    lap_counter #(
        .LAP(KERNEL)
    ) u_in (
        .clk  (clk),
        .rst  (rst),
        .step (step_in),
        .first(unused[0]),
        .last (last_in)
    );

    lap_counter #(
        .LAP(COUNT)
    ) u_out (
        .clk  (clk),
        .rst  (rst),
        .step (step_out),
        .first(unused[1]),
        .last (last_out)
    );

    assign outside = 1'b0;
  end

endmodule

`default_nettype wire
