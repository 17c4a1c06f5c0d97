// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Joins the channels of two streams: of each pixel all beats of the first, then all of the second.
//
// Beat format: in, two streams of W bits side by side in the bits of s_axis, `a` in the low bits;
// out, W bits; all of a pixel's elements, so many a beat. A pixel is A_BEATS beats of one stream
// and B_BEATS of the other. Cycles: one beat of either a cycle. Latency: 1 cycle.
// Limits: W, A_BEATS and B_BEATS >= 1. Nothing is kept of the stream whose turn it is not.
//
// Where tlast comes before its place, a frame was cut short: so is the one that is written, with the
// last beat that had a place in both, and what is left of the other stream's frame is dropped.
`default_nettype none
`include "stream_assert.svh"

module stream_concat #(
  parameter int W       = 8,
  parameter int A_BEATS = 2,
  parameter int B_BEATS = 2
) (
  input  wire          clk,
  input  wire          rst,
  input  wire  [2*W-1:0] s_axis_tdata,
  input  wire  [  1:0] s_axis_tvalid,
  output logic [  1:0] s_axis_tready,
  input  wire  [  1:0] s_axis_tlast,
  output logic [W-1:0] m_axis_tdata,
  output logic         m_axis_tvalid,
  input  wire          m_axis_tready,
  output logic         m_axis_tlast,
  output logic         busy
);

  localparam int MOST   = A_BEATS > B_BEATS ? A_BEATS : B_BEATS;
  localparam int BEAT_W = MOST == 1 ? 1 : $clog2(MOST);

  if (W < 1 || A_BEATS < 1 || B_BEATS < 1) begin : g_check
    $error("stream_concat: W, A_BEATS and B_BEATS must be at least 1");
  end

  logic [W-1:0] chosen;
  logic         second;   // whose turn it is
  logic         part_ends;
  logic         ends;     // the frame that is written
  logic         a_ended;  // in this frame
  logic [1:0]   drops;
  logic         room;

  assign busy          = s_axis_tvalid[second] && room && drops == '0;
  assign s_axis_tready = drops | ({second, !second} & {2{room && drops == '0}});
  assign ends          = second ? s_axis_tlast[1] || (a_ended && part_ends)
                                : s_axis_tlast[0] && !part_ends;

  always_ff @(posedge clk) begin
    if (rst) begin
      second  <= 1'b0;
      a_ended <= 1'b0;
      drops   <= '0;
    end else if (busy) begin
      second  <= !ends && (second ^ part_ends);
      a_ended <= !ends && (a_ended || (!second && s_axis_tlast[0]));
      drops   <= {2{ends}} & {!(second && s_axis_tlast[1]), second && !a_ended};
    end else begin
      drops <= drops & ~(s_axis_tvalid & s_axis_tlast);
    end
  end

  if (MOST == 1) begin : g_one_beat
    assign part_ends = 1'b1;
  end else begin : g_beats
    logic [BEAT_W-1:0] beat;
    assign part_ends = beat == (second ? BEAT_W'(B_BEATS - 1) : BEAT_W'(A_BEATS - 1));
    always_ff @(posedge clk) begin
      if (rst) beat <= '0;
      else if (busy) beat <= part_ends || ends ? '0 : beat + 1'b1;
    end
  end

  dual_mux #(
    .W(W)
  ) u_mux (
    .zero  (s_axis_tdata[W-1:0]),
    .one   (s_axis_tdata[2*W-1:W]),
    .choice(second),
    .q     (chosen)
  );

  skid_buffer #(
    .W(W)
  ) u_skid (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(chosen),
    .s_axis_tvalid(busy),
    .s_axis_tready(room),
    .s_axis_tlast(ends),
    .m_axis_tdata(m_axis_tdata),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast)
  );

  `XNORFLOW_ASSERT_STREAMS(s_axis, 2, W)

endmodule

`default_nettype wire
