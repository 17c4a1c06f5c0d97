// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Words of W bits come out again DELAY + 1 words later; q is a register and moves with `en` only.
//
// A ring with one place in it: what lies there is read, and replaced by the next word. That is
// single-port distributed RAM, half a LUT a bit up to 32 words. Block RAM reads one place ahead
// instead, so that no word is read while it is written, and its output register is q.
// Limits: DELAY 0, 1 and 2 are registers. The address has an initial value, or synthesis would
// take it for a register of the memory, and build another one beside it.

`default_nettype none

module line_delay #(
    parameter int unsigned W       = 8,
    parameter int unsigned DELAY   = 4,
    parameter bit          IN_BRAM = 1'b0
) (
    input  wire          clk,
    input  wire          rst,
    input  wire          en,
    input  wire  [W-1:0] d,
    output logic [W-1:0] q
);

  localparam int unsigned DEPTH  = IN_BRAM ? DELAY + 1 : DELAY;
  localparam int unsigned ADDR_W = (DEPTH < 2) ? 1 : $clog2(DEPTH);

  if (DELAY == 0) begin : g_register
    always_ff @(posedge clk) begin
      if (en) q <= d;
    end
    wire unused = &{1'b0, rst};
  end else if (DELAY <= 2) begin : g_registers
    // Reset, because synthesis makes a LUT of each three registers in a row that are not.
    logic [W*DELAY-1:0] held;
    always_ff @(posedge clk) begin
      if (rst) held <= '0;
      else if (en) held <= (W * DELAY)'({d, held} >> W);
      if (en) q <= held[W-1:0];
    end
  end else begin : g_ring
    logic [ADDR_W-1:0] at;
    initial at = '0;
    always_ff @(posedge clk) begin
      if (rst || (en && at == ADDR_W'(DEPTH - 1))) at <= '0;
      else if (en) at <= at + ADDR_W'(1);
    end

    if (IN_BRAM) begin : g_block
      (* ram_style = "block", no_rw_check *) logic [W-1:0] words[DEPTH];
      logic [ADDR_W-1:0] behind;
      always_ff @(posedge clk) begin
        if (rst) behind <= ADDR_W'(DEPTH - 1);
        else if (en) behind <= at;
        if (en) begin
          q <= words[at];
          words[behind] <= d;
        end
      end
    end else begin : g_distributed
      (* ram_style = "distributed" *) logic [W-1:0] words[DEPTH];
      always_ff @(posedge clk) begin
        if (en) begin
          q <= words[at];
          words[at] <= d;
        end
      end
    end
  end

endmodule

`default_nettype wire
