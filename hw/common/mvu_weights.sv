// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Weights of a matrix-vector unit: a word of W bits for each of DEPTH steps, LATENCY cycles later.
//
// Cycles in which `en` is high count. TABLE in LUTs, in front of the last register; or with BLOCK
// a banked_rom of FILE and BANK, whose LATENCY is 2.

`default_nettype none

module mvu_weights #(
    parameter  int unsigned      DEPTH   = 4,
    parameter  int unsigned      W       = 8,
    parameter  int unsigned      LATENCY = 1,
    parameter  bit               BLOCK   = 1'b0,
    localparam int unsigned      TABLE_W = BLOCK ? 1 : DEPTH * W,
    parameter  bit [TABLE_W-1:0] TABLE   = '0,
    parameter                    FILE    = "",
    parameter  int unsigned      BANK    = DEPTH,
    localparam int unsigned      STEP_W  = (DEPTH == 1) ? 1 : $clog2(DEPTH)
) (
    input  wire               clk,
    input  wire               en,
    input  wire  [STEP_W-1:0] step,
    output logic [     W-1:0] word
);

  if (LATENCY < 1 || LATENCY > 2 || (BLOCK && LATENCY != 2)) begin : g_check
    $error("mvu_weights: LATENCY must be 1 or 2, and 2 with BLOCK");
  end

  if (BLOCK) begin : g_block
    banked_rom #(
        .DEPTH(DEPTH),
        .W    (W),
        .BANK (BANK),
        .FILE (FILE)
    ) u_rom (
        .clk (clk),
        .en  (en),
        .addr(step),
        .q   (word)
    );
  end else begin : g_luts
    logic [STEP_W-1:0] addr;
    logic [     W-1:0] found;
    if (LATENCY == 1) begin : g_at_once
      assign addr = step;
    end else begin : g_late
      always_ff @(posedge clk) begin
        if (en) addr <= step;
      end
    end
    lut_rom #(
        .DEPTH(DEPTH),
        .W    (W),
        .TABLE(TABLE)
    ) u_rom (
        .addr(addr),
        .word(found)
    );
    always_ff @(posedge clk) begin
      if (en) word <= found;
    end
  end

endmodule

`default_nettype wire
