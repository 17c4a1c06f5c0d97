// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Receiver of a serial line: 8 data bits, no parity, one stop bit, idle high, lowest bit first.
//
// STEP: bits a clock cycle in units of 2^-24. A bit is sampled in its middle, by a phase that starts
// anew with each byte; README.md says how far the two clocks may differ.
// valid is high for a cycle with each byte; fault instead where the stop bit is low.
// Limits: at least 4 cycles a bit.
`default_nettype none

module uart_rx #(
  parameter int STEP = 1006633
) (
  input  wire         clk,
  input  wire         rst,
  input  wire         line,
  output logic [7:0]  data,
  output logic        valid,
  output logic        fault
);

  if (STEP < 1 || STEP > 1 << 22) begin : g_check
    $error("uart_rx: a bit must be at least 4 cycles");
  end

  // The first two registers take what the line does between two edges of the clock.
  logic [2:0]  seen;
  logic [23:0] phase;
  logic        sample;
  logic        busy;
  logic [7:0]  bits;
  logic [3:0]  left;

  always_ff @(posedge clk) begin
    seen  <= {seen[1:0], line};
    valid <= 1'b0;
    fault <= 1'b0;
    {sample, phase} <= {1'b0, phase} + 25'(STEP);
    if (!busy) begin
      // The start bit's middle is half a bit from here, but for two cycles that it takes to see it.
      {sample, phase} <= 25'h800000 + 25'(2 * STEP);
      left            <= 4'd10;
      busy            <= seen[2] && !seen[1];
    end else if (sample) begin
      left <= left - 1'b1;
      bits <= {seen[1], bits[7:1]};
      if (left == 4'd10 && seen[1]) busy <= 1'b0;  // no start bit, a glitch
      if (left == 4'd1) begin
        busy  <= 1'b0;
        valid <= seen[1];
        fault <= !seen[1];
      end
    end
    if (rst) begin
      busy  <= 1'b0;
      valid <= 1'b0;
      fault <= 1'b0;
      seen  <= '1;
    end
  end

  // The start bit has left at the low end when the stop bit is sampled.
  always_ff @(posedge clk) begin
    if (sample && left == 4'd1) data <= bits;
  end

endmodule

`default_nettype wire
