// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// For each position of a kernel that moves over an image, all that is seen there, in one beat.
//
// Beats: in, a pixel of LANES elements of BITS bits, HEIGHT * WIDTH a frame; out, KERNEL_H *
// KERNEL_W pixels, channels fastest, then the kernel's columns and rows, OUT_H * OUT_W a frame.
// Elements beyond the image's edge are FILL. Cycles a frame: one for each pixel of the image and
// of the padding that some position sees, without bubbles between frames. Latency: a beat is
// offered one cycle after the pixel that completes its window; a frame's padding starts with the
// frame's first pixel.
// Limits: PAD_T < KERNEL_H, PAD_L < KERNEL_W, every position sees a part of the image. A frame
// that tlast ends early is filled up with beats of no meaning.
//
// The window is a register for each of its pixels, in rows that shift; what leaves a row enters
// the one above it a row of the padded image later. These registers are the output: while a window
// is offered, and not accepted, nothing moves. The pixel that comes in meanwhile is kept aside.

`default_nettype none
`include "stream_assert.svh"

module parallel_window #(
    parameter  int unsigned    LANES    = 2,
    parameter  int unsigned    BITS     = 1,
    parameter  bit [BITS-1:0]  FILL     = '0,
    parameter  int unsigned    HEIGHT   = 4,
    parameter  int unsigned    WIDTH    = 4,
    parameter  int unsigned    KERNEL_H = 3,
    parameter  int unsigned    KERNEL_W = 3,
    parameter  int unsigned    STRIDE_H = 1,
    parameter  int unsigned    STRIDE_W = 1,
    parameter  int unsigned    PAD_T    = 0,
    parameter  int unsigned    PAD_L    = 0,
    parameter  int unsigned    OUT_H    = 2,
    parameter  int unsigned    OUT_W    = 2,
    parameter  bit             IN_BRAM  = 1'b0,
    localparam int unsigned    W        = LANES * BITS,
    localparam int unsigned    OUT_BITS = KERNEL_H * KERNEL_W * W
) (
    input  wire                 clk,
    input  wire                 rst,
    input  wire  [       W-1:0] s_axis_tdata,
    input  wire                 s_axis_tvalid,
    output logic                s_axis_tready,
    input  wire                 s_axis_tlast,
    output logic [OUT_BITS-1:0] m_axis_tdata,
    output logic                m_axis_tvalid,
    input  wire                 m_axis_tready,
    output logic                m_axis_tlast,
    output logic                busy
);

  localparam int unsigned REACH = (OUT_W - 1) * STRIDE_W + KERNEL_W;
  localparam int unsigned ROW   = (REACH > PAD_L + WIDTH) ? REACH : PAD_L + WIDTH;

  // A pixel that finds no room. tready low means that there is one; the register loads whenever it
  // is free, so that it needs no enable of its own.
  logic [W-1:0] skid_data, pixel;
  logic         skid_last, pixel_last, pixel_valid;
  logic         take;

  dual_mux #(
      .W(W + 1)
  ) u_pixel (
      .zero  ({skid_last, skid_data}),
      .one   ({s_axis_tlast, s_axis_tdata}),
      .choice(s_axis_tready),
      .q     ({pixel_last, pixel})
  );
  assign pixel_valid = s_axis_tvalid || !s_axis_tready;

  always_ff @(posedge clk) begin
    if (s_axis_tready) {skid_last, skid_data} <= {s_axis_tlast, s_axis_tdata};
    if (rst) s_axis_tready <= 1'b1;
    else s_axis_tready <= take || (s_axis_tready && !s_axis_tvalid);
  end

  // Where in the padded image.
  logic step;
  logic last_across, image_across, complete_across, ends_across;
  logic last_down, image_down, complete_down, ends_down;

  padded_axis #(
      .SIZE  (WIDTH),
      .KERNEL(KERNEL_W),
      .STRIDE(STRIDE_W),
      .PAD   (PAD_L),
      .COUNT (OUT_W)
  ) u_across (
      .clk      (clk),
      .rst      (rst),
      .step     (step),
      .last     (last_across),
      .in_image (image_across),
      .complete (complete_across),
      .ends_last(ends_across)
  );

  padded_axis #(
      .SIZE  (HEIGHT),
      .KERNEL(KERNEL_H),
      .STRIDE(STRIDE_H),
      .PAD   (PAD_T),
      .COUNT (OUT_H)
  ) u_down (
      .clk      (clk),
      .rst      (rst),
      .step     (step && last_across),
      .last     (last_down),
      .in_image (image_down),
      .complete (complete_down),
      .ends_last(ends_down)
  );

  logic in_image, ends_frame;
  assign in_image   = image_across && image_down;
  assign ends_frame = last_across && last_down;

  // Padding in front of a frame waits for the frame.
  logic opening;
  if (PAD_T + PAD_L > 0) begin : g_opening
    always_ff @(posedge clk) begin
      if (rst) opening <= 1'b1;
      else if (step) opening <= ends_frame;
    end
  end else begin : g_no_opening
    assign opening = 1'b0;
  end

  // Steps.
  logic filling, free, ok;
  assign free = m_axis_tready || !m_axis_tvalid;
  assign ok   = pixel_valid || (in_image ? filling : !opening);
  assign step = free && ok;
  assign take = step && in_image && !filling;
  assign busy = step;

  always_ff @(posedge clk) begin
    if (rst || (step && ends_frame)) filling <= 1'b0;
    else if (take && pixel_last) filling <= 1'b1;
  end

  always_ff @(posedge clk) begin
    if (free) m_axis_tlast <= ends_across && ends_down;
    if (rst) m_axis_tvalid <= 1'b0;
    else if (free) m_axis_tvalid <= ok && complete_across && complete_down;
  end

  // The window: row 0 is the upper one. A pixel comes in on the right and leaves on the left.
  logic [         W-1:0] lowest;
  logic [KERNEL_H*W-1:0] right, left;

  always_ff @(posedge clk) begin
    if (step) lowest <= in_image ? pixel : {LANES{FILL}};
  end

  for (genvar r = 0; r < KERNEL_H; r++) begin : g_row
    logic [KERNEL_W*W-1:0] row;
    if (KERNEL_W == 1) begin : g_one_column
      assign row = right[r*W+:W];
    end else begin : g_columns
      logic [(KERNEL_W-1)*W-1:0] older;
      always_ff @(posedge clk) begin
        if (step) older <= row[KERNEL_W*W-1:W];
      end
      assign row = {right[r*W+:W], older};
    end
    assign left[r*W+:W] = row[W-1:0];
    assign m_axis_tdata[r*KERNEL_W*W+:KERNEL_W*W] = row;
  end

  if (KERNEL_H == 1) begin : g_one_row
    assign right = lowest;
    wire unused = &{1'b0, left};
  end else begin : g_rows
    logic [(KERNEL_H-1)*W-1:0] above;
    line_delay #(
        .W      ((KERNEL_H - 1) * W),
        .DELAY  (ROW - KERNEL_W),
        .IN_BRAM(IN_BRAM)
    ) u_lines (
        .clk(clk),
        .rst(rst),
        .en (step),
        .d  (left[KERNEL_H*W-1:W]),
        .q  (above)
    );
    assign right = {lowest, above};
    wire unused = &{1'b0, left[W-1:0]};
  end

  `XNORFLOW_ASSERT_STREAM(s_axis)
  `XNORFLOW_ASSERT_STREAM(m_axis)

endmodule

`default_nettype wire
