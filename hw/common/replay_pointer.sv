// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Place in a ring of DEPTH words, and on top a bit that turns with every round.
//
// Two pointers are in the same place, and the ring between them empty, where all bits agree; it is
// full where only the top bit differs. On `step` the pointer advances, or jumps to `from`.

`default_nettype none

module replay_pointer #(
    parameter  int unsigned DEPTH = 32,
    localparam int unsigned W     = $clog2(DEPTH) + 1
) (
    input  wire          clk,
    input  wire          rst,
    input  wire          step,
    input  wire          jump,
    input  wire  [W-1:0] from,
    output logic [W-1:0] at
);

  if ((1 << (W - 1)) == DEPTH) begin : g_power_of_two
    always_ff @(posedge clk) begin
      if (rst) at <= '0;
      else if (step) at <= jump ? from : at + W'(1);
    end
  end else begin : g_other
    logic wraps;
    assign wraps = at[W-2:0] == (W - 1)'(DEPTH - 1);
    always_ff @(posedge clk) begin
      if (rst) at <= '0;
      else if (step && jump) at <= from;
      else if (step) at <= {at[W-1] ^ wraps, wraps ? '0 : at[W-2:0] + (W - 1)'(1)};
    end
  end

endmodule

`default_nettype wire
