// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Sum of N binary products (N odd) as one bit and (N - 1) / 2 carries of twice its weight.
//
// A chain of full adders that each take the running bit and two products. A product is the XNOR
// of an activation and a weight, and the five inputs of such an adder (bit, two activations, two
// weights) fit one dual_lut: no LUT is spent on XNOR but for the first product. With PHASES of 1,
// 2 or 4 the weights are constants, TABLE[phase * STRIDE + FIRST + i]; the two phase bits then
// take the place of the two weights, and the first product is free as well. Combinational,
// (N - 1) / 2 adders deep.

`default_nettype none

module xnor_group #(
    parameter  int unsigned      N       = 7,
    parameter  int unsigned      PHASES  = 0,
    parameter  int unsigned      STRIDE  = N,
    parameter  int unsigned      FIRST   = 0,
    localparam int unsigned      TABLE_W = (PHASES == 0) ? 1 : STRIDE * PHASES,
    parameter  bit [TABLE_W-1:0] TABLE   = '0,
    localparam int unsigned      ADDERS  = (N - 1) / 2,
    localparam int unsigned      CARRY_W = (ADDERS == 0) ? 1 : ADDERS
) (
    input  wire  [      N-1:0] act,
    input  wire  [      N-1:0] weight,
    input  wire  [        1:0] phase,
    output logic               sum,
    output logic [CARRY_W-1:0] carry
);

  localparam bit CODED = PHASES != 0;

  // Truth tables over the inputs {extra[1:0], right, left, head} of an adder, row 0 in bit 0.
  localparam bit [31:0] HEAD   = 32'hAAAA_AAAA;
  localparam bit [31:0] LEFT   = 32'hCCCC_CCCC;
  localparam bit [31:0] RIGHT  = 32'hF0F0_F0F0;
  localparam bit [31:0] EXTRA0 = 32'hFF00_FF00;
  localparam bit [31:0] EXTRA1 = 32'hFFFF_0000;

  // The weight of a lane over the same rows, looked up by the phase in extra.
  function automatic bit [31:0] constant_weight(input int unsigned lane);
    constant_weight = {
      {8{phase_weight(lane, 3)}},
      {8{phase_weight(lane, 2)}},
      {8{phase_weight(lane, 1)}},
      {8{phase_weight(lane, 0)}}
    };
  endfunction

  function automatic bit phase_weight(input int unsigned lane, input int unsigned at);
    phase_weight = at < PHASES && TABLE[(at*STRIDE+FIRST+lane)%TABLE_W];
  endfunction

  logic [ADDERS:0] chain;
  assign sum = chain[ADDERS];

  if (ADDERS == 0) begin : g_single
    assign carry = 1'b0;
  end

  if (!CODED) begin : g_memory
    assign chain[0] = ~(act[0] ^ weight[0]);
  end else if (ADDERS != 0) begin : g_in_first_adder
    assign chain[0] = act[0];
  end else begin : g_coded
    localparam bit [31:0] WEIGHT = constant_weight(0);
    assign chain[0] = ~(act[0] ^ WEIGHT[{phase, 3'b000}]);
  end

  for (genvar k = 0; k < ADDERS; k++) begin : g_adder
    localparam bit [31:0] A = (CODED && k == 0) ? ~(HEAD ^ constant_weight(0)) : HEAD;
    localparam bit [31:0] B = ~(LEFT ^ (CODED ? constant_weight(2 * k + 1) : EXTRA0));
    localparam bit [31:0] C = ~(RIGHT ^ (CODED ? constant_weight(2 * k + 2) : EXTRA1));
    dual_lut #(
        .INIT({A ^ B ^ C, (A & B) | (A & C) | (B & C)})
    ) u_adder (
        .i ({CODED ? phase : {weight[2*k+2], weight[2*k+1]}, act[2*k+2], act[2*k+1], chain[k]}),
        .o5(carry[k]),
        .o6(chain[k+1])
    );
  end

endmodule

`default_nettype wire
