// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Constant table in block RAM: q is word addr, two cycles later.
//
// Block RAMs are 512 to 16384 words deep, and a table that is deeper, or a little deeper, than one
// of these is cut into whole banks of BANK words side by side and a rest. Banks of 4096 words and
// more are stored in slices of 8 block RAMs: in a wider one, synthesis would save a block RAM by
// its parity bits and spend LUTs on it. Slice number k (the rest has the number after the last
// slice's) is the file FILE_k.hex, k in three digits, with one hexadecimal word a line.

`default_nettype none

module banked_rom #(
    parameter  int unsigned DEPTH  = 512,
    parameter  int unsigned W      = 36,
    parameter  int unsigned BANK   = DEPTH,
    parameter               FILE   = "",
    localparam int unsigned ADDR_W = (DEPTH == 1) ? 1 : $clog2(DEPTH)
) (
    input  wire               clk,
    input  wire               en,
    input  wire  [ADDR_W-1:0] addr,
    output logic [     W-1:0] q
);

  localparam int unsigned BANKS  = DEPTH / BANK;
  localparam int unsigned REST   = DEPTH - BANKS * BANK;
  localparam int unsigned PARTS  = BANKS + ((REST == 0) ? 0 : 1);
  localparam int unsigned LOW_W  = (BANK == 1) ? 1 : $clog2(BANK);
  localparam int unsigned MAIN_W = BANKS * W;
  localparam int unsigned SLICE  = (BANK == DEPTH || BANK <= 2048) ? MAIN_W : 8 * 16384 / BANK;
  localparam int unsigned SLICES = (MAIN_W + SLICE - 1) / SLICE;

  if (BANK > DEPTH || (BANK < DEPTH && (1 << LOW_W) != BANK) || SLICES > 999) begin : g_check
    $error("banked_rom: BANK must be DEPTH, or a power of two below, with at most 999 slices");
  end

  logic [PARTS-1:0][W-1:0] words;

  for (genvar k = 0; k < SLICES; k++) begin : g_slice
    localparam int unsigned SIZE = (k == SLICES - 1) ? MAIN_W - k * SLICE : SLICE;
    logic [SIZE-1:0] word;
    block_bank #(
        .DEPTH (BANK),
        .W     (SIZE),
        .FILE  (FILE),
        .NUMBER(k)
    ) u_bank (
        .clk (clk),
        .en  (en),
        .addr(addr[LOW_W-1:0]),
        .q   (word)
    );
    for (genvar b = 0; b < SIZE; b++) begin : g_bit
      assign words[(k*SLICE+b)/W][(k*SLICE+b)%W] = word[b];
    end
  end

  if (REST != 0) begin : g_rest
    localparam int unsigned REST_W = (REST == 1) ? 1 : $clog2(REST);
    block_bank #(
        .DEPTH (REST),
        .W     (W),
        .FILE  (FILE),
        .NUMBER(SLICES)
    ) u_bank (
        .clk (clk),
        .en  (en),
        .addr(addr[REST_W-1:0]),
        .q   (words[BANKS])
    );
  end

  logic [W-1:0] chosen;
  if (PARTS == 1) begin : g_one
    assign chosen = words;
  end else begin : g_choice
    logic [ADDR_W-LOW_W-1:0] part;
    always_ff @(posedge clk) begin
      if (en) part <= addr[ADDR_W-1:LOW_W];
    end
    if (PARTS == 2) begin : g_two
      dual_mux #(
          .W(W)
      ) u_mux (
          .zero  (words[0]),
          .one   (words[1]),
          .choice(part),
          .q     (chosen)
      );
    end else begin : g_more
      assign chosen = words[part];
    end
  end

  always_ff @(posedge clk) begin
    if (en) q <= chosen;
  end

endmodule

`default_nettype wire
