// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether `held` is kept and larger than x, as integers of W bits, signed or not. Combinational.
//
// Signed integers compare as unsigned ones whose highest bits are swapped. A carry chain takes two
// bits a LUT: their LUT says whether they are equal, then the carry from below passes, or which is
// larger. Synthesis by itself spends a LUT on each bit, so where there are LUT6 the primitive is
// named. Limits: W >= 1.
`default_nettype none

module pool_larger #(
  parameter int W      = 8,
  parameter bit SIGNED = 1'b0
) (
  input  wire  [W-1:0] x,
  input  wire  [W-1:0] held,
  input  wire          keep,
  output logic         larger
);

  logic [W-1:0] more, less;

  always_comb begin
    more = held;
    less = x;
    if (SIGNED) begin
      more[W-1] = x[W-1];
      less[W-1] = held[W-1];
    end
  end

`ifdef XNORFLOW_LUT6
  localparam int PAIRS  = (W + 1) / 2;
  localparam int BLOCKS = (PAIRS + 3) / 4;

  // Inputs {keep, more[1:0], less[1:0]}, row 0 in bit 0: more, and equal; neither if not kept.
  localparam bit [31:0] MORE  = 32'h7310_0000;
  localparam bit [31:0] EQUAL = 32'h8421_0000;

  logic [ 2*PAIRS-1:0] mores, lesses;
  logic [4*BLOCKS-1:0] wins, ties;
  logic [  4*BLOCKS:0] carries;

  assign mores      = (2 * PAIRS)'(more);
  assign lesses     = (2 * PAIRS)'(less);
  assign carries[0] = 1'b0;
  assign larger     = carries[PAIRS];

  for (genvar n = 0; n < 4 * BLOCKS; n++) begin : g_pair
    if (n < PAIRS) begin : g_used
      dual_lut #(
        .INIT({EQUAL, MORE})
      ) u_lut (
        .i ({n < PAIRS - 1 || keep, mores[2*n+:2], lesses[2*n+:2]}),
        .o5(wins[n]),
        .o6(ties[n])
      );
    end else begin : g_beyond
      assign wins[n] = 1'b0;
      assign ties[n] = 1'b0;
    end
  end

  for (genvar k = 0; k < BLOCKS; k++) begin : g_block
    logic [3:0] unused;
    CARRY4 u_carry (
      .CO    (carries[4*k+1+:4]),
      .O     (unused),
      .CI    (carries[4*k]),
      .CYINIT(1'b0),
      .DI    (wins[4*k+:4]),
      .S     (ties[4*k+:4])
    );
  end
`else
  assign larger = keep && more > less;
`endif

endmodule

`default_nettype wire
