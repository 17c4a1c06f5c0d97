// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// What a lane of stream_add adds: FACTOR times the number that a stored integer stands for.
//
// W bits, signed, unsigned or binary (0 for -1 and 1 for +1), become OUT_W bits in two's complement.
// Combinational. Limits: OUT_W is wider than W.
`default_nettype none

module stream_add_operand #(
  parameter int W       = 8,
  parameter bit SIGNED  = 1'b0,
  parameter bit BIPOLAR = 1'b0,
  parameter int FACTOR  = 1,
  parameter int OUT_W   = 9
) (
  input  wire  [    W-1:0] stored,
  output logic [OUT_W-1:0] number
);

  if (BIPOLAR && FACTOR == 1) begin : g_sign
    assign number = {{(OUT_W - 1) {!stored[0]}}, 1'b1};
  end else if (BIPOLAR) begin : g_bit
    localparam bit [OUT_W-1:0] PLUS  = OUT_W'(FACTOR);
    localparam bit [OUT_W-1:0] MINUS = OUT_W'(-FACTOR);
    assign number = stored[0] ? PLUS : MINUS;
  end else begin : g_integer
    wire [OUT_W-1:0] plain = {{(OUT_W - W) {SIGNED && stored[W-1]}}, stored};
    if (FACTOR == 1) begin : g_plain
      assign number = plain;
    end else begin : g_times
      constant_product #(
        .W     (OUT_W),
        .FACTOR(FACTOR)
      ) u_product (
        .x      (plain),
        .product(number)
      );
    end
  end

endmodule

`default_nettype wire
