// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Codes of PE numbers by constant tables, DELAY cycles later where `en` is high.
//
// A table has a word for each 2**LOW_W neighbouring inputs: a number with LOW_W bits behind the point,
// to which the lower LOW_W bits of the input are added. What stands before the point is the code. So
// codes that rise by at most one among such neighbours take a table that much shorter; where LOW_W is
// 0, the word is the code.
// Words stand in the order of the inputs' bits, as if unsigned.
// The first lane's rows in turn come first, then the second's, or one row serves all (ROWS is 1).
// Tables are in block RAM (BLOCK; two lanes that need the same one share it), or in LUTs, where TABLE
// has the first row's first word in the low bits. Up to 256 words there for which no phase chooses are
// a function for each bit, and rows a truth table for each, the lowest bit's first: cut into small ones
// (CUTS, see element_function) or left to synthesis, which finds what simple functions of several bits
// have in common.
// Limits: LOW_W < IN_W. DELAY is 2 in block RAM; else 1, or 0 if LOW_W is 0 and there are no more than
// 256 words.
`default_nettype none

module code_tables #(
  parameter  int              PE      = 1,
  parameter  int              ROWS    = 1,
  parameter  int              PHASES  = 1,  // beats until rows are taken again
  parameter  int              IN_W    = 8,
  parameter  int              OUT_W   = 1,
  parameter  int              LOW_W   = 0,
  parameter  bit              CUTS    = 1'b1,
  parameter  bit              BLOCK   = 1'b0,
  parameter  int              DELAY   = 0,
  localparam int              PHASE_W = PHASES == 1 ? 1 : $clog2(PHASES),
  localparam int              HIGH_W  = IN_W - LOW_W,
  localparam int              WORD_W  = OUT_W + LOW_W,
  localparam int              ROW_W   = WORD_W << HIGH_W,
  localparam int              TABLE_W = BLOCK ? 1 : ROWS * ROW_W,
  parameter  bit [TABLE_W-1:0] TABLE  = '0,
  parameter                   FILE    = ""
) (
  input  wire                 clk,
  input  wire                 en,
  input  wire  [ PHASE_W-1:0] phase,
  input  wire  [ PE*IN_W-1:0] inputs,
  output logic [PE*OUT_W-1:0] codes
);

  if (LOW_W >= IN_W) begin : g_check_split
    $error("code_tables: LOW_W must be below IN_W");
  end
  if (BLOCK ? DELAY != 2 : DELAY != 1 && (DELAY != 0 || LOW_W != 0)) begin : g_check_delay
    $error("code_tables: DELAY must be 2 in block RAM, else 1, or 0 without LOW_W");
  end

  localparam int DEPTH  = PHASES << HIGH_W;
  localparam int ADDR_W = $clog2(DEPTH);

  logic [PE*ADDR_W-1:0] places;
  logic [PE*WORD_W-1:0] words;

  for (genvar n = 0; n < PE; n++) begin : g_place
    if (PHASES == 1) begin : g_alone
      assign places[n*ADDR_W+:ADDR_W] = inputs[n*IN_W+LOW_W+:HIGH_W];
    end else begin : g_phases
      assign places[n*ADDR_W+:ADDR_W] = {phase, inputs[n*IN_W+LOW_W+:HIGH_W]};
    end
  end
  if (PHASES == 1) begin : g_no_phase
    wire unused = phase;
  end

  if (BLOCK) begin : g_block
    localparam int SHARED = ROWS == 1 ? 2 : 1;

    logic [PE*WORD_W-1:0] read;

    for (genvar n = 0; n < PE; n += SHARED) begin : g_rom
      localparam int LANES = n + SHARED > PE ? PE - n : SHARED;
      block_bank #(
        .DEPTH (DEPTH),
        .W     (WORD_W),
        .FILE  (FILE),
        .NUMBER(ROWS == 1 ? 0 : n),
        .PORTS (LANES)
      ) u_rom (
        .clk (clk),
        .en  (en),
        .addr(places[n*ADDR_W+:LANES*ADDR_W]),
        .q   (read[n*WORD_W+:LANES*WORD_W])
      );
    end
    always_ff @(posedge clk) begin
      if (en) words <= read;
    end
  end else begin : g_luts
    logic [PE*WORD_W-1:0] found;

    if (DEPTH <= 256 && PHASES == 1) begin : g_functions
      for (genvar k = 0; k < PE * WORD_W; k++) begin : g_bit
        localparam bit [DEPTH-1:0] TRUTH = TABLE[(ROWS==1?k%WORD_W:k)*DEPTH+:DEPTH];
        if (CUTS) begin : g_cut
          element_function #(
            .IN_W (HIGH_W),
            .TRUTH(TRUTH)
          ) u_function (
            .x(places[k/WORD_W*ADDR_W+:ADDR_W]),
            .y(found[k])
          );
        end else begin : g_whole
          assign found[k] = TRUTH[places[k/WORD_W*ADDR_W+:ADDR_W]];
        end
      end
    end else begin : g_tables
      for (genvar n = 0; n < PE; n++) begin : g_lane
        lut_rom #(
          .DEPTH(DEPTH),
          .W    (WORD_W),
          .TABLE(TABLE[(ROWS==1?0:n)*PHASES*ROW_W+:PHASES*ROW_W])
        ) u_rows (
          .addr(places[n*ADDR_W+:ADDR_W]),
          .word(found[n*WORD_W+:WORD_W])
        );
      end
    end

    if (DELAY == 0) begin : g_at_once
      wire unused = &{1'b0, clk, en};
      assign words = found;
    end else begin : g_register
      always_ff @(posedge clk) begin
        if (en) words <= found;
      end
    end
  end

  for (genvar n = 0; n < PE; n++) begin : g_code
    if (LOW_W == 0) begin : g_word
      assign codes[n*OUT_W+:OUT_W] = words[n*WORD_W+:WORD_W];
    end else begin : g_sum
      logic [DELAY*LOW_W-1:0] low;
      logic [     WORD_W-1:0] sum;

      always_ff @(posedge clk) begin
        if (en) low <= (DELAY * LOW_W)'({low, inputs[n*IN_W+:LOW_W]});
      end
      raw_adder #(
        .W(WORD_W)
      ) u_add (
        .carry(1'b0),
        .left (words[n*WORD_W+:WORD_W]),
        .right(WORD_W'(low[DELAY*LOW_W-1-:LOW_W])),
        .sum  (sum)
      );
      wire unused_low = &sum[LOW_W-1:0];
      assign codes[n*OUT_W+:OUT_W] = sum[WORD_W-1:LOW_W];
    end
  end

endmodule

`default_nettype wire
