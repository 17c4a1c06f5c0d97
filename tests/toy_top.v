// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Stands in for a generated top module, with a fault that the frame itself asks for.
//
// In: one beat of 8 bits. Out: its low and its high half, tlast with the second. The low half
// is the fault: 1 no tlast, 2 tlast at once, 3 the frame is lost, 4 no more input is taken, 5 an
// $error, 6 data that changes, 7 valid that falls, 8 a beat too many, 9 a state that survives reset.
`default_nettype none

module xnorflow_top (
    input  wire clk,
    input  wire rst,
    input  wire [7:0] s_axis_tdata,
    input  wire s_axis_tvalid,
    output wire s_axis_tready,
    input  wire s_axis_tlast,
    output wire [3:0] m_axis_tdata,
    output wire m_axis_tvalid,
    input  wire m_axis_tready,
    output wire m_axis_tlast,
    output wire [0:0] mon_busy,
    output wire [1:0] mon_tvalid,
    output wire [1:0] mon_tready
);

  reg [7:0] frame;
  reg [1:0] left;
  reg shut;
  reg flicker;
  reg stained = 1'b0;
  wire [3:0] fault = frame[3:0];
  wire taken = m_axis_tvalid && m_axis_tready;

  assign s_axis_tready = left == 2'd0 && !shut;
  assign m_axis_tvalid = left != 2'd0 && !(fault == 4'd7 && flicker);
  assign m_axis_tdata = (left[0] ? frame[7:4] : frame[3:0])
      ^ {3'b000, stained} ^ {3'b000, fault == 4'd6 && flicker};
  assign m_axis_tlast = (left == 2'd1 && fault != 4'd1) || fault == 4'd2;
  assign mon_busy = s_axis_tready && s_axis_tvalid;
  assign mon_tvalid = {m_axis_tvalid, s_axis_tvalid};
  assign mon_tready = {m_axis_tready, s_axis_tready};

  always @(posedge clk) begin
    flicker <= left != 2'd0 && !flicker;
    if (taken) left <= left - 2'd1;
    if (s_axis_tready && s_axis_tvalid) begin
      frame <= s_axis_tdata;
      left <= s_axis_tdata[3:0] == 4'd3 ? 2'd0 : s_axis_tdata[3:0] == 4'd8 ? 2'd3 : 2'd2;
      shut <= s_axis_tdata[3:0] == 4'd4;
      if (s_axis_tdata[3:0] == 4'd5) $error("the toy was asked to fail");
      if (!s_axis_tlast) $error("tlast must be on the last beat");
    end
    if (rst) begin
      if (fault == 4'd9) stained <= 1'b1;
      left <= 2'd0;
      shut <= 1'b0;
    end
  end

endmodule

`default_nettype wire
