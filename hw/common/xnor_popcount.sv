// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Number of lanes in which activation and weight agree, LATENCY cycles later.
//
// Weights come with the activations (PHASES = 0) or are constants, TABLE[phase * N + lane], of
// 1, 2 or 4 phases. One count a cycle while en is high. Chunks of up to 31 lanes are counted by
// xnor_count and added in a tree with a register a level: LATENCY is 2 for up to 11 lanes, and
// 3 + clog2(ceil(N / 31)) beyond.

`default_nettype none

module xnor_popcount #(
    parameter  int unsigned      N       = 8,
    parameter  int unsigned      PHASES  = 0,
    localparam int unsigned      TABLE_W = (PHASES == 0) ? 1 : N * PHASES,
    parameter  bit [TABLE_W-1:0] TABLE   = '0,
    localparam int unsigned      COUNT_W = $clog2(N + 1)
) (
    input  wire                clk,
    input  wire                en,
    input  wire  [      N-1:0] act,
    input  wire  [      N-1:0] weight,
    input  wire  [        1:0] phase,
    output logic [COUNT_W-1:0] count
);

  localparam int unsigned CHUNKS = (N + 30) / 31;
  localparam int unsigned LEVELS = $clog2(CHUNKS);

  // Row 0 holds the chunks' counts, row r the sums of pairs of row r - 1.
  logic [LEVELS:0][CHUNKS-1:0][COUNT_W-1:0] row;
  assign count = row[LEVELS][0];

  for (genvar c = 0; c < CHUNKS; c++) begin : g_chunk
    localparam int unsigned SPARE = N % CHUNKS;
    localparam int unsigned SIZE  = N / CHUNKS + ((c < SPARE) ? 1 : 0);
    localparam int unsigned LANE0 = c * (N / CHUNKS) + ((c < SPARE) ? c : SPARE);

    logic [$clog2(SIZE+1)-1:0] chunk_count;
    xnor_count #(
        .N     (SIZE),
        .PHASES(PHASES),
        .STRIDE((PHASES == 0) ? SIZE : N),
        .FIRST ((PHASES == 0) ? 0 : LANE0),
        .TABLE (TABLE)
    ) u_count (
        .clk   (clk),
        .en    (en),
        .act   (act[LANE0+:SIZE]),
        .weight(weight[LANE0+:SIZE]),
        .phase (phase),
        .count (chunk_count)
    );
    assign row[0][c] = COUNT_W'(chunk_count);
  end

  for (genvar r = 1; r <= LEVELS; r++) begin : g_level
    localparam int unsigned BELOW = (CHUNKS + (1 << (r - 1)) - 1) >> (r - 1);
    for (genvar c = 0; c < CHUNKS; c++) begin : g_sum
      if (2 * c < BELOW) begin : g_add
        logic [COUNT_W-1:0] sum;
        if (2 * c + 1 < BELOW) begin : g_pair
          always_ff @(posedge clk) begin
            if (en) sum <= row[r-1][2*c] + row[r-1][2*c+1];
          end
        end else begin : g_odd
          always_ff @(posedge clk) begin
            if (en) sum <= row[r-1][2*c];
          end
        end
        assign row[r][c] = sum;
      end else begin : g_unused
        assign row[r][c] = '0;
      end
    end
  end

endmodule

`default_nettype wire
