// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// A number times a positive constant, modulo 2**W.
//
// The constant is written in digits -1, 0 and 1 of which no two neighbours differ from 0: as few as
// can be. Those of either sign are added up for themselves, since a number that is taken off keeps
// the carry chain busy up to the top; then one sum is taken off the other. Nothing is multiplied, so
// that synthesis takes no multiplier for a constant. A power of two takes nothing. Combinational.
// Limits: FACTOR from 1 to 2**30.

`default_nettype none

module constant_product #(
    parameter int unsigned W      = 8,
    parameter int unsigned FACTOR = 3
) (
    input  wire  [W-1:0] x,
    output logic [W-1:0] product
);

  // What the halves of FACTOR and of 3 * FACTOR differ in are the digits.
  localparam int unsigned HALF  = FACTOR / 2;
  localparam int unsigned PLUS  = (FACTOR + HALF) & ~HALF;
  localparam int unsigned MINUS = HALF & ~(FACTOR + HALF);
  localparam int unsigned AT    = $clog2(MINUS & -MINUS);

  if (FACTOR < 1 || FACTOR > (1 << 30)) begin : g_check
    $error("constant_product: FACTOR must be 1 to 2**30");
  end

  logic [W-1:0] plus;
  digit_sum #(
      .W     (W),
      .DIGITS(PLUS)
  ) u_plus (
      .x  (x),
      .sum(plus)
  );

  if (MINUS == 0 || AT >= W) begin : g_plus
    assign product = plus;
  end else begin : g_difference
    logic [W-1:0] minus;
    digit_sum #(
        .W     (W),
        .DIGITS(MINUS)
    ) u_minus (
        .x  (x),
        .sum(minus)
    );
    raw_adder #(
        .W(W - AT)
    ) u_difference (
        .carry(1'b1),
        .left (plus[W-1:AT]),
        .right(~minus[W-1:AT]),
        .sum  (product[W-1:AT])
    );
    if (AT > 0) begin : g_below
      assign product[AT-1:0] = plus[AT-1:0];
      wire unused = &{1'b0, minus[AT-1:0]};
    end
  end

endmodule

`default_nettype wire
