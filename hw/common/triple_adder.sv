// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// a + b + c, with b or c subtracted instead where MINUS_B or MINUS_C says so, modulo 2**W.
//
// One LUT a bit: a dual_lut holds a full adder's majority beside the parity of the three bits and
// the majority from the bit below, and the carry chain adds these two. Synthesis by itself takes
// two LUTs. Both ones that the subtractions need go in at the low end. Elsewhere than where
// XNORFLOW_LUT6 says that the part has such LUTs and chains these are plain operators.
// Combinational.

`default_nettype none

module triple_adder #(
    parameter int unsigned W       = 8,
    parameter bit          MINUS_B = 1'b0,
    parameter bit          MINUS_C = 1'b0
) (
    input  wire  [W-1:0] a,
    input  wire  [W-1:0] b,
    input  wire  [W-1:0] c,
    output logic [W-1:0] sum
);

`ifdef XNORFLOW_LUT6
  localparam int unsigned BLOCKS = (W + 3) / 4;

  // Truth tables over the inputs {0, majority below, c, b, a}, row 0 in bit 0.
  localparam bit [31:0] A        = 32'hAAAA_AAAA;
  localparam bit [31:0] B        = MINUS_B ? 32'h3333_3333 : 32'hCCCC_CCCC;
  localparam bit [31:0] C        = MINUS_C ? 32'h0F0F_0F0F : 32'hF0F0_F0F0;
  localparam bit [31:0] BELOW    = 32'hFF00_FF00;
  localparam bit [31:0] MAJORITY = (A & B) | (A & C) | (B & C);
  localparam bit [31:0] PARITY   = A ^ B ^ C ^ BELOW;

  logic [         W:0] majority;  // of the bit below
  logic [4*BLOCKS-1:0] propagates;
  logic [4*BLOCKS-1:0] sums;
  logic [  4*BLOCKS:0] carries;
  assign majority[0] = MINUS_C;
  assign carries[0]  = 1'b0;
  assign sum         = sums[W-1:0];

  for (genvar i = 0; i < 4 * BLOCKS; i++) begin : g_bit
    if (i < W) begin : g_used
      dual_lut #(
          .INIT({PARITY, MAJORITY})
      ) u_lut (
          .i ({1'b0, majority[i], c[i], b[i], a[i]}),
          .o5(majority[i+1]),
          .o6(propagates[i])
      );
    end else begin : g_padding
      assign propagates[i] = 1'b0;
    end
  end

  for (genvar k = 0; k < BLOCKS; k++) begin : g_block
    CARRY4 u_carry (
        .CO    (carries[4*k+1+:4]),
        .O     (sums[4*k+:4]),
        .CI    (carries[4*k]),
        .CYINIT((k == 0) ? MINUS_B : 1'b0),
        .DI    ((4)'(majority[W-1:0] >> (4 * k))),
        .S     (propagates[4*k+:4])
    );
  end
`else
  assign sum = a + (MINUS_B ? -b : b) + (MINUS_C ? -c : c);
`endif

endmodule

`default_nettype wire
