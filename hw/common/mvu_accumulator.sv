// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Accumulator of one row of a matrix-vector unit: adds one number a step.
//
// `en` makes a step: acc becomes addend + carry + `start` in a pass's first step, and else that of
// the step before, its ones' complement with `flip`. Modulo 2**W. The addend should be raw, as
// raw_adder wants it: start, choice and complement then cost nothing beside the adder.

`default_nettype none

module mvu_accumulator #(
    parameter int unsigned W = 8
) (
    input  wire          clk,
    input  wire          en,
    input  wire          first,
    input  wire  [W-1:0] start,
    input  wire          flip,
    input  wire  [W-1:0] addend,
    input  wire          carry,
    output logic [W-1:0] acc
);

  logic [W-1:0] next;
  raw_adder #(
      .W(W)
  ) u_add (
      .carry(carry),
      .left (addend),
      .right(first ? start : acc ^ {W{flip}}),
      .sum  (next)
  );
  always_ff @(posedge clk) begin
    if (en) acc <= next;
  end

endmodule

`default_nettype wire
