// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Sum of +lane and -lane over one row of constant weights, but for its sign, LATENCY cycles later.
//
// terms are int_terms's, in chunks of three. A chunk has four sums but for the sign, the first
// level of the tree, where it joins two chunks (PAIRED), 32: plain operators let synthesis find
// that rows have them in common. Where rows are few it joins three; so do all levels above, in
// triple_adders. CODE says for each chunk, from its first lane on: whether it is subtracted from
// what stands on its left in its node, whether its pair's difference is taken, and, for three
// lanes, whether that is subtracted from the third. One step a cycle while en is high. LATENCY is
// 1 + LEVELS, the levels above the chunks, which must be as many as leave one node.
// Limits: none.

`default_nettype none

module int_fixed_row #(
    parameter  int unsigned   SIMD   = 3,
    parameter  int unsigned   IN_W   = 8,
    parameter  int unsigned   LEVELS = 0,
    parameter  bit            PAIRED = 1'b0,
    parameter  bit [SIMD-1:0] CODE   = '0,
    localparam int unsigned   SUM_W  = IN_W + $clog2(SIMD)
) (
    input  wire                             clk,
    input  wire                             en,
    input  wire         [SIMD*(IN_W+1)-1:0] terms,
    output logic signed [        SUM_W-1:0] sum
);

  localparam int unsigned TERM_W = IN_W + 1;
  localparam int unsigned CHUNKS = (SIMD + 2) / 3;

  // A chunk's first lane, or the number of lanes.
  function automatic int unsigned lane0(input int unsigned chunk);
    lane0 = ((chunk < CHUNKS) ? chunk : CHUNKS) * SIMD / CHUNKS;
  endfunction

  for (genvar r = 0; r <= LEVELS; r++) begin : g_level
    // Chunks in a node.
    localparam int unsigned ARITY = (PAIRED && r == 1) ? 2 : 3;
    localparam int unsigned SPAN  = (PAIRED && r > 0) ? 2 * 3 ** (r - 1) : 3 ** r;
    localparam int unsigned BELOW = SPAN / ARITY;
    for (genvar c = 0; c < (CHUNKS + SPAN - 1) / SPAN; c++) begin : g_node
      localparam int unsigned LANE0 = lane0(c * SPAN);
      localparam int unsigned LANES = lane0((c + 1) * SPAN) - LANE0;
      localparam int unsigned W     = IN_W + $clog2(LANES);
      logic signed [W-1:0] sum;
      logic signed [W-1:0] next;
      always_ff @(posedge clk) begin
        if (en) sum <= next;
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
        localparam int unsigned MIDDLE = c * SPAN + BELOW;
        localparam int unsigned RIGHT  = c * SPAN + 2 * BELOW;
        logic signed [W-1:0] left;
        assign left = W'(g_level[r-1].g_node[c*ARITY].sum);
        if (MIDDLE >= CHUNKS) begin : g_one
          assign next = left;
        end else begin : g_more
          logic signed [W-1:0] middle;
          assign middle = W'(g_level[r-1].g_node[c*ARITY+1].sum);
          if (ARITY == 2 || RIGHT >= CHUNKS) begin : g_two
            assign next = CODE[lane0(MIDDLE)] ? left - middle : left + middle;
          end else begin : g_three
            triple_adder #(
                .W      (W),
                .MINUS_B(CODE[lane0(MIDDLE)]),
                .MINUS_C(CODE[lane0(RIGHT)])
            ) u_add (
                .a  (left),
                .b  (middle),
                .c  (W'(g_level[r-1].g_node[c*ARITY+2].sum)),
                .sum(next)
            );
          end
        end
      end
    end
  end

  assign sum = g_level[LEVELS].g_node[0].sum;

endmodule

`default_nettype wire
