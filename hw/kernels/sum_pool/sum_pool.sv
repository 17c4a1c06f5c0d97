// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Sum of each channel over windows of an image that do not overlap.
//
// Beat format: in, PE channels of a pixel of IN_W bits, signed, unsigned or binary, 0 for -1 and 1
// for +1; out, PE sums of OUT_W bits, ACC_W or, of binary channels, one more. Pixels row by row.
// Cycles: HEIGHT * WIDTH * CHANNELS / PE a frame, without bubbles.
// Latency: an output beat is offered 1 cycle after the input beat that completes its window.
// Limits: PE divides CHANNELS; strides are at least the kernel; ACC_W holds every sum, of binary
// channels every number of ones less half of the window. BLOCK: only with several beats a pixel.
//
// There is an accumulator for each channel of each window in a row of windows. The rest of a frame
// that tlast ends early passes by without input.
`default_nettype none
`include "stream_assert.svh"

module sum_pool #(
  parameter  int PE         = 2,
  parameter  int CHANNELS   = 4,
  parameter  int IN_W       = 8,
  parameter  bit IN_SIGNED  = 1'b0,
  parameter  bit IN_BIPOLAR = 1'b0,
  parameter  int ACC_W      = 10,
  parameter  int HEIGHT     = 4,
  parameter  int WIDTH      = 4,
  parameter  int KERNEL_H   = 2,
  parameter  int KERNEL_W   = 2,
  parameter  int STRIDE_H   = 2,
  parameter  int STRIDE_W   = 2,
  parameter  bit BLOCK      = 1'b0,
  localparam int OUT_W      = IN_BIPOLAR ? ACC_W + 1 : ACC_W
) (
  input  wire                 clk,
  input  wire                 rst,
  input  wire  [ PE*IN_W-1:0] s_axis_tdata,
  input  wire                 s_axis_tvalid,
  output logic                s_axis_tready,
  input  wire                 s_axis_tlast,
  output logic [PE*OUT_W-1:0] m_axis_tdata,
  output logic                m_axis_tvalid,
  input  wire                 m_axis_tready,
  output logic                m_axis_tlast,
  output logic                busy
);

  localparam int BEATS    = CHANNELS / PE;
  localparam int BEAT_W   = BEATS == 1 ? 1 : $clog2(BEATS);
  localparam int ACROSS   = (WIDTH - KERNEL_W) / STRIDE_W + 1;
  localparam int WINDOW_W = ACROSS == 1 ? 1 : $clog2(ACROSS);
  localparam int PLACES   = ACROSS * BEATS;
  localparam int PLACE_W  = PLACES == 1 ? 1 : $clog2(PLACES);
  localparam int W        = PE * ACC_W;

  // A sum of binary channels is twice the number of ones less the size of the window, whose lowest
  // bit is that of the size.
  localparam int AREA = KERNEL_H * KERNEL_W;
  localparam int HALF = (AREA + 1) / 2;
  localparam bit [ACC_W-1:0] START = IN_BIPOLAR ? ACC_W'(-HALF) : '0;

  if (PE < 1 || PE * BEATS != CHANNELS || (BLOCK && BEATS == 1)) begin : g_check
    $error("sum_pool: PE must divide CHANNELS, and be less with BLOCK");
  end
  if (STRIDE_H < KERNEL_H || STRIDE_W < KERNEL_W) begin : g_check_stride
    $error("sum_pool: strides must be at least the kernel");
  end
  if (IN_W < 1 || (IN_BIPOLAR ? IN_W != 1 : ACC_W < IN_W)) begin : g_check_width
    $error("sum_pool: binary channels must have 1 bit, and ACC_W must be at least IN_W");
  end

  // ---- Steps: a beat of a pixel ----

  logic [  BEAT_W-1:0] beat;
  logic [WINDOW_W-1:0] window;
  logic                room, offers, steps, pixel_ends, row_ends, in_image;
  logic                x_first, y_first, x_starts, y_starts, x_ends, ends, frame_ends;
  logic                in_window, moves, begins;

  assign busy = steps;

  pool_walk #(
    .BEATS   (BEATS),
    .HEIGHT  (HEIGHT),
    .WIDTH   (WIDTH),
    .KERNEL_H(KERNEL_H),
    .KERNEL_W(KERNEL_W),
    .STRIDE_H(STRIDE_H),
    .STRIDE_W(STRIDE_W)
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

  wire unused = &{1'b0, in_image, x_first, y_first, x_starts, y_starts, x_ends};

  // ---- Sums ----

  logic [PLACE_W-1:0] place, next_place;
  logic [      W-1:0] held, sums, result;

  sum_place #(
    .BEATS  (BEATS),
    .WINDOWS(ACROSS),
    .JOINED (!BLOCK && (1 << $clog2(BEATS)) == BEATS)
  ) u_place (
    .clk         (clk),
    .rst         (rst),
    .en          (steps),
    .beat        (beat),
    .window      (window),
    .pixel_ends  (pixel_ends),
    .window_moves(moves),
    .row_ends    (row_ends),
    .at          (place),
    .next_at     (next_place)
  );

  // Rows of no window add to sums that are made anew before they are read.
  sum_memory #(
    .W    (W),
    .DEPTH(PLACES),
    .BLOCK(BLOCK)
  ) u_memory (
    .clk    (clk),
    .en     (steps),
    .put    (steps && in_window),
    .at     (place),
    .next_at(next_place),
    .word   (sums),
    .held   (held)
  );

  for (genvar n = 0; n < PE; n++) begin : g_lane
    wire [IN_W-1:0] x = s_axis_tdata[n*IN_W+:IN_W];
    logic [ACC_W-1:0] left;
    if (ACC_W == IN_W) begin : g_as_wide
      assign left = x;
    end else begin : g_wider
      assign left = {{(ACC_W - IN_W) {IN_SIGNED && x[IN_W-1]}}, x};
    end
    raw_adder #(
      .W(ACC_W)
    ) u_add (
      .carry(1'b0),
      .left (left),
      .right(begins ? START : held[n*ACC_W+:ACC_W]),
      .sum  (sums[n*ACC_W+:ACC_W])
    );
    if (IN_BIPOLAR) begin : g_binary
      assign m_axis_tdata[n*OUT_W+:OUT_W] = {result[n*ACC_W+:ACC_W], 1'(AREA % 2)};
    end else begin : g_integer
      assign m_axis_tdata[n*OUT_W+:OUT_W] = result[n*ACC_W+:ACC_W];
    end
  end

  skid_buffer #(
    .W(W)
  ) u_skid (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(sums),
    .s_axis_tvalid(offers && ends),
    .s_axis_tready(room),
    .s_axis_tlast(frame_ends),
    .m_axis_tdata(result),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast)
  );

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
