// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Sum of two numbers and a bit, modulo 2**W; left should be raw: registers or a carry chain.
//
// A carry chain takes one of the two numbers beside their XOR. Only where that one is raw does a
// bit cost no more than the LUT of the XOR, whatever else of up to six inputs the right one is
// made of; the chain's first carry is free. Synthesis picks one of the two at will, so where
// XNORFLOW_LUT6 says that the part has such chains the primitive is named. Combinational.

`default_nettype none

module raw_adder #(
    parameter int unsigned W = 8
) (
    input  wire          carry,
    input  wire  [W-1:0] left,
    input  wire  [W-1:0] right,
    output logic [W-1:0] sum
);

`ifdef XNORFLOW_LUT6
  localparam int unsigned BLOCKS = (W + 3) / 4;

  logic [4*BLOCKS-1:0] generates;
  logic [4*BLOCKS-1:0] propagates;
  logic [  4*BLOCKS:0] carries;
  logic [4*BLOCKS-1:0] sums;
  assign generates  = (4 * BLOCKS)'(left);
  assign propagates = (4 * BLOCKS)'(left ^ right);
  assign carries[0] = 1'b0;
  assign sum        = sums[W-1:0];

  for (genvar k = 0; k < BLOCKS; k++) begin : g_block
    CARRY4 u_carry (
        .CO    (carries[4*k+1+:4]),
        .O     (sums[4*k+:4]),
        .CI    (carries[4*k]),
        .CYINIT((k == 0) ? carry : 1'b0),
        .DI    (generates[4*k+:4]),
        .S     (propagates[4*k+:4])
    );
  end
`else
  logic unused;
  assign {sum, unused} = {left, 1'b1} + {right, carry};
`endif

endmodule

`default_nettype wire
