// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One constant memory in block RAM: q is word addr, a cycle later, at each of PORTS places at once.
//
// Contents are the file FILE_NUMBER.hex, NUMBER in three digits. Limits: PORTS <= 2, what a block RAM
// has.

`default_nettype none

module block_bank #(
    parameter  int unsigned DEPTH  = 512,
    parameter  int unsigned W      = 36,
    parameter               FILE   = "",
    parameter  int unsigned NUMBER = 0,
    parameter  int unsigned PORTS  = 1,
    localparam int unsigned ADDR_W = (DEPTH == 1) ? 1 : $clog2(DEPTH)
) (
    input  wire                          clk,
    input  wire                          en,
    input  wire  [PORTS-1:0][ADDR_W-1:0] addr,
    output logic [PORTS-1:0][     W-1:0] q
);

  localparam bit [7:0] HUNDREDS = 8'(48 + NUMBER / 100);
  localparam bit [7:0] TENS     = 8'(48 + NUMBER / 10 % 10);
  localparam bit [7:0] ONES     = 8'(48 + NUMBER % 10);

  (* rom_style = "block" *) logic [W-1:0] words[DEPTH];

  initial begin
    if (FILE != "") $readmemh({FILE, "_", HUNDREDS, TENS, ONES, ".hex"}, words);
  end

  for (genvar p = 0; p < PORTS; p++) begin : g_port
    always_ff @(posedge clk) begin
      if (en) q[p] <= words[addr[p]];
    end
  end

endmodule

`default_nettype wire
