// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// How many of 2**BITS - 1 ascending thresholds k reaches: a binary search, a stage for each bit.
//
// Latency: BITS cycles in which `en` is high. `phases` are the phases of what the stages take, that of
// the first in the low bits, and behind them that of what the last one holds. Stages from TABLE_STAGES
// on are in block RAM: the files FILE_NUMBER.hex, FILE_(NUMBER + STEP).hex and so on.
// THRESHOLDS: for each other stage, phase by phase, the thresholds in the middle of what is left.
// Limits: those of search_stage.
`default_nettype none

module threshold_search #(
  parameter  int                  BITS         = 2,
  parameter  int                  PHASES       = 4,
  parameter  int                  K_W          = 8,
  parameter  bit                  K_SIGNED     = 1'b0,
  parameter  int                  T_W          = 8,
  parameter  int                  TABLE_STAGES = 2,
  localparam int                  TABLES_W     = TABLE_STAGES == 0 ? 1 : PHASES * ((1 << TABLE_STAGES) - 1) * T_W,
  parameter  bit [TABLES_W-1:0]   THRESHOLDS   = '0,
  parameter                       FILE         = "",
  parameter  int                  NUMBER       = 0,
  parameter  int                  STEP         = 1,
  localparam int                  PHASE_W      = PHASES == 1 ? 1 : $clog2(PHASES)
) (
  input  wire                         clk,
  input  wire                         en,
  input  wire  [             K_W-1:0] k,
  input  wire  [(BITS+1)*PHASE_W-1:0] phases,
  output logic [            BITS-1:0] count
);

  // What the stages take, and the last one gives.
  logic [(BITS+1)*K_W-1:0] ks;
  logic [BITS:0][BITS-1:0] indices;

  assign ks[K_W-1:0] = k;
  assign indices[0]  = '0;
  assign count       = indices[BITS];

  wire unused = &{1'b0, ks[BITS*K_W+:K_W]};

  for (genvar i = 0; i < BITS; i++) begin : g_stage
    localparam bit BLOCK   = i >= TABLE_STAGES;
    localparam int AT      = BLOCK ? 0 : PHASES * ((1 << i) - 1) * T_W;
    localparam int TABLE_W = BLOCK ? 1 : (PHASES << i) * T_W;
    localparam int INDEX_W = i == 0 ? 1 : i;

    logic [i:0] found;

    search_stage #(
      .STAGE   (i),
      .PHASES  (PHASES),
      .K_W     (K_W),
      .K_SIGNED(K_SIGNED),
      .T_W     (T_W),
      .BLOCK   (BLOCK),
      .TABLE   (THRESHOLDS[AT+:TABLE_W]),
      .FILE    (FILE),
      .NUMBER  (BLOCK ? NUMBER + (i - TABLE_STAGES) * STEP : 0)
    ) u_stage (
      .clk       (clk),
      .en        (en),
      .k         (ks[i*K_W+:K_W]),
      .index     (indices[i][INDEX_W-1:0]),
      .phase     (phases[i*PHASE_W+:PHASE_W]),
      .phase_held(phases[(i+1)*PHASE_W+:PHASE_W]),
      .k_held    (ks[(i+1)*K_W+:K_W]),
      .found     (found)
    );
    assign indices[i+1] = BITS'(found);
  end

endmodule

`default_nettype wire
