// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One of two words, two bits a LUT: synthesis by itself spends a LUT on each bit. Combinational.

`default_nettype none

module dual_mux #(
    parameter int unsigned W = 8
) (
    input  wire  [W-1:0] zero,
    input  wire  [W-1:0] one,
    input  wire          choice,
    output logic [W-1:0] q
);

`ifdef XNORFLOW_LUT6
  localparam int unsigned PAIRS = (W + 1) / 2;

  // Truth tables over the inputs {choice, one[1:0], zero[1:0]}, row 0 in bit 0.
  localparam bit [31:0] FIRST  = 32'hF0F0_AAAA;
  localparam bit [31:0] SECOND = 32'hFF00_CCCC;

  logic [2*PAIRS-1:0] zeros;
  logic [2*PAIRS-1:0] ones;
  logic [2*PAIRS-1:0] chosen;
  assign zeros = (2 * PAIRS)'(zero);
  assign ones  = (2 * PAIRS)'(one);
  assign q     = chosen[W-1:0];

  for (genvar k = 0; k < PAIRS; k++) begin : g_pair
    dual_lut #(
        .INIT({SECOND, FIRST})
    ) u_lut (
        .i ({choice, ones[2*k+:2], zeros[2*k+:2]}),
        .o5(chosen[2*k]),
        .o6(chosen[2*k+1])
    );
  end
`else
  assign q = choice ? one : zero;
`endif

endmodule

`default_nettype wire
