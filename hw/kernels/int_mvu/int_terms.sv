// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// What all rows of an int_mvu share: sums and differences of pairs of lanes.
//
// SIMD integers of IN_W bits become as many signed terms of IN_W + 1 bits. Lanes are divided into
// chunks of up to CHUNK; two neighbours in a chunk become their sum and their difference (which
// are both even or both odd), and an odd chunk's last lane stays. Unsigned integers have
// 2**(IN_W - 1) taken off first. Combinational.
// Limits: none.

`default_nettype none

module int_terms #(
    parameter int unsigned SIMD      = 3,
    parameter int unsigned IN_W      = 8,
    parameter bit          IN_SIGNED = 1'b1,
    parameter int unsigned CHUNK     = 6
) (
    input  wire  [    SIMD*IN_W-1:0] lanes,
    output logic [SIMD*(IN_W+1)-1:0] terms
);

  localparam int unsigned TERM_W = IN_W + 1;
  localparam int unsigned CHUNKS = (SIMD + CHUNK - 1) / CHUNK;

  localparam bit [IN_W-1:0] LOWEST = IN_W'(1) << (IN_W - 1);

  for (genvar c = 0; c < CHUNKS; c++) begin : g_chunk
    localparam int unsigned LANE0 = c * SIMD / CHUNKS;
    localparam int unsigned LANES = (c + 1) * SIMD / CHUNKS - LANE0;

    for (genvar k = 0; k < LANES; k += 2) begin : g_lane
      logic [IN_W-1:0] first;
      assign first = lanes[(LANE0+k)*IN_W+:IN_W];
      if (k + 1 < LANES) begin : g_pair
        // The bit above an unsigned pair's sum has 2**IN_W taken off.
        logic [IN_W-1:0] second;
        logic [  IN_W:0] sum;
        logic [  IN_W:0] difference;
        assign second = lanes[(LANE0+k+1)*IN_W+:IN_W];
        assign sum = {!IN_SIGNED || first[IN_W-1], first}
                   + {IN_SIGNED && second[IN_W-1], second};
        assign difference = {IN_SIGNED && first[IN_W-1], first}
                          - {IN_SIGNED && second[IN_W-1], second};
        assign terms[(LANE0+k)*TERM_W+:TERM_W]   = sum;
        assign terms[(LANE0+k+1)*TERM_W+:TERM_W] = difference;
      end else begin : g_single
        logic [IN_W-1:0] level;
        assign level = first ^ (IN_SIGNED ? '0 : LOWEST);
        assign terms[(LANE0+k)*TERM_W+:TERM_W] = {level[IN_W-1], level};
      end
    end
  end

endmodule

`default_nettype wire
