// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Walk of a pool over an image: which beat of which pixel a step is for, and where windows stand.
//
// A pixel is BEATS beats; pixels come row by row. A step is made in a cycle with `room`, which must
// not depend on `offers`: with a beat of s_axis or, for a pixel of padding at the bottom or on the
// right, and for the rest of a frame that tlast ends early, without. Padding at the top and on the
// left takes no step.
// Limits: those of pool_axis, so `in_window` is only for windows that do not overlap. What a pool
// does not read costs nothing.
`default_nettype none

module pool_walk #(
  parameter  int BEATS      = 2,
  parameter  int HEIGHT     = 4,
  parameter  int WIDTH      = 4,
  parameter  int KERNEL_H   = 2,
  parameter  int KERNEL_W   = 2,
  parameter  int STRIDE_H   = 2,
  parameter  int STRIDE_W   = 2,
  parameter  int PAD_TOP    = 0,
  parameter  int PAD_LEFT   = 0,
  parameter  int PAD_BOTTOM = 0,
  parameter  int PAD_RIGHT  = 0,
  localparam int BEAT_W     = BEATS == 1 ? 1 : $clog2(BEATS),
  localparam int ACROSS     = (WIDTH + PAD_LEFT + PAD_RIGHT - KERNEL_W) / STRIDE_W + 1,
  localparam int WINDOW_W   = ACROSS == 1 ? 1 : $clog2(ACROSS)
) (
  input  wire                 clk,
  input  wire                 rst,
  input  wire                 s_axis_tvalid,
  output logic                s_axis_tready,
  input  wire                 s_axis_tlast,
  input  wire                 room,
  output logic                offers,     // a step can be made
  output logic                steps,      // one is made
  output logic [  BEAT_W-1:0] beat,       // of the pixel
  output logic                pixel_ends, // its last beat
  output logic                row_ends,   // in the row's last pixel, padding included
  output logic                in_image,   // a pixel of the image
  output logic                x_first,    // in the row's first pixel
  output logic                y_first,    // in the first row
  output logic                x_starts,   // a window's first column
  output logic                y_starts,   // a window's first row
  output logic                x_ends,     // a window's last column
  output logic                ends,       // a window's last pixel
  output logic                frame_ends, // last beat of the last window, where one ends
  output logic [WINDOW_W-1:0] window,     // its number in the row, where its last column is
  output logic                in_window,  // a column of a window; `window` is its number
  output logic                moves,      // the last column before another window's number
  output logic                begins      // a window's first pixel
);

  localparam int DOWN   = (HEIGHT + PAD_TOP + PAD_BOTTOM - KERNEL_H) / STRIDE_H + 1;
  localparam int DOWN_W = DOWN == 1 ? 1 : $clog2(DOWN);

  logic              given, filling;
  logic              x_in_image, x_begins, x_final;
  logic              y_in_image, y_begins, y_final, y_last, y_ends;
  logic              y_in_window, y_moves;
  logic [DOWN_W-1:0] y_window;

  assign in_image      = x_in_image && y_in_image;
  assign ends          = x_ends && y_ends;
  assign begins        = x_begins && y_begins;
  assign frame_ends    = pixel_ends && x_final && y_final;
  assign given         = !filling && in_image;
  assign s_axis_tready = room && given;
  assign offers        = s_axis_tvalid || !given;
  assign steps         = room && offers;

  always_ff @(posedge clk) begin
    if (rst || (steps && pixel_ends && row_ends && y_last)) filling <= 1'b0;
    else if (s_axis_tready && s_axis_tvalid && s_axis_tlast) filling <= 1'b1;
  end

  if (BEATS == 1) begin : g_one_beat
    assign beat       = '0;
    assign pixel_ends = 1'b1;
  end else begin : g_beats
    assign pixel_ends = beat == BEAT_W'(BEATS - 1);
    // A memory reads by it. Registers that make its address have initial values, or Yosys would
    // take them for registers of the memory, and build others beside them.
    initial beat = '0;
    always_ff @(posedge clk) begin
      if (rst) beat <= '0;
      else if (steps) beat <= pixel_ends ? '0 : beat + 1'b1;
    end
  end

  pool_axis #(
    .SIZE  (WIDTH),
    .KERNEL(KERNEL_W),
    .STRIDE(STRIDE_W),
    .BEFORE(PAD_LEFT),
    .AFTER (PAD_RIGHT)
  ) u_across (
    .clk      (clk),
    .rst      (rst),
    .en       (steps && pixel_ends),
    .first    (x_first),
    .last     (row_ends),
    .in_image (x_in_image),
    .starts   (x_starts),
    .ends     (x_ends),
    .is_final (x_final),
    .window   (window),
    .in_window(in_window),
    .moves    (moves),
    .begins   (x_begins)
  );

  pool_axis #(
    .SIZE  (HEIGHT),
    .KERNEL(KERNEL_H),
    .STRIDE(STRIDE_H),
    .BEFORE(PAD_TOP),
    .AFTER (PAD_BOTTOM)
  ) u_down (
    .clk      (clk),
    .rst      (rst),
    .en       (steps && pixel_ends && row_ends),
    .first    (y_first),
    .last     (y_last),
    .in_image (y_in_image),
    .starts   (y_starts),
    .ends     (y_ends),
    .is_final (y_final),
    .window   (y_window),
    .in_window(y_in_window),
    .moves    (y_moves),
    .begins   (y_begins)
  );
  wire unused = &{1'b0, y_window, y_in_window, y_moves};

endmodule

`default_nettype wire
