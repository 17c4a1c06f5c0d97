// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Number of lanes in which activation and weight agree, as a count and one bit to be added to it,
// xnor_pkg::popcount_latency(N) cycles later.
//
// Weights come with the activations (PHASES = 0) or are constants, TABLE[phase * N + lane], of
// 1, 2 or 4 phases. One count a cycle while en is high. Chunks of up to 32 lanes are counted by
// xnor_count, which takes odd numbers of lanes. What is left of an even chunk waits for an adder's
// first carry, where it costs nothing: those of all chunks but the last for the adders of the tree,
// with a register a level, and that of the last for the accumulator behind.

`default_nettype none

module xnor_popcount #(
    parameter  int unsigned      N       = 8,
    parameter  int unsigned      PHASES  = 0,
    localparam int unsigned      TABLE_W = (PHASES == 0) ? 1 : N * PHASES,
    parameter  bit [TABLE_W-1:0] TABLE   = '0,
    localparam int unsigned      COUNT_W = (N == 1) ? 1 : $clog2(N)
) (
    input  wire                clk,
    input  wire                en,
    input  wire  [      N-1:0] act,
    input  wire  [      N-1:0] weight,
    input  wire  [        1:0] phase,
    output logic [COUNT_W-1:0] count,
    output logic               extra
);

  localparam int unsigned CHUNKS = xnor_pkg::chunks(N);
  localparam int unsigned LEVELS = $clog2(CHUNKS);
  localparam int unsigned SPARE  = N % CHUNKS;

  // A lane's bits alone: a choice from the whole table would be one of N * PHASES words.
  function automatic bit [3:0] weights_of(input int unsigned lane);
    for (int unsigned f = 0; f < 4; f++) begin
      weights_of[f] = f * N + lane < TABLE_W && TABLE[(f*N+lane)%TABLE_W];
    end
  endfunction

  // Level 0 are the chunks, level r the sums of pairs of level r - 1.
  for (genvar r = 0; r <= LEVELS; r++) begin : g_level
    localparam int unsigned NODES = (CHUNKS + (1 << r) - 1) >> r;
    localparam int unsigned BELOW = (r == 0) ? 0 : (CHUNKS + (1 << r >> 1) - 1) >> (r - 1);
    localparam int unsigned W     = (5 + r < COUNT_W) ? 5 + r : COUNT_W;
    for (genvar c = 0; c < NODES; c++) begin : g_node
      logic [W-1:0] sum;
      logic         waits;
      if (r == 0) begin : g_chunk
        localparam int unsigned SIZE    = N / CHUNKS + ((c < SPARE) ? 1 : 0);
        localparam int unsigned LANE0   = c * (N / CHUNKS) + ((c < SPARE) ? c : SPARE);
        localparam int unsigned ODD     = xnor_pkg::odd(SIZE);
        localparam int unsigned LAST    = LANE0 + SIZE - 1;
        localparam int unsigned LATENCY = xnor_pkg::count_latency(ODD);

        logic [$clog2(ODD+1)-1:0] odd_count;
        xnor_count #(
            .N     (ODD),
            .PHASES(PHASES),
            .STRIDE((PHASES == 0) ? ODD : N),
            .FIRST ((PHASES == 0) ? 0 : LANE0),
            .TABLE (TABLE)
        ) u_count (
            .clk   (clk),
            .en    (en),
            .act   (act[LANE0+:ODD]),
            .weight(weight[LANE0+:ODD]),
            .phase (phase),
            .count (odd_count)
        );
        assign sum = W'(odd_count);

        if (SIZE == ODD) begin : g_none
          assign waits = 1'b0;
        end else begin : g_last
          // The product is formed behind a register: three in a row would become a LUT.
          logic               act_late;
          logic               weight_late;
          logic [LATENCY-2:0] late;
          assign waits = late[LATENCY-2];
          always_ff @(posedge clk) begin
            if (en) begin
              act_late <= act[LAST];
              late     <= (LATENCY-1)'({late, ~(act_late ^ weight_late)});
            end
          end
          if (PHASES == 0) begin : g_memory
            always_ff @(posedge clk) begin
              if (en) weight_late <= weight[LAST];
            end
          end else begin : g_constant
            localparam bit [3:0] LAST_WEIGHTS = weights_of(LAST);

            logic [1:0] phase_late;
            always_ff @(posedge clk) begin
              if (en) phase_late <= phase;
            end
            assign weight_late = LAST_WEIGHTS[phase_late];
          end
        end
      end else begin : g_sum
        logic [W-1:0] next;
        logic         next_waits;
        always_ff @(posedge clk) begin
          if (en) begin
            sum   <= next;
            waits <= next_waits;
          end
        end
        if (2 * c + 1 < BELOW) begin : g_pair
          raw_adder #(
              .W(W)
          ) u_add (
              .carry(g_level[r-1].g_node[2*c].waits),
              .left (W'(g_level[r-1].g_node[2*c].sum)),
              .right(W'(g_level[r-1].g_node[2*c+1].sum)),
              .sum  (next)
          );
          assign next_waits = g_level[r-1].g_node[2*c+1].waits;
        end else begin : g_single
          assign next       = W'(g_level[r-1].g_node[2*c].sum);
          assign next_waits = g_level[r-1].g_node[2*c].waits;
        end
      end
    end
  end

  assign count = g_level[LEVELS].g_node[0].sum;
  assign extra = g_level[LEVELS].g_node[0].waits;

endmodule

`default_nettype wire
