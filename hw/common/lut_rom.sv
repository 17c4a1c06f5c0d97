// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Constant table in LUTs: word is number addr. Combinational.
//
// Word d is TABLE[d * W +: W]. Up to 32 words two bits share a dual_lut (half a LUT a bit); beyond,
// a bit takes a LUT6 for every 64 words and a multiplexer between those. Simulation reads an
// array; tests/test_netlist.py runs what synthesis makes of the tables.

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

  localparam int unsigned ROWS   = (ADDR_W < 6) ? 32 : 1 << ADDR_W;
  localparam int unsigned BLOCKS = (DEPTH + 63) / 64;

  function automatic bit [ROWS-1:0] column(input int unsigned b);
    column = '0;
    for (int unsigned d = 0; d < DEPTH; d++) column[d] = (b < W) && TABLE[(d*W+b)%(DEPTH*W)];
  endfunction

  if (ROWS == 32) begin : g_pairs
    for (genvar k = 0; k < (W + 1) / 2; k++) begin : g_pair
      logic [1:0] bits;
      dual_lut #(
          .INIT({column(2 * k + 1), column(2 * k)})
      ) u_lut (
          .i (5'(addr)),
          .o5(bits[0]),
          .o6(bits[1])
      );
      assign word[2*k] = bits[0];
      if (2 * k + 1 < W) begin : g_second
        assign word[2*k+1] = bits[1];
      end else begin : g_odd
        logic unused;
        assign unused = bits[1];
      end
    end
  end else begin : g_blocks
    for (genvar b = 0; b < W; b++) begin : g_bit
      localparam bit [ROWS-1:0]   COLUMN = column(b);
      logic [BLOCKS-1:0] bits;
      for (genvar k = 0; k < BLOCKS; k++) begin : g_block
        table_lut #(
            .INIT(COLUMN[64*k+:64])
        ) u_lut (
            .i(addr[5:0]),
            .o(bits[k])
        );
      end
      if (BLOCKS == 1) begin : g_one
        assign word[b] = bits;
      end else begin : g_select
        assign word[b] = bits[addr[ADDR_W-1:6]];
      end
    end
  end

`endif

endmodule

`default_nettype wire
