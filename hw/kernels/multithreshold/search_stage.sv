// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One step of a binary search: a bit more of how many thresholds k reaches.
//
// The upper STAGE bits of that number are `index`. Those and the phase are the place of the threshold
// in the middle of what is left; `found` is `index` and, as its lowest bit, whether k reaches it, after
// one cycle in which `en` is high. `k_held` is k by then, `phase_held` must be the phase.
//
// The table has the words of PHASES phases, 1 << STAGE each. It is in LUTs, behind registers of the
// place, or in block RAM (BLOCK), which has such registers: then it is the file FILE_NUMBER.hex.
// Thresholds count from the lowest k on, and have a bit more than k if not all can be reached.
// Limits: T_W is K_W or one more; NUMBER <= 999.
`default_nettype none

module search_stage #(
  parameter  int               STAGE    = 1,
  parameter  int               PHASES   = 4,
  parameter  int               K_W      = 8,
  parameter  bit               K_SIGNED = 1'b0,
  parameter  int               T_W      = 8,
  parameter  bit               BLOCK    = 1'b0,
  localparam int               DEPTH    = PHASES << STAGE,
  localparam int               TABLE_W  = BLOCK ? 1 : DEPTH * T_W,
  parameter  bit [TABLE_W-1:0] TABLE    = '0,
  parameter                    FILE     = "",
  parameter  int               NUMBER   = 0,
  localparam int               PHASE_W  = PHASES == 1 ? 1 : $clog2(PHASES),
  localparam int               INDEX_W  = STAGE == 0 ? 1 : STAGE
) (
  input  wire                clk,
  input  wire                en,
  input  wire  [    K_W-1:0] k,
  input  wire  [INDEX_W-1:0] index,
  input  wire  [PHASE_W-1:0] phase,
  input  wire  [PHASE_W-1:0] phase_held,
  output logic [    K_W-1:0] k_held,
  output logic [    STAGE:0] found
);

  logic reached;

  always_ff @(posedge clk) begin
    if (en) k_held <= k;
  end

  if (DEPTH == 1) begin : g_constant
    wire unused = &{1'b0, index, phase, phase_held};
    if (T_W > K_W && TABLE[TABLE_W-1]) begin : g_never
      assign reached = 1'b0;
    end else begin : g_level
      level_reached #(
        .IN_W  (K_W),
        .SIGNED(K_SIGNED),
        .LEVEL (TABLE[K_W-1:0])
      ) u_level (
        .x(k_held),
        .y(reached)
      );
    end
    assign found = reached;
  end else begin : g_table
    localparam int PLACE_W = $clog2(DEPTH);

    logic [PLACE_W-1:0] place;
    logic [PLACE_W-1:0] place_held;
    logic [    T_W-1:0] threshold;

    if (STAGE == 0) begin : g_first
      wire unused = index[0];
      assign place      = phase;
      assign place_held = phase_held;
      assign found      = reached;
    end else begin : g_later
      logic [INDEX_W-1:0] index_held;
      always_ff @(posedge clk) begin
        if (en) index_held <= index;
      end
      assign found = {index_held, reached};
      if (PHASES == 1) begin : g_alike
        wire unused = &{1'b0, phase, phase_held};
        assign place      = index;
        assign place_held = index_held;
      end else begin : g_phase
        assign place      = {phase, index};
        assign place_held = {phase_held, index_held};
      end
    end

    if (BLOCK) begin : g_block
      wire unused = &{1'b0, place_held};
      block_bank #(
        .DEPTH (DEPTH),
        .W     (T_W),
        .FILE  (FILE),
        .NUMBER(NUMBER)
      ) u_bank (
        .clk (clk),
        .en  (en),
        .addr(place),
        .q   (threshold)
      );
    end else begin : g_luts
      wire unused = &{1'b0, place};
      lut_rom #(
        .DEPTH(DEPTH),
        .W    (T_W),
        .TABLE(TABLE)
      ) u_rom (
        .addr(place_held),
        .word(threshold)
      );
    end
    logic [K_W-1:0] place_of_k;  // from the lowest k on
    assign place_of_k = k_held ^ K_W'(K_SIGNED) << (K_W - 1);
    assign reached    = T_W'(place_of_k) >= threshold;
  end

endmodule

`default_nettype wire
