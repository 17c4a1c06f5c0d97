// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Signed counter that a write changes by AHEAD and a step by MOVES word `kind`, both also at once.
//
// One six-input LUT a bit: each of the moves is a constant, with and without the write, and so a
// function of five bits that the adder's own LUT takes in. Kept as a module of its own so that
// synthesis does not look for those five bits elsewhere.
// Limits: W bits hold every count that can arise.

`default_nettype none

(* keep_hierarchy = "yes" *)
module stepped_counter #(
    parameter int unsigned     W     = 8,
    parameter int              START = -1,
    parameter int              AHEAD = 1,
    parameter bit [(W<<3)-1:0] MOVES = '0
) (
    input  wire         clk,
    input  wire         rst,
    input  wire         write,
    input  wire         step,
    input  wire  [2:0]  kind,
    output logic [W-1:0] count
);

  function automatic bit [(W<<3)-1:0] moves_ahead();
    for (int unsigned k = 0; k < 8; k++) moves_ahead[k*W+:W] = MOVES[k*W+:W] + W'(AHEAD);
  endfunction

  localparam bit [(W<<3)-1:0] MOVES_AHEAD = moves_ahead();

  logic [W-1:0] by;
  logic [W-1:0] next;

  always_comb begin
    by = write ? W'(AHEAD) : '0;
    if (step) by = write ? MOVES_AHEAD[32'(kind)*W+:W] : MOVES[32'(kind)*W+:W];
  end

  raw_adder #(
      .W(W)
  ) u_add (
      .carry(1'b0),
      .left (count),
      .right(by),
      .sum  (next)
  );

  always_ff @(posedge clk) begin
    if (rst) count <= W'(START);
    else count <= next;
  end

endmodule

`default_nettype wire
