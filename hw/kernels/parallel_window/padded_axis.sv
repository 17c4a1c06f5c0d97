// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One axis of a padded image, step by step: what lies there, and which positions of a kernel that
// moves along it are complete.
//
// Steps 0 to STEPS - 1, one each time `step` is high: PAD of padding, SIZE of the image, and more
// padding as far as the last of COUNT positions reaches.
// Limits: PAD is less than KERNEL, and every position sees a part of the image.

`default_nettype none

(* keep_hierarchy = "yes" *)
module padded_axis #(
    parameter int unsigned SIZE   = 4,
    parameter int unsigned KERNEL = 3,
    parameter int unsigned STRIDE = 1,
    parameter int unsigned PAD    = 0,  // in front
    parameter int unsigned COUNT  = 2
) (
    input  wire  clk,
    input  wire  rst,
    input  wire  step,
    output logic last,      // the last step
    output logic in_image,  // in the image
    output logic complete,  // a position ends here
    output logic ends_last  // the last position ends here
);

  localparam int unsigned FINAL = (COUNT - 1) * STRIDE + KERNEL - 1;
  localparam int unsigned STEPS = (FINAL + 1 > PAD + SIZE) ? FINAL + 1 : PAD + SIZE;
  localparam int unsigned TAIL  = STEPS - PAD - SIZE;
  localparam int unsigned REST  = STEPS - 1 - FINAL;

  // As many steps at either end are told apart.
  function automatic int unsigned larger(input int unsigned a, input int unsigned b);
    larger = (a > b) ? a : b;
  endfunction
  localparam int unsigned EDGE = larger(larger(KERNEL - 1, 1), larger(TAIL, REST) + 1);

  logic [EDGE-1:0] at_first, at_last;

  lap_counter #(
      .LAP (STEPS),
      .EDGE(EDGE)
  ) u_lap (
      .clk  (clk),
      .rst  (rst),
      .step (step),
      .first(at_first),
      .last (at_last)
  );

  logic restart;
  assign restart   = rst || (step && last);
  assign last      = at_last[0];
  assign ends_last = at_last[REST];

  wire unused = &{1'b0, at_first, at_last, restart};

  if (PAD == 0 && TAIL == 0) begin : g_no_padding
    assign in_image = 1'b1;
  end else begin : g_padding
    logic enters, leaves;
    if (PAD == 0) begin : g_starts_inside
      assign enters = 1'b0;
    end else begin : g_enters
      assign enters = at_first[PAD-1];
    end
    assign leaves = TAIL != 0 && at_last[TAIL];

    always_ff @(posedge clk) begin
      if (restart) in_image <= PAD == 0;
      else if (step) in_image <= (in_image || enters) && !leaves;
    end
  end

  if (COUNT == 1) begin : g_one_position
    assign complete = ends_last;
  end else begin : g_positions
    logic whole;  // as many steps as the kernel has
    logic due;    // a stride after the last position, or the first one

    if (KERNEL == 1) begin : g_always_whole
      assign whole = 1'b1;
    end else begin : g_whole
      always_ff @(posedge clk) begin
        if (restart) whole <= 1'b0;
        else if (step) whole <= whole || at_first[KERNEL-2];
      end
    end

    if (STRIDE == 1) begin : g_each
      assign due = 1'b1;
    end else begin : g_strides
      logic last_due;
      lap_counter #(
          .LAP(STRIDE)
      ) u_stride (
          .clk  (clk),
          .rst  (restart),
          .step (step && whole),
          .first(due),
          .last (last_due)
      );
      wire unused_due = &{1'b0, last_due};
    end
    assign complete = whole && due;
  end

endmodule

`default_nettype wire
