// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One function of six inputs by its truth table, which is what one 7-series LUT6 holds.
//
// Where XNORFLOW_LUT6 says that the part has such LUTs the primitive is named, since synthesis
// makes multiplexers of a large constant table; elsewhere the table is plain logic.

`default_nettype none

module table_lut #(
    parameter bit [63:0] INIT = 64'h0
) (
    input  wire  [5:0] i,
    output logic       o
);

`ifdef XNORFLOW_LUT6
  LUT6 #(
      .INIT(INIT)
  ) u_lut (
      .O (o),
      .I0(i[0]),
      .I1(i[1]),
      .I2(i[2]),
      .I3(i[3]),
      .I4(i[4]),
      .I5(i[5])
  );
`else
  assign o = INIT[i];
`endif

endmodule

`default_nettype wire
