// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Passes on a range of the channels of each pixel, and drops the others.
//
// Beat format: W bits, in and out; a pixel is BEATS beats, of which KEPT from number FIRST on leave.
// Cycles: one beat read a cycle, PIXELS * BEATS a frame, without bubbles. Latency: 1 cycle.
// Limits: W, PIXELS and KEPT >= 1, FIRST >= 0, FIRST + KEPT <= BEATS.
//
// Where tlast comes before its place, a frame was cut short: so is the one that is written, whose last
// beat is the one that tlast came with, whatever channels that holds.
`default_nettype none
`include "stream_assert.svh"

module stream_slice #(
  parameter int W      = 8,
  parameter int BEATS  = 4,
  parameter int FIRST  = 1,
  parameter int KEPT   = 2,
  parameter int PIXELS = 3
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
  output logic         m_axis_tlast,
  output logic         busy
);

  localparam int BEAT_W  = BEATS == 1 ? 1 : $clog2(BEATS);
  localparam int PIXEL_W = PIXELS == 1 ? 1 : $clog2(PIXELS);

  if (W < 1 || PIXELS < 1 || FIRST < 0 || KEPT < 1 || FIRST + KEPT > BEATS) begin : g_check
    $error("stream_slice: W, PIXELS and KEPT must be at least 1, FIRST + KEPT at most BEATS");
  end

  logic room, kept, closes, pixel_ends, last_pixel, last;

  assign s_axis_tready = room;
  assign busy          = s_axis_tvalid && room;
  assign last          = last_pixel && pixel_ends;

  if (BEATS == 1) begin : g_one_beat
    assign {kept, closes, pixel_ends} = '1;
  end else begin : g_beats
    logic [BEAT_W-1:0] beat;
    logic              begun, over;

    assign kept       = begun && !over;
    assign closes     = beat == BEAT_W'(FIRST + KEPT - 1);
    assign pixel_ends = beat == BEAT_W'(BEATS - 1);
    always_ff @(posedge clk) begin
      if (rst) beat <= '0;
      else if (busy) beat <= pixel_ends || s_axis_tlast ? '0 : beat + 1'b1;
    end

    if (FIRST == 0) begin : g_from_start
      assign begun = 1'b1;
    end else begin : g_later
      assign begun = beat >= BEAT_W'(FIRST);
    end
    if (FIRST + KEPT == BEATS) begin : g_to_end
      assign over = 1'b0;
    end else begin : g_sooner
      assign over = beat >= BEAT_W'(FIRST + KEPT);
    end
  end

  if (PIXELS == 1) begin : g_one_pixel
    assign last_pixel = 1'b1;
  end else begin : g_pixels
    logic [PIXEL_W-1:0] pixel;

    assign last_pixel = pixel == PIXEL_W'(PIXELS - 1);
    always_ff @(posedge clk) begin
      if (rst || (busy && (last || s_axis_tlast))) pixel <= '0;
      else if (busy && pixel_ends) pixel <= pixel + 1'b1;
    end
  end

  skid_buffer #(
    .W(W)
  ) u_skid (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(s_axis_tdata),
    .s_axis_tvalid(s_axis_tvalid && (kept || (s_axis_tlast && !last))),
    .s_axis_tready(room),
    .s_axis_tlast(s_axis_tlast || (last_pixel && closes)),
    .m_axis_tdata(m_axis_tdata),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast)
  );

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
