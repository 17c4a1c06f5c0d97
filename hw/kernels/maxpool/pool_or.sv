// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// x, and `held` if it is kept, ORed bit by bit. Combinational.
//
// Two bits have five inputs together and share a dual_lut where there are LUT6: synthesis does not
// pack them by itself everywhere. Limits: W >= 1.
`default_nettype none

module pool_or #(
  parameter int W = 8
) (
  input  wire  [W-1:0] x,
  input  wire  [W-1:0] held,
  input  wire          keep,
  output logic [W-1:0] result
);

`ifdef XNORFLOW_LUT6
  localparam int PAIRS = (W + 1) / 2;

  // Inputs {keep, held, x of the upper bit, held, x of the lower bit}.
  localparam bit [31:0] LOWER = 32'hAAAA_AAAA | (32'hCCCC_CCCC & 32'hFFFF_0000);
  localparam bit [31:0] UPPER = 32'hF0F0_F0F0 | (32'hFF00_FF00 & 32'hFFFF_0000);

  logic [2*PAIRS-1:0] xs, helds, results;

  assign xs     = (2 * PAIRS)'(x);
  assign helds  = (2 * PAIRS)'(held);
  assign result = results[W-1:0];

  for (genvar n = 0; n < 2 * PAIRS; n += 2) begin : g_pair
    dual_lut #(
      .INIT({UPPER, LOWER})
    ) u_lut (
      .i ({keep, helds[n+1], xs[n+1], helds[n], xs[n]}),
      .o5(results[n]),
      .o6(results[n+1])
    );
  end
`else
  assign result = x | (held & {W{keep}});
`endif

endmodule

`default_nettype wire
