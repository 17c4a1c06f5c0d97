// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One of four words, a LUT6 a bit: synthesis by itself takes up to half as many again. Combinational.

`default_nettype none

module quad_mux #(
    parameter int unsigned W = 8
) (
    input  wire  [4*W-1:0] words,
    input  wire  [    1:0] choice,
    output logic [  W-1:0] q
);

`ifdef XNORFLOW_LUT6
  for (genvar b = 0; b < W; b++) begin : g_bit
    table_lut #(
        .INIT(64'hFF00_F0F0_CCCC_AAAA)
    ) u_lut (
        .i({choice, words[3*W+b], words[2*W+b], words[W+b], words[b]}),
        .o(q[b])
    );
  end
`else
  assign q = words[32'(choice)*W+:W];
`endif

endmodule

`default_nettype wire
