// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One constant memory in block RAM: q is word addr, a cycle later, at each of PORTS places at once.
//
// Contents are the image FILE_NUMBER.hex, NUMBER in three digits, whose first line is a comment with
// the checksum of its words (memory.py). Simulation ends where the image is not there or its words have
// another one. Limits: PORTS <= 2, what a block RAM has.

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

  // toolchains/memories.py looks for this name among what synthesis leaves.
  (* rom_style = "block" *) logic [W-1:0] image[DEPTH];

`ifdef SYNTHESIS
  initial begin
    if (FILE != "") $readmemh({FILE, "_", HUNDREDS, TENS, ONES, ".hex"}, image);
  end
`else
  localparam int unsigned CHUNKS = (W + 31) / 32;

  // FNV-1a, by 32 bits at a time, lowest first.
  function automatic bit [31:0] checksum();
    bit [32*CHUNKS-1:0] word;
    checksum = 32'h811C9DC5;
    for (int unsigned d = 0; d < DEPTH; d++) begin
      word = (32 * CHUNKS)'(image[d]);
      for (int unsigned c = 0; c < CHUNKS; c++) begin
        checksum = (checksum ^ word[32*c+:32]) * 32'h01000193;
      end
    end
  endfunction

  initial begin
    int file;
    bit [31:0] wanted;
    if (FILE != "") begin
      $readmemh({FILE, "_", HUNDREDS, TENS, ONES, ".hex"}, image);
      file = $fopen({FILE, "_", HUNDREDS, TENS, ONES, ".hex"}, "r");
      if (file == 0) begin
        $fatal(1, "the memory image %s_%03d.hex must be there, not missing", FILE, NUMBER);
      end else begin
        if ($fscanf(file, "// %h", wanted) != 1 || wanted != checksum()) begin
          $fatal(1, "the words of %s_%03d.hex must have the checksum in its first line, not %h",
                 FILE, NUMBER, checksum());
        end
        $fclose(file);
      end
    end
  end
`endif

  for (genvar p = 0; p < PORTS; p++) begin : g_port
    always_ff @(posedge clk) begin
      if (en) q[p] <= image[addr[p]];
    end
  end

endmodule

`default_nettype wire
