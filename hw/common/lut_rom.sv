// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Constant table in LUTs: word is number addr. Combinational.
//
// Word d is TABLE[d * W +: W]. Up to 32 words two bits share a dual_lut (half a LUT a bit); beyond,
// a bit takes a LUT6 for every 64 words and a multiplexer between those. Bits that are the same in
// all (64) words are constants, so that what follows can do without them. Simulation reads an array;
// tests/test_netlist.py runs what synthesis makes of the tables.

`default_nettype none

module lut_rom #(
    parameter  int unsigned           DEPTH  = 64,
    parameter  int unsigned           W      = 8,
    parameter  bit [(DEPTH*W)-1:0]    TABLE  = '0,
    localparam int unsigned           ADDR_W = (DEPTH == 1) ? 1 : $clog2(DEPTH)
) (
    input  wire  [ADDR_W-1:0] addr,
    output logic [     W-1:0] word
);

`ifndef SYNTHESIS

  logic [W-1:0] words[DEPTH];
  initial begin
    for (int unsigned d = 0; d < DEPTH; d++) words[d] = TABLE[d*W+:W];
  end
  assign word = words[addr];

`else

  // Synthesis takes time in proportion to a whole constant for each choice from it, so a large
  // table is halved, lane by lane, until it is small; then come blocks of words.
  localparam int unsigned PART = 64;

  if (W > PART) begin : g_halves
    localparam int unsigned LOW_W  = 2 * ((W + 3) / 4);
    localparam int unsigned HIGH_W = W - LOW_W;

    function automatic bit [DEPTH*LOW_W-1:0] low_lanes();
      for (int unsigned d = 0; d < DEPTH; d++) low_lanes[d*LOW_W+:LOW_W] = TABLE[d*W+:LOW_W];
    endfunction

    function automatic bit [DEPTH*HIGH_W-1:0] high_lanes();
      for (int unsigned d = 0; d < DEPTH; d++) begin
        high_lanes[d*HIGH_W+:HIGH_W] = TABLE[d*W+LOW_W+:HIGH_W];
      end
    endfunction

    lut_rom #(
        .DEPTH(DEPTH),
        .W    (LOW_W),
        .TABLE(low_lanes())
    ) u_low (
        .addr(addr),
        .word(word[LOW_W-1:0])
    );
    lut_rom #(
        .DEPTH(DEPTH),
        .W    (HIGH_W),
        .TABLE(high_lanes())
    ) u_high (
        .addr(addr),
        .word(word[W-1:LOW_W])
    );
  end else if (DEPTH > PART) begin : g_blocks
    localparam int unsigned BLOCKS = (DEPTH + PART - 1) / PART;
    logic [BLOCKS*W-1:0] words;
    for (genvar k = 0; k < BLOCKS; k++) begin : g_block
      localparam int unsigned ROWS = ((k + 1) * PART > DEPTH) ? DEPTH - k * PART : PART;
      localparam int unsigned LOW_W = (ROWS == 1) ? 1 : $clog2(ROWS);
      lut_rom #(
          .DEPTH(ROWS),
          .W    (W),
          .TABLE(TABLE[k*PART*W+:ROWS*W])
      ) u_block (
          .addr(addr[LOW_W-1:0]),
          .word(words[k*W+:W])
      );
    end
    for (genvar b = 0; b < W; b++) begin : g_bit
      logic [BLOCKS-1:0] choice;
      for (genvar k = 0; k < BLOCKS; k++) begin : g_choice
        assign choice[k] = words[k*W+b];
      end
      assign word[b] = choice[addr[ADDR_W-1:6]];
    end
  end else begin : g_table
    // Pairs of bits share a LUT up to 32 words.
    localparam int unsigned ROWS = (DEPTH > 32) ? 64 : 32;

    function automatic bit [ROWS-1:0] column(input int unsigned b);
      column = '0;
      for (int unsigned d = 0; d < DEPTH; d++) column[d] = (b < W) && TABLE[(d*W+b)%(DEPTH*W)];
    endfunction

    function automatic bit varies(input int unsigned b);
      varies = 1'b0;
      for (int unsigned d = 0; d < DEPTH; d++) begin
        if (b < W) varies = varies || TABLE[d*W+b] != TABLE[b];
      end
    endfunction

    if (ROWS == 32) begin : g_pairs
      for (genvar k = 0; k < (W + 1) / 2; k++) begin : g_pair
        logic [1:0] bits;
        if (varies(2 * k) || varies(2 * k + 1)) begin : g_lut
          dual_lut #(
              .INIT({column(2 * k + 1), column(2 * k)})
          ) u_lut (
              .i (5'(addr)),
              .o5(bits[0]),
              .o6(bits[1])
          );
        end else begin : g_same
          assign bits = {2 * k + 1 < W && TABLE[(2*k+1)%(DEPTH*W)], TABLE[2*k]};
        end
        assign word[2*k] = bits[0];
        if (2 * k + 1 < W) begin : g_second
          assign word[2*k+1] = bits[1];
        end else begin : g_odd
          logic unused;
          assign unused = bits[1];
        end
      end
    end else begin : g_singles
      for (genvar b = 0; b < W; b++) begin : g_bit
        if (varies(b)) begin : g_lut
          table_lut #(
              .INIT(column(b))
          ) u_lut (
              .i(addr[5:0]),
              .o(word[b])
          );
        end else begin : g_same
          assign word[b] = TABLE[b];
        end
      end
    end
  end

`endif

endmodule

`default_nettype wire
