// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Address into a ring of DEPTH words that moves by one of several constants, modulo DEPTH.
//
// MOVES word k, of clog2(DEPTH) bits, is how far it moves when `kind` is k. DEPTH is a multiple of
// the power of two BLOCK, a size in which memory comes: only the number of the block is reduced
// modulo DEPTH / BLOCK, which is a matter of few LUTs; the address within a block wraps by itself.
// Limits: moves are 0 to DEPTH - 1; at most 16 blocks.

`default_nettype none

(* keep_hierarchy = "yes" *)
module window_pointer #(
    parameter  int unsigned               DEPTH  = 96,
    parameter  int unsigned               BLOCK  = 32,
    parameter  int unsigned               KIND_W = 1,
    localparam int unsigned               ADDR_W = $clog2(DEPTH),
    parameter  bit [(ADDR_W<<KIND_W)-1:0] MOVES  = '0
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               en,
    input  wire  [KIND_W-1:0] kind,
    output logic [ADDR_W-1:0] addr
);

  localparam int unsigned LOW_W  = $clog2(BLOCK);
  localparam int unsigned BLOCKS = DEPTH / BLOCK;

  if ((1 << LOW_W) != BLOCK || BLOCKS * BLOCK != DEPTH || BLOCKS > 16) begin : g_check
    $error("window_pointer: BLOCK must be a power of two that divides DEPTH, at most 16 times");
  end

  logic [ADDR_W-1:0] by;
  logic [ADDR_W-1:0] next;
  logic [   LOW_W:0] low;
  assign by = MOVES[32'(kind)*ADDR_W+:ADDR_W];

  // With the carry into the number of the block.
  raw_adder #(
      .W(LOW_W + 1)
  ) u_add (
      .carry(1'b0),
      .left ({1'b0, addr[LOW_W-1:0]}),
      .right({1'b0, by[LOW_W-1:0]}),
      .sum  (low)
  );

  if (BLOCKS == 1) begin : g_wraps
    assign next = low[LOW_W-1:0];
    wire unused = low[LOW_W];
  end else begin : g_blocks
    localparam int unsigned HIGH_W = ADDR_W - LOW_W;

    // Comparisons with constants rather than an adder, so that it stays a function of few bits.
    logic [HIGH_W-1:0] high;
    always_comb begin
      high = '0;
      for (int unsigned a = 0; a < BLOCKS; a++) begin
        for (int unsigned b = 0; b < BLOCKS; b++) begin
          if (addr[ADDR_W-1:LOW_W] == HIGH_W'(a) && by[ADDR_W-1:LOW_W] == HIGH_W'(b)) begin
            high = low[LOW_W] ? HIGH_W'((a + b + 1) % BLOCKS) : HIGH_W'((a + b) % BLOCKS);
          end
        end
      end
    end
    assign next = {high, low[LOW_W-1:0]};
  end

  always_ff @(posedge clk) begin
    if (rst) addr <= '0;
    else if (en) addr <= next;
  end

endmodule

`default_nettype wire
