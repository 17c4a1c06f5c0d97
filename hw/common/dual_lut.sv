// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Two functions of the same five inputs, which is what one 7-series LUT6 can hold.
//
// INIT[31:0] is the truth table of o5, INIT[63:32] that of o6. Synthesis does not pack two
// functions into one LUT by itself everywhere, so where XNORFLOW_LUT6 says that the part has
// six-input LUTs the primitive is named; elsewhere the tables are plain logic.

`default_nettype none

module dual_lut #(
    parameter bit [63:0] INIT = 64'h0
) (
    input  wire  [4:0] i,
    output logic       o5,
    output logic       o6
);

`ifdef XNORFLOW_LUT6
  LUT6_2 #(
      .INIT(INIT)
  ) u_lut (
      .O6(o6),
      .O5(o5),
      .I0(i[0]),
      .I1(i[1]),
      .I2(i[2]),
      .I3(i[3]),
      .I4(i[4]),
      .I5(1'b1)
  );
`else
  assign o5 = INIT[{1'b0, i}];
  assign o6 = INIT[{1'b1, i}];
`endif

endmodule

`default_nettype wire
