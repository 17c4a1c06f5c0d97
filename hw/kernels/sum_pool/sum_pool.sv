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
  localparam int DOWN     = (HEIGHT - KERNEL_H) / STRIDE_H + 1;
  localparam int DOWN_W   = DOWN == 1 ? 1 : $clog2(DOWN);
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
  if (IN_W < 1 || (IN_BIPOLAR ? IN_W != 1 : ACC_W < IN_W)) begin : g_check_width
    $error("sum_pool: binary channels must have 1 bit, and ACC_W must be at least IN_W");
  end

  // ---- Steps: a beat of a pixel ----

  logic [  BEAT_W-1:0] beat;
  logic [WINDOW_W-1:0] window;
  logic [  DOWN_W-1:0] y_window;
  logic                pixel_ends, room, steps, filling, offers;
  logic                x_last, x_inside, x_starts, x_ends, x_moves, x_final;
  logic                y_last, y_inside, y_starts, y_ends, y_moves, y_final;

  assign s_axis_tready = room && !filling;
  assign offers        = s_axis_tvalid || filling;
  assign steps         = room && offers;
  assign busy          = steps;

  always_ff @(posedge clk) begin
    if (rst || (steps && pixel_ends && x_last && y_last)) filling <= 1'b0;
    else if (s_axis_tready && s_axis_tvalid && s_axis_tlast) filling <= 1'b1;
  end

  if (BEATS == 1) begin : g_one_beat
    assign beat       = '0;
    assign pixel_ends = 1'b1;
  end else begin : g_beats
    assign pixel_ends = beat == BEAT_W'(BEATS - 1);
    initial beat = '0; // a memory reads by it: see sum_memory
    always_ff @(posedge clk) begin
      if (rst) beat <= '0;
      else if (steps) beat <= pixel_ends ? '0 : beat + 1'b1;
    end
  end

  sum_axis #(
    .SIZE  (WIDTH),
    .KERNEL(KERNEL_W),
    .STRIDE(STRIDE_W)
  ) u_across (
    .clk     (clk),
    .rst     (rst),
    .en      (steps && pixel_ends),
    .last    (x_last),
    .in_window(x_inside),
    .starts  (x_starts),
    .ends    (x_ends),
    .moves   (x_moves),
    .is_final(x_final),
    .window  (window)
  );

  sum_axis #(
    .SIZE  (HEIGHT),
    .KERNEL(KERNEL_H),
    .STRIDE(STRIDE_H)
  ) u_down (
    .clk     (clk),
    .rst     (rst),
    .en      (steps && pixel_ends && x_last),
    .last    (y_last),
    .in_window(y_inside),
    .starts  (y_starts),
    .ends    (y_ends),
    .moves   (y_moves),
    .is_final(y_final),
    .window  (y_window)
  );

  // Rows of no window add to sums that are made anew before they are read.
  wire unused = &{1'b0, y_inside, y_moves, y_window};

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
    .window_moves(x_moves),
    .row_ends    (x_last),
    .at          (place),
    .next_at     (next_place)
  );

  sum_memory #(
    .W    (W),
    .DEPTH(PLACES),
    .BLOCK(BLOCK)
  ) u_memory (
    .clk    (clk),
    .en     (steps),
    .put    (steps && x_inside),
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
      .right(x_starts && y_starts ? START : held[n*ACC_W+:ACC_W]),
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
    .s_axis_tvalid(offers && x_ends && y_ends),
    .s_axis_tready(room),
    .s_axis_tlast(pixel_ends && x_final && y_final),
    .m_axis_tdata(result),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast)
  );

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
