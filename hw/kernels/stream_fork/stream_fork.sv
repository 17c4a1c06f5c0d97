// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Gives every beat to each of several readers, which take it when they can.
//
// Beat format: W bits of tdata and tlast, passed on unchanged to COPIES streams, which stand side
// by side in the bits of m_axis, the first in the low bits.
// Cycles: one beat a cycle, while every reader takes one a cycle. Latency: 1 cycle.
// Limits: W >= 1, COPIES >= 2. No reader is more than one beat ahead of another.
//
// An eager fork: a reader that is ready takes the beat at once, and `taken` remembers it until the
// last one has. A lazy one, which shows a beat only when all readers are ready, would make tvalid
// wait for tready: readers that wait for each other, as behind a join, would wait for ever. Beats
// are kept once for all readers, in the skid buffer, which cuts the path from their tready back.
`default_nettype none
`include "stream_assert.svh"

module stream_fork #(
  parameter int W      = 8,
  parameter int COPIES = 2
) (
  input  wire                 clk,
  input  wire                 rst,
  input  wire  [       W-1:0] s_axis_tdata,
  input  wire                 s_axis_tvalid,
  output logic                s_axis_tready,
  input  wire                 s_axis_tlast,
  output logic [COPIES*W-1:0] m_axis_tdata,
  output logic [  COPIES-1:0] m_axis_tvalid,
  input  wire  [  COPIES-1:0] m_axis_tready,
  output logic [  COPIES-1:0] m_axis_tlast,
  output logic                busy
);

  if (W < 1 || COPIES < 2) begin : g_check
    $error("stream_fork: W must be at least 1, and COPIES at least 2");
  end

  logic [     W-1:0] data;
  logic              valid;
  logic              last;
  logic              moves;
  logic [COPIES-1:0] taken;

  assign busy          = s_axis_tvalid && s_axis_tready;
  assign moves         = &(taken | m_axis_tready);
  assign m_axis_tdata  = {COPIES{data}};
  assign m_axis_tvalid = {COPIES{valid}} & ~taken;
  assign m_axis_tlast  = {COPIES{last}};

  always_ff @(posedge clk) begin
    if (rst || moves) taken <= '0;
    else if (valid) taken <= taken | m_axis_tready;
  end

  skid_buffer #(
    .W(W)
  ) u_skid (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(s_axis_tdata),
    .s_axis_tvalid(s_axis_tvalid),
    .s_axis_tready(s_axis_tready),
    .s_axis_tlast(s_axis_tlast),
    .m_axis_tdata(data),
    .m_axis_tvalid(valid),
    .m_axis_tready(moves),
    .m_axis_tlast(last)
  );

  `XNORFLOW_ASSERT_STREAMS(m_axis, COPIES, W)

endmodule

`default_nettype wire
