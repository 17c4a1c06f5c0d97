// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Constant table in block RAM: q is word addr, two cycles later.
//
// FILE holds one hexadecimal word a line. The second register is the block RAM's own output
// register where the tool finds it.

`default_nettype none

module block_rom #(
    parameter  int unsigned DEPTH  = 512,
    parameter  int unsigned W      = 36,
    parameter               FILE   = "",
    localparam int unsigned ADDR_W = (DEPTH == 1) ? 1 : $clog2(DEPTH)
) (
    input  wire               clk,
    input  wire               en,
    input  wire  [ADDR_W-1:0] addr,
    output logic [     W-1:0] q
);

  (* rom_style = "block" *) logic [W-1:0] words[DEPTH];
  logic [W-1:0] word;

  initial begin
    if (FILE != "") $readmemh(FILE, words);
  end

  always_ff @(posedge clk) begin
    if (en) begin
      word <= words[addr];
      q    <= word;
    end
  end

endmodule

`default_nettype wire
