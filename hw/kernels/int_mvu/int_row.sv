// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Sum of +lane and -lane over one row of a step, but for its sign, LATENCY cycles later.
//
// terms are int_terms's. Chunks of up to CHUNK lanes are added by int_chunk, then in a tree with a
// register a level; a node adds its right half or that one's ones' complement to its left half,
// so that its left operand is raw and the complement costs no LUT. Bit 0 of a chunk's code is its
// sign against the half on its left, that of the very first the sign of the whole sum, which comes
// out beside it. One step a cycle while en is high. LATENCY is 1 + LEVELS, which must be
// clog2(ceil(SIMD / CHUNK)).
// Limits: none.

`default_nettype none

module int_row #(
    parameter  int unsigned SIMD   = 3,
    parameter  int unsigned IN_W   = 8,
    parameter  int unsigned CHUNK  = 6,
    parameter  int unsigned LEVELS = 0,
    localparam int unsigned SUM_W  = IN_W + $clog2(SIMD)
) (
    input  wire                             clk,
    input  wire                             en,
    input  wire         [SIMD*(IN_W+1)-1:0] terms,
    input  wire         [         SIMD-1:0] code,
    output logic signed [        SUM_W-1:0] sum,
    output logic                            sign
);

  localparam int unsigned TERM_W = IN_W + 1;
  localparam int unsigned CHUNKS = (SIMD + CHUNK - 1) / CHUNK;

  // A chunk's first lane, or the number of lanes.
  function automatic int unsigned lane0(input int unsigned chunk);
    lane0 = ((chunk < CHUNKS) ? chunk : CHUNKS) * SIMD / CHUNKS;
  endfunction

  // A chunk's sign waits until its sum, or that of the chunks behind it, has come up the tree.
  for (genvar c = 0; c < CHUNKS; c++) begin : g_sign
    localparam int unsigned WAIT = 1 + ((c == 0) ? LEVELS : $clog2(c & -c));
    logic [WAIT-1:0] late;
    always_ff @(posedge clk) begin
      if (en) late <= WAIT'({late, code[lane0(c)]});
    end
  end

  for (genvar r = 0; r <= LEVELS; r++) begin : g_level
    localparam int unsigned NODES = (CHUNKS + (1 << r) - 1) >> r;
    for (genvar c = 0; c < NODES; c++) begin : g_node
      localparam int unsigned LANE0 = lane0(c << r);
      localparam int unsigned LANES = lane0((c + 1) << r) - LANE0;
      localparam int unsigned W     = IN_W + $clog2(LANES);
      logic signed [W-1:0] total;
      logic signed [W-1:0] next;
      always_ff @(posedge clk) begin
        if (en) total <= next;
      end
      if (r == 0) begin : g_chunk
        int_chunk #(
            .LANES(LANES),
            .IN_W (IN_W)
        ) u_chunk (
            .terms(terms[LANE0*TERM_W+:LANES*TERM_W]),
            .code (code[LANE0+:LANES]),
            .sum  (next)
        );
      end else if (((2 * c + 1) << (r - 1)) < CHUNKS) begin : g_join
        localparam int unsigned RIGHT = (2 * c + 1) << (r - 1);
        logic signed [W-1:0] right;
        assign right = W'(g_level[r-1].g_node[2*c+1].total);
        raw_adder #(
            .W(W)
        ) u_add (
            .carry(1'b0),
            .left (W'(g_level[r-1].g_node[2*c].total)),
            .right(right ^ {W{g_sign[RIGHT].late[r-1]}}),
            .sum  (next)
        );
      end else begin : g_odd
        assign next = g_level[r-1].g_node[2*c].total;
      end
    end
  end

  assign sum  = g_level[LEVELS].g_node[0].total;
  assign sign = g_sign[0].late[LEVELS];

endmodule

`default_nettype wire
