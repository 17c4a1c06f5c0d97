// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Constant table: q is word addr, two cycles later in which `en` is high.
//
// In LUTs, between a register of the address and one of the word; or in block RAM (BLOCK), with a
// register behind it: then it is the file FILE_NUMBER.hex, NUMBER in three digits.
// Limits: NUMBER <= 999.
`default_nettype none

module line_table #(
  parameter  int                 DEPTH   = 64,
  parameter  int                 W       = 8,
  parameter  bit                 BLOCK   = 1'b0,
  localparam int                 TABLE_W = BLOCK ? 1 : DEPTH * W,
  parameter  bit [TABLE_W-1:0]   TABLE   = '0,
  parameter                      FILE    = "",
  parameter  int                 NUMBER  = 0,
  localparam int                 ADDR_W  = DEPTH == 1 ? 1 : $clog2(DEPTH)
) (
  input  wire               clk,
  input  wire               en,
  input  wire  [ADDR_W-1:0] addr,
  output logic [     W-1:0] q
);

  logic [W-1:0] word;

  if (BLOCK) begin : g_block
    block_bank #(
      .DEPTH (DEPTH),
      .W     (W),
      .FILE  (FILE),
      .NUMBER(NUMBER)
    ) u_bank (
      .clk (clk),
      .en  (en),
      .addr(addr),
      .q   (word)
    );
  end else begin : g_luts
    logic [ADDR_W-1:0] place;
    always_ff @(posedge clk) begin
      if (en) place <= addr;
    end
    lut_rom #(
      .DEPTH(DEPTH),
      .W    (W),
      .TABLE(TABLE)
    ) u_rom (
      .addr(place),
      .word(word)
    );
  end

  always_ff @(posedge clk) begin
    if (en) q <= word;
  end

endmodule

`default_nettype wire
