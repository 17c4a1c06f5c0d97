// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Two-entry stream register that cuts every combinational path between its two sides.
//
// Beat format: W bits of tdata and tlast, passed on unchanged.
// Cycles: one beat a cycle, without bubbles under any back-pressure. Latency: 1 cycle.
// Limits: W >= 1. s_axis_tready is a register; it does not depend on s_axis_tvalid.
`default_nettype none
`include "stream_assert.svh"

module skid_buffer #(
  parameter int W = 8
) (
  input  wire          clk,
  input  wire          rst,
  input  wire  [W-1:0] s_axis_tdata,
  input  wire          s_axis_tvalid,
  output logic         s_axis_tready,
  input  wire          s_axis_tlast,
  output logic [W-1:0] m_axis_tdata,
  output logic         m_axis_tvalid,
  input  wire          m_axis_tready,
  output logic         m_axis_tlast
);

  if (W < 1) begin : g_check
    $error("skid_buffer: W must be at least 1");
  end

  logic [W-1:0] skid_data;
  logic         skid_last;
  logic         move;

  assign move = m_axis_tready || !m_axis_tvalid;

  // s_axis_tready low means that the skid register holds a beat. It loads whenever it is free:
  // an enable that ignores s_axis_tvalid costs no LUT, and what it loads early is never read.
  always_ff @(posedge clk) begin
    if (s_axis_tready) begin
      skid_data <= s_axis_tdata;
      skid_last <= s_axis_tlast;
    end
    if (move) begin
      m_axis_tdata <= s_axis_tready ? s_axis_tdata : skid_data;
      m_axis_tlast <= s_axis_tready ? s_axis_tlast : skid_last;
    end
    if (rst) begin
      m_axis_tvalid <= 1'b0;
      s_axis_tready <= 1'b1;
    end else begin
      m_axis_tvalid <= s_axis_tvalid || !s_axis_tready || !move;
      s_axis_tready <= move || (s_axis_tready && !s_axis_tvalid);
    end
  end

  `XNORFLOW_ASSERT_STREAM(s_axis)
  `XNORFLOW_ASSERT_STREAM(m_axis)

endmodule

`default_nettype wire
