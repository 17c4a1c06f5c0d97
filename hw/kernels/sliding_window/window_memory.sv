// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// DEPTH words of W bits with one write and one read a cycle; with `outside`, FILL is read.
//
// What is read is in q in the next cycle, and stays there until `read` is high again. In block RAM
// or in distributed RAM of blocks of BLOCK words.
// Limits: a word is not read in the cycle in which it is written.

`default_nettype none

module window_memory #(
    parameter  int unsigned W       = 8,
    parameter  int unsigned DEPTH   = 32,
    parameter  int unsigned BLOCK   = 32,
    parameter  bit          IN_BRAM = 1'b0,
    parameter  bit [W-1:0]  FILL    = '0,
    localparam int unsigned ADDR_W  = $clog2(DEPTH)
) (
    input  wire               clk,
    input  wire               write,
    input  wire  [ADDR_W-1:0] write_at,
    input  wire  [     W-1:0] data,
    input  wire               read,
    input  wire               outside,
    input  wire  [ADDR_W-1:0] read_at,
    output logic [     W-1:0] q
);

  if (IN_BRAM) begin : g_bram
    (* ram_style = "block", no_rw_check *) logic [W-1:0] words[DEPTH];

    always_ff @(posedge clk) begin
      if (write) words[write_at] <= data;
      if (read) begin
        if (outside) q <= FILL;
        else q <= words[read_at];
      end
    end
  end else begin : g_lutram
    logic [W-1:0] word;

    if (DEPTH == 2 * BLOCK) begin : g_two_blocks
      // Two bits a LUT choose between two blocks.
      (* ram_style = "distributed" *) logic [W-1:0] zeros[BLOCK];
      (* ram_style = "distributed" *) logic [W-1:0] ones[BLOCK];

      always_ff @(posedge clk) begin
        if (write && !write_at[ADDR_W-1]) zeros[write_at[ADDR_W-2:0]] <= data;
        if (write && write_at[ADDR_W-1]) ones[write_at[ADDR_W-2:0]] <= data;
      end

      dual_mux #(
          .W(W)
      ) u_choice (
          .zero  (zeros[read_at[ADDR_W-2:0]]),
          .one   (ones[read_at[ADDR_W-2:0]]),
          .choice(read_at[ADDR_W-1]),
          .q     (word)
      );
    end else begin : g_blocks
      (* ram_style = "distributed" *) logic [W-1:0] words[DEPTH];

      always_ff @(posedge clk) begin
        if (write) words[write_at] <= data;
      end
      assign word = words[read_at];
    end

    always_ff @(posedge clk) begin
      if (read) q <= outside ? FILL : word;
    end
  end

endmodule

`default_nettype wire
