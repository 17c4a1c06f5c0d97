// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Maximum of each channel over windows of an image: of bits, which are their own maximum, an OR.
//
// Beat format: PE channels of a pixel a beat, in and out, BITS bits each, signed or not; pixels row
// by row.
// Cycles: (HEIGHT + PAD_BOTTOM) * (WIDTH + PAD_RIGHT) * CHANNELS / PE a frame, without bubbles.
// Latency: an output beat is offered 1 cycle after the input beat that completes its window.
// Limits: PE divides CHANNELS; pads are smaller than the kernel; BLOCK, which puts rows of outputs
// into block RAM, only with three beats of these or more.
//
// Rows are reduced first, then columns, each by the partial results of the windows that are open
// at once: for a pixel's beats across, and for a row of outputs down. Pixels of padding at the
// bottom and on the right take a step without input; those at the top and on the left none. The
// rest of a frame that tlast ends early passes by without input, too.
`default_nettype none
`include "stream_assert.svh"

module maxpool #(
  parameter int PE         = 2,
  parameter int CHANNELS   = 4,
  parameter int HEIGHT     = 4,
  parameter int WIDTH      = 4,
  parameter int KERNEL_H   = 2,
  parameter int KERNEL_W   = 2,
  parameter int STRIDE_H   = 2,
  parameter int STRIDE_W   = 2,
  parameter int PAD_TOP    = 0,
  parameter int PAD_LEFT   = 0,
  parameter int PAD_BOTTOM = 0,
  parameter int PAD_RIGHT  = 0,
  parameter int BITS       = 1,
  parameter bit SIGNED     = 1'b0,
  parameter bit BLOCK      = 1'b0
) (
  input  wire                clk,
  input  wire                rst,
  input  wire  [PE*BITS-1:0] s_axis_tdata,
  input  wire                s_axis_tvalid,
  output logic               s_axis_tready,
  input  wire                s_axis_tlast,
  output logic [PE*BITS-1:0] m_axis_tdata,
  output logic               m_axis_tvalid,
  input  wire                m_axis_tready,
  output logic               m_axis_tlast,
  output logic               busy
);

  localparam int BEATS    = CHANNELS / PE;
  localparam int BEAT_W   = BEATS == 1 ? 1 : $clog2(BEATS);
  localparam int ACROSS   = (WIDTH + PAD_LEFT + PAD_RIGHT - KERNEL_W) / STRIDE_W + 1;
  localparam int WINDOW_W = ACROSS == 1 ? 1 : $clog2(ACROSS);
  localparam int PLACES   = ACROSS * BEATS;
  localparam int PLACE_W  = PLACES == 1 ? 1 : $clog2(PLACES);

  localparam bit [BITS-1:0] LOWEST = BITS'(SIGNED) << (BITS - 1);

  if (PE < 1 || PE * BEATS != CHANNELS) begin : g_check_pe
    $error("maxpool: PE must divide CHANNELS");
  end
  if (BITS < 1) begin : g_check_bits
    $error("maxpool: BITS must be at least 1");
  end

  // ---- Steps: a beat of a pixel, in the image or beyond it ----

  logic [BEAT_W-1:0]   beat;
  logic [WINDOW_W-1:0] window;
  logic                room, offers, steps, pixel_ends, row_ends, in_image;
  logic                x_first, y_first, x_starts, y_starts, x_ends, ends, frame_ends;
  logic                in_window, moves, begins;

  assign busy = steps;

  pool_walk #(
    .BEATS     (BEATS),
    .HEIGHT    (HEIGHT),
    .WIDTH     (WIDTH),
    .KERNEL_H  (KERNEL_H),
    .KERNEL_W  (KERNEL_W),
    .STRIDE_H  (STRIDE_H),
    .STRIDE_W  (STRIDE_W),
    .PAD_TOP   (PAD_TOP),
    .PAD_LEFT  (PAD_LEFT),
    .PAD_BOTTOM(PAD_BOTTOM),
    .PAD_RIGHT (PAD_RIGHT)
  ) u_walk (
    .clk          (clk),
    .rst          (rst),
    .s_axis_tvalid(s_axis_tvalid),
    .s_axis_tready(s_axis_tready),
    .s_axis_tlast (s_axis_tlast),
    .room         (room),
    .offers       (offers),
    .steps        (steps),
    .beat         (beat),
    .pixel_ends   (pixel_ends),
    .row_ends     (row_ends),
    .in_image     (in_image),
    .x_first      (x_first),
    .y_first      (y_first),
    .x_starts     (x_starts),
    .y_starts     (y_starts),
    .x_ends       (x_ends),
    .ends         (ends),
    .frame_ends   (frame_ends),
    .window       (window),
    .in_window    (in_window),
    .moves        (moves),
    .begins       (begins)
  );

  // Which of these outputs are read depends on the windows and on BEATS; the last three never are.
  wire unused = &{1'b0, beat, window, pixel_ends, row_ends, in_image, x_first, y_first, x_starts,
                  y_starts, x_ends, in_window, moves, begins};

  // ---- Across: `row` is the maximum over a window's width; beyond the image all is lowest ----

  logic [PE*BITS-1:0] x, row;

  if (PAD_RIGHT + PAD_BOTTOM == 0) begin : g_all
    assign x = s_axis_tdata;
  end else begin : g_edges
    dual_mux #(
      .W(PE * BITS)
    ) u_mux (
      .zero  ({PE{LOWEST}}),
      .one   (s_axis_tdata),
      .choice(in_image),
      .q     (x)
    );
  end

  if (KERNEL_W == 1) begin : g_narrow
    assign row = x;
  end else begin : g_wide
    logic [PE*BITS-1:0] oldest;
    logic               keep;

    assign keep = PAD_LEFT == 0 || !x_first;

    pool_windows #(
      .LANES (PE),
      .W     (BITS),
      .SIGNED(SIGNED),
      .DEPTH (BEATS),
      .KERNEL(KERNEL_W),
      .STRIDE(STRIDE_W)
    ) u_windows (
      .clk   (clk),
      .en    (steps),
      .reads (1'b0),
      .at    (beat),
      .next_at('0),
      .x     (x),
      .starts(x_starts),
      .keep  (keep),
      .oldest(oldest)
    );

    pool_max #(
      .LANES (PE),
      .W     (BITS),
      .SIGNED(SIGNED)
    ) u_max (
      .x     (x),
      .held  (oldest),
      .keep  (keep),
      .result(row)
    );
  end

  // ---- Down: the maximum over a window's height, in the output's buffer ----

  logic [PE*BITS-1:0] above;
  logic               keep_above;

  if (KERNEL_H == 1) begin : g_flat
    assign above      = '0;
    assign keep_above = 1'b0;
  end else begin : g_high
    logic [PLACE_W-1:0] place, next_place;
    logic               stores;

    assign keep_above = PAD_TOP == 0 || !y_first;
    assign stores     = steps && x_ends;

    if (!BLOCK) begin : g_here
      assign next_place = '0;
    end
    if (BLOCK) begin : g_ahead
      always_comb begin
        next_place = place + PLACE_W'(stores);
        if (pixel_ends && row_ends) next_place = '0;
      end
      initial place = '0;
      always_ff @(posedge clk) begin
        if (rst) place <= '0;
        else if (steps) place <= next_place;
      end
    end else if (BEATS == 1) begin : g_by_window
      assign place = window;
    end else if ((1 << BEAT_W) == BEATS) begin : g_joined
      assign place = PLACE_W'({window, beat});
    end else begin : g_counted
      initial place = '0;
      always_ff @(posedge clk) begin
        if (rst || (steps && pixel_ends && row_ends)) place <= '0;
        else if (stores) place <= place + 1'b1;
      end
    end

    pool_windows #(
      .LANES (PE),
      .W     (BITS),
      .SIGNED(SIGNED),
      .DEPTH (PLACES),
      .KERNEL(KERNEL_H),
      .STRIDE(STRIDE_H),
      .BLOCK (BLOCK)
    ) u_windows (
      .clk   (clk),
      .en    (stores),
      .reads (steps),
      .at    (place),
      .next_at(next_place),
      .x     (row),
      .starts(y_starts),
      .keep  (keep_above),
      .oldest(above)
    );
  end

  // Where nothing is above, nothing is compared: bits pass as they are.
  pool_skid #(
    .LANES (KERNEL_H == 1 ? PE * BITS : PE),
    .W     (KERNEL_H == 1 ? 1 : BITS),
    .SIGNED(KERNEL_H > 1 && SIGNED)
  ) u_skid (
    .clk          (clk),
    .rst          (rst),
    .s_x          (row),
    .s_held       (above),
    .s_keep       (keep_above),
    .s_valid      (offers && ends),
    .s_ready      (room),
    .s_last       (frame_ends),
    .m_axis_tdata (m_axis_tdata),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast (m_axis_tlast)
  );

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
