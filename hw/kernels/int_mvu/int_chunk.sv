// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Sum of up to six lanes of one row, but for its sign: the chunk's leading lane counts as it is.
//
// terms are int_terms's: pairs of a sum and a difference, then the odd lane. An odd chunk leads
// with that lane, an even one with its first pair. Bits of a row's code, from 1 on: for each pair
// its choice of the difference, and whether its ones' complement is taken (not for a leading
// pair); bit 0 is not this module's. A pair costs one LUT a bit: choice, complement and addition
// of a raw number have five inputs. Combinational.
// Limits: none.

`default_nettype none

module int_chunk #(
    parameter  int unsigned LANES = 3,
    parameter  int unsigned IN_W  = 8,
    localparam int unsigned SUM_W = IN_W + $clog2(LANES)
) (
    input  wire         [LANES*(IN_W+1)-1:0] terms,
    input  wire         [         LANES-1:0] code,
    output logic signed [         SUM_W-1:0] sum
);

  localparam int unsigned TERM_W = IN_W + 1;
  localparam int unsigned PAIRS  = LANES / 2;
  localparam bit          ODD    = LANES % 2 == 1;
  localparam int unsigned FIRST  = ODD ? 0 : 1;  // first pair that is added to what leads

  wire unused_outer = code[0];

  // What leads, then the sums with one pair more each.
  for (genvar k = 0; k <= PAIRS - FIRST; k++) begin : g_sum
    logic signed [SUM_W-1:0] total;
  end
  assign sum = g_sum[PAIRS-FIRST].total;

  if (ODD) begin : g_lane
    assign g_sum[0].total = SUM_W'($signed(terms[(LANES-1)*TERM_W+:TERM_W]));
  end else begin : g_pair
    // A sum and a difference have the lowest bit in common.
    logic [IN_W-1:0] chosen;
    dual_mux #(
        .W(IN_W)
    ) u_choice (
        .zero  (terms[1+:IN_W]),
        .one   (terms[TERM_W+1+:IN_W]),
        .choice(code[1]),
        .q     (chosen)
    );
    wire unused_bit = terms[TERM_W];
    assign g_sum[0].total = SUM_W'($signed({chosen, terms[0]}));
  end

  for (genvar k = FIRST; k < PAIRS; k++) begin : g_add
    localparam int unsigned CODE0 = 2 * k + (ODD ? 1 : 0);
    logic [TERM_W-1:0] chosen;
    logic [TERM_W-1:0] addend;
    assign chosen = code[CODE0] ? terms[(2*k+1)*TERM_W+:TERM_W] : terms[2*k*TERM_W+:TERM_W];
    assign addend = chosen ^ {TERM_W{code[CODE0+1]}};
    raw_adder #(
        .W(SUM_W)
    ) u_add (
        .carry(1'b0),
        .left (g_sum[k-FIRST].total),
        .right(SUM_W'($signed(addend))),
        .sum  (g_sum[k-FIRST+1].total)
    );
  end

endmodule

`default_nettype wire
