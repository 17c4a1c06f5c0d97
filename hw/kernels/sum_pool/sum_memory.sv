// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// DEPTH words of which the one at `at` is read, changed and written back in one cycle.
//
// `held` is the word at `at`; with `put` it becomes `word`. In block RAM (BLOCK) it is read a step
// ahead: each time `en` is high `at` becomes `next_at`. What is read before it was written has no
// meaning. Limits: with BLOCK, `next_at` is another place than `at` wherever one is written.
//
// At one place only what was stored there the last time is read, and replaced: single-port
// distributed RAM, at half a LUT a bit up to 32 places. The registers that make `at` have initial
// values, or Yosys would take them for registers of the memory, and build others beside them.
`default_nettype none

module sum_memory #(
  parameter  int W       = 8,
  parameter  int DEPTH   = 4,
  parameter  bit BLOCK   = 1'b0,
  localparam int PLACE_W = DEPTH == 1 ? 1 : $clog2(DEPTH)
) (
  input  wire                clk,
  input  wire                en,
  input  wire                put,
  input  wire  [PLACE_W-1:0] at,
  input  wire  [PLACE_W-1:0] next_at,
  input  wire  [      W-1:0] word,
  output logic [      W-1:0] held
);

  if (W < 1 || DEPTH < 1) begin : g_check
    $error("sum_memory: W and DEPTH must be at least 1");
  end

  if (DEPTH == 1) begin : g_register
    always_ff @(posedge clk) begin
      if (put) held <= word;
    end
    wire unused = &{1'b0, en, at, next_at};
  end else if (BLOCK) begin : g_block
    // The two places differ: what is read of one that is being written does not matter.
    (* ram_style = "block", no_rw_check *) logic [W-1:0] memory[DEPTH];
    always_ff @(posedge clk) begin
      if (put) memory[at] <= word;
      if (en) held <= memory[next_at];
    end
  end else begin : g_distributed
    (* ram_style = "distributed" *) logic [W-1:0] memory[DEPTH];
    assign held = memory[at];
    always_ff @(posedge clk) begin
      if (put) memory[at] <= word;
    end
    wire unused = &{1'b0, en, next_at};
  end

endmodule

`default_nettype wire
