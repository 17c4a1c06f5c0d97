// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// slope * k + offset, modulo 2**SUM_W, in a DSP slice: two cycles later in which `en` is high.
//
// A register behind the product and one behind the sum, and the offset's own beside the product: those
// that a DSP48E1 has. Limits: a DSP48E1 takes SLOPE_W <= 25, K_W <= 17 (18 if signed), SUM_W <= 48.
`default_nettype none

module multiplied_sum #(
  parameter int K_W      = 8,
  parameter bit K_SIGNED = 1'b0,
  parameter int SLOPE_W  = 18,
  parameter int SUM_W    = 32
) (
  input  wire                clk,
  input  wire                en,
  input  wire  [    K_W-1:0] k,
  input  wire  [SLOPE_W-1:0] slope,
  input  wire  [  SUM_W-1:0] offset,
  output logic [  SUM_W-1:0] sum
);

  localparam int FACTOR_W  = K_W + (K_SIGNED ? 0 : 1);
  localparam int PRODUCT_W = FACTOR_W + SLOPE_W > SUM_W ? SUM_W : FACTOR_W + SLOPE_W;

  logic signed [ FACTOR_W-1:0] factor;
  (* use_dsp = "yes" *)
  logic signed [PRODUCT_W-1:0] product;
  logic        [    SUM_W-1:0] beside;

  assign factor = FACTOR_W'(k);

  always_ff @(posedge clk) begin
    if (en) begin
      product <= PRODUCT_W'(factor * signed'(slope));
      beside  <= offset;
      sum     <= SUM_W'(product) + beside;
    end
  end

endmodule

`default_nettype wire
