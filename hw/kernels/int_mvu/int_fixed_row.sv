// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Sum of +lane and -lane over one row of constant weights, but for its sign, LATENCY cycles later.
//
// terms are int_terms's, in chunks of three. A chunk has but four sums, up to the sign, and two of
// them together 32: plain operators let synthesis find which of them rows have in common. Sums of
// three are triple_adders. TREE tells how chunks are added up: bit level * CHUNKS + k, that a node
// of the level begins with chunk k, all of them at level 0, and up to three in a node above. CODE
// says for each chunk, from its first lane on: whether it is subtracted from what stands on its
// left in its node, whether its pair's difference is taken, and, with three lanes, whether that is
// subtracted from the third. One step a cycle while en is high. LATENCY is 1 + LEVELS.
// Limits: the last level of TREE has one node.

`default_nettype none

module int_fixed_row #(
    parameter  int unsigned                      SIMD   = 3,
    parameter  int unsigned                      IN_W   = 8,
    parameter  int unsigned                      LEVELS = 0,
    localparam int unsigned                      CHUNKS = (SIMD + 2) / 3,
    parameter  bit [(LEVELS+1)*CHUNKS-1:0]       TREE   = '1,
    parameter  bit [SIMD-1:0]                    CODE   = '0,
    localparam int unsigned                      SUM_W  = IN_W + $clog2(SIMD)
) (
    input  wire                             clk,
    input  wire                             en,
    input  wire         [SIMD*(IN_W+1)-1:0] terms,
    output logic signed [        SUM_W-1:0] sum
);

  localparam int unsigned TERM_W = IN_W + 1;

  wire unused_terms = &terms;  // a pair's sum, or its difference, as CODE chooses

  // The chunk with which a level's next node begins, or the number of chunks.
  function automatic int unsigned after(input int unsigned level, input int unsigned chunk);
    after = CHUNKS;
    for (int unsigned k = 1; k < CHUNKS; k++) begin
      if (CHUNKS - k > chunk && TREE[level*CHUNKS+CHUNKS-k]) after = CHUNKS - k;
    end
  endfunction

  // Nodes have the number of their first chunk.
  for (genvar r = 0; r <= LEVELS; r++) begin : g_level
    for (genvar c = 0; c < CHUNKS; c++) begin : g_node
      if (TREE[r*CHUNKS+c]) begin : g_sum
        localparam int unsigned END   = after(r, c);
        localparam int unsigned LANE0 = c * SIMD / CHUNKS;
        localparam int unsigned LANES = END * SIMD / CHUNKS - LANE0;
        localparam int unsigned W     = IN_W + $clog2(LANES);
        logic signed [W-1:0] total;
        logic signed [W-1:0] next;
        always_ff @(posedge clk) begin
          if (en) total <= next;
        end
        if (r == 0) begin : g_chunk
          localparam bit [LANES-1:0] CHOICE = CODE[LANE0+:LANES];
          if (LANES == 1) begin : g_lane
            assign next = W'($signed(terms[LANE0*TERM_W+:TERM_W]));
          end else begin : g_pair
            logic signed [W-1:0] pair;
            assign pair = W'($signed(terms[(LANE0+32'(CHOICE[1]))*TERM_W+:TERM_W]));
            if (LANES == 2) begin : g_alone
              assign next = pair;
            end else begin : g_add
              logic signed [W-1:0] third;
              assign third = W'($signed(terms[(LANE0+2)*TERM_W+:TERM_W]));
              assign next  = CHOICE[2] ? third - pair : third + pair;
            end
          end
        end else begin : g_join
          localparam int unsigned MIDDLE = after(r - 1, c);
          localparam int unsigned RIGHT  = (MIDDLE < END) ? after(r - 1, MIDDLE) : END;
          logic signed [W-1:0] left;
          assign left = W'(g_level[r-1].g_node[c].g_sum.total);
          if (MIDDLE >= END) begin : g_one
            assign next = left;
          end else begin : g_more
            localparam bit MINUS = CODE[MIDDLE*SIMD/CHUNKS];
            logic signed [W-1:0] middle;
            assign middle = W'(g_level[r-1].g_node[MIDDLE].g_sum.total);
            if (RIGHT >= END) begin : g_two
              assign next = MINUS ? left - middle : left + middle;
            end else begin : g_three
              triple_adder #(
                  .W      (W),
                  .MINUS_B(MINUS),
                  .MINUS_C(CODE[RIGHT*SIMD/CHUNKS])
              ) u_add (
                  .a  (left),
                  .b  (middle),
                  .c  (W'(g_level[r-1].g_node[RIGHT].g_sum.total)),
                  .sum(next)
              );
            end
          end
        end
      end
    end
  end

  assign sum = g_level[LEVELS].g_node[0].g_sum.total;

endmodule

`default_nettype wire
