// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Number of lanes, odd and at most 31, in which activation and weight agree,
// xnor_pkg::count_latency(N) cycles later.
//
// Weights come with the activations (PHASES = 0) or are constants of 1, 2 or 4 phases, lane i in
// phase f being TABLE[f * STRIDE + FIRST + i] (see xnor_group). One count a cycle while en is
// high. Simulation counts with one expression. Synthesis builds groups of up to eleven lanes and
// then one bit_column a binary digit, about one LUT6 a lane in all. A proof by SAT that both are
// the same function takes a second up to 31 lanes and hours from 64 on, hence the limit;
// xnor_popcount adds such counts up.

`default_nettype none

module xnor_count #(
    parameter  int unsigned      N       = 7,
    parameter  int unsigned      PHASES  = 0,
    parameter  int unsigned      STRIDE  = N,
    parameter  int unsigned      FIRST   = 0,
    localparam int unsigned      TABLE_W = (PHASES == 0) ? 1 : STRIDE * PHASES,
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

  if (N % 2 == 0 || N > 31) begin : g_check
    $error("xnor_count: N must be odd, and at most 31");
  end

`ifndef SYNTHESIS

  logic [N-1:0] against;
  if (PHASES == 0) begin : g_memory
    assign against = weight;
  end else begin : g_constant
    assign against = TABLE[32'(phase)*STRIDE+FIRST+:N];
  end

  localparam int unsigned LATENCY = xnor_pkg::count_latency(N);
  logic [LATENCY-1:0][COUNT_W-1:0] delay;
  assign count = delay[LATENCY-1];
  always_ff @(posedge clk) begin
    if (en) delay <= {delay[LATENCY-2:0], COUNT_W'($countones(~(act ^ against)))};
  end

`else

  localparam int unsigned GROUPS = xnor_pkg::groups(N);
  localparam int unsigned PAIRS  = (N - GROUPS) / 2;
  localparam int unsigned PAIR_W = (PAIRS == 0) ? 1 : PAIRS;

  logic [GROUPS-1:0] group_sum;
  logic [PAIR_W-1:0] group_carry;

  for (genvar g = 0; g < GROUPS; g++) begin : g_group
    localparam int unsigned SPARE = PAIRS % GROUPS;
    localparam int unsigned PAIR0 = g * (PAIRS / GROUPS) + ((g < SPARE) ? g : SPARE);
    localparam int unsigned OWN   = PAIRS / GROUPS + ((g < SPARE) ? 1 : 0);
    localparam int unsigned OWN_W = (OWN == 0) ? 1 : OWN;
    localparam int unsigned SIZE  = 2 * OWN + 1;
    localparam int unsigned LANE0 = 2 * PAIR0 + g;

    logic             sum;
    logic [OWN_W-1:0] carry;
    xnor_group #(
        .N     (SIZE),
        .PHASES(PHASES),
        .STRIDE((PHASES == 0) ? SIZE : STRIDE),
        .FIRST ((PHASES == 0) ? 0 : FIRST + LANE0),
        .TABLE (TABLE)
    ) u_group (
        .act   (act[LANE0+:SIZE]),
        .weight(weight[LANE0+:SIZE]),
        .phase (phase),
        .sum   (sum),
        .carry (carry)
    );
    always_ff @(posedge clk) begin
      if (en) group_sum[g] <= sum;
    end
    if (PAIRS == 0) begin : g_no_carry
      assign group_carry = carry;
    end else if (OWN != 0) begin : g_carry
      always_ff @(posedge clk) begin
        if (en) group_carry[PAIR0+:OWN_W] <= carry;
      end
    end
  end

  // Column k adds the bits of weight 2**k, those that arrive late at the end of its queue; low
  // collects the digits that are done.
  for (genvar k = 0; k < COUNT_W; k++) begin : g_column
    localparam int unsigned BITS    = (k == 0) ? GROUPS : N >> k;
    localparam int unsigned ODD     = BITS | 1;
    localparam int unsigned CARRIES = (ODD == 1) ? 1 : (ODD - 1) / 2;

    logic [   BITS-1:0] bits;
    logic [        k:0] low;
    logic               sum;
    logic [CARRIES-1:0] carry;
    logic [        k:0] low_out;
    logic [CARRIES-1:0] carry_out;

    bit_column #(
        .N(ODD)
    ) u_column (
        .bits (ODD'(bits)),
        .sum  (sum),
        .carry(carry)
    );

    if (k == 0) begin : g_groups
      assign bits = group_sum;
      assign low  = sum;
    end else begin : g_carries
      assign low = {sum, g_column[k-1].low_out};
      if (k > 1) begin : g_column_only
        assign bits = g_column[k-1].carry_out;
      end else if (GROUPS == 1) begin : g_groups_only
        assign bits = group_carry;
      end else begin : g_both
        assign bits = {g_column[0].carry_out, group_carry};
      end
    end

    if (k == 1 && GROUPS > 1) begin : g_register
      always_ff @(posedge clk) begin
        if (en) begin
          low_out   <= low;
          carry_out <= carry;
        end
      end
    end else begin : g_wire
      assign low_out   = low;
      assign carry_out = carry;
    end
  end

  always_ff @(posedge clk) begin
    if (en) count <= g_column[COUNT_W-1].low_out;
  end

`endif

endmodule

`default_nettype wire
