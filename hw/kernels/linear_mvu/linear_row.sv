// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One row of a linear_mvu: the sum of SIMD products of a weight and an integer.
//
// `en` makes a step. Products of X_W and WEIGHT_W bits come one cycle later, in registers that a
// multiplier of the part has, or stand behind it; then a binary tree adds them up, with a register
// for each of LEVELS levels. Modulo 2**SUM_W. Latency: 1 + LEVELS. Limits: LEVELS is clog2(SIMD).

`default_nettype none

module linear_row #(
    parameter  int unsigned SIMD     = 4,
    parameter  int unsigned X_W      = 9,
    parameter  int unsigned WEIGHT_W = 8,
    parameter  int unsigned LEVELS   = 2,
    localparam int unsigned SUM_W    = X_W + WEIGHT_W + LEVELS
) (
    input  wire                      clk,
    input  wire                      en,
    input  wire  [     SIMD*X_W-1:0] xs,
    input  wire  [SIMD*WEIGHT_W-1:0] weights,
    output logic [        SUM_W-1:0] sum
);

  if (SIMD < 1 || LEVELS != $clog2(SIMD)) begin : g_check
    $error("linear_row: LEVELS must be clog2(SIMD)");
  end

  for (genvar r = 0; r <= LEVELS; r++) begin : g_level
    localparam int unsigned NODES = (SIMD + (1 << r) - 1) >> r;
    localparam int unsigned W     = X_W + WEIGHT_W + r;
    for (genvar c = 0; c < NODES; c++) begin : g_node
      logic [W-1:0] total;
      if (r == 0) begin : g_product
        wire signed [     X_W-1:0] x      = xs[c*X_W+:X_W];
        wire signed [WEIGHT_W-1:0] weight = weights[c*WEIGHT_W+:WEIGHT_W];
        always_ff @(posedge clk) begin
          if (en) total <= x * weight;
        end
      end else begin : g_sum
        // Sign bits: sums of one bit more.
        logic [W-1:0] left, next;
        assign left = {g_level[r-1].g_node[2*c].total[W-2], g_level[r-1].g_node[2*c].total};
        if (2 * c + 1 < (SIMD + (1 << (r - 1)) - 1) >> (r - 1)) begin : g_two
          raw_adder #(
              .W(W)
          ) u_add (
              .carry(1'b0),
              .left (left),
              .right({
                g_level[r-1].g_node[2*c+1].total[W-2], g_level[r-1].g_node[2*c+1].total
              }),
              .sum  (next)
          );
        end else begin : g_one
          assign next = left;
        end
        always_ff @(posedge clk) begin
          if (en) total <= next;
        end
      end
    end
  end

  assign sum = g_level[LEVELS].g_node[0].total;

endmodule

`default_nettype wire
