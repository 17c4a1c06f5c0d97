// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Sender of a serial line: 8 data bits, no parity, one stop bit, idle high, lowest bit first.
//
// STEP: bits a clock cycle in units of 2^-24.
// Beat format: a byte of s_axis_tdata. Limits: at least 4 cycles a bit.
`default_nettype none

module uart_tx #(
  parameter int STEP = 1006633
) (
  input  wire        clk,
  input  wire        rst,
  input  wire  [7:0] s_axis_tdata,
  input  wire        s_axis_tvalid,
  output logic       s_axis_tready,
  output logic       line
);

  if (STEP < 1 || STEP > 1 << 22) begin : g_check
    $error("uart_tx: a bit must be at least 4 cycles");
  end

  logic [23:0] phase;
  logic        tick;
  logic [8:0]  bits;
  logic [3:0]  left;

  always_ff @(posedge clk) begin
    {tick, phase} <= {1'b0, phase} + 25'(STEP);
    if (s_axis_tready) begin
      {tick, phase} <= 25'(STEP);
      if (s_axis_tvalid) begin
        line          <= 1'b0;
        bits          <= {1'b1, s_axis_tdata};
        left          <= 4'd10;
        s_axis_tready <= 1'b0;
      end
    end else if (tick) begin
      line <= bits[0];
      bits <= {1'b1, bits[8:1]};
      left <= left - 1'b1;
      if (left == 4'd1) s_axis_tready <= 1'b1;
    end
    if (rst) begin
      line          <= 1'b1;
      s_axis_tready <= 1'b1;
    end
  end

endmodule

`default_nettype wire
