// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// For each position of a kernel that moves over an image, everything that is seen there: im2col.
//
// Beats: LANES elements of BITS bits, BEATS a pixel; in, HEIGHT * WIDTH pixels a frame; out,
// OUT_H * OUT_W positions of KERNEL_H * KERNEL_W pixels, channels fastest, then the kernel's
// columns and rows. Elements beyond the image's edge are FILL. Cycles a frame: the beats of the
// side that has more, without bubbles between frames. Latency: a beat is offered two cycles after
// the input beat that it needs; a frame's first is never before the frame's first input.
// Limits: PAD_T < KERNEL_H, PAD_L < KERNEL_W, every position sees a part of the image; DEPTH
// holds what the descriptor finds to be enough. A frame that tlast ends early is filled up with
// beats of no meaning.
//
// A ring of DEPTH beats in the order of the input. Its read address moves by a constant that only
// depends on which of the nested counters end (`kind`). The same move changes `lead`, by how many
// beats the last one written is ahead of the one to be read, and `room`, by how many beats the
// writer may go on: up to DEPTH from the start of the present window. Both tell by their sign.

`default_nettype none
`include "stream_assert.svh"

module sliding_window #(
    parameter  int unsigned    LANES    = 2,
    parameter  int unsigned    BITS     = 1,
    parameter  bit [BITS-1:0]  FILL     = '0,
    parameter  int unsigned    HEIGHT   = 4,
    parameter  int unsigned    WIDTH    = 4,
    parameter  int unsigned    BEATS    = 1,
    parameter  int unsigned    KERNEL_H = 3,
    parameter  int unsigned    KERNEL_W = 3,
    parameter  int unsigned    STRIDE_H = 1,
    parameter  int unsigned    STRIDE_W = 1,
    parameter  int unsigned    PAD_T    = 0,
    parameter  int unsigned    PAD_L    = 0,
    parameter  int unsigned    OUT_H    = 2,
    parameter  int unsigned    OUT_W    = 2,
    parameter  int unsigned    DEPTH    = 32,
    parameter  int unsigned    BLOCK    = 32,
    parameter  int unsigned    LEAD_W   = 6,
    parameter  int unsigned    ROOM_W   = 6,
    parameter  bit             IN_BRAM  = 1'b0,
    localparam int unsigned    W        = LANES * BITS
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

  // All distances are in beats and signed.
  localparam int H    = int'(HEIGHT);
  localparam int ROW  = int'(WIDTH * BEATS);
  localparam int KH   = int'(KERNEL_H);
  localparam int KROW = int'(KERNEL_W * BEATS);
  localparam int SW   = int'(STRIDE_W * BEATS);
  localparam int OH   = int'(OUT_H);
  localparam int OW   = int'(OUT_W);
  localparam int LEFT = int'(PAD_L * BEATS);
  localparam int PAD  = int'(PAD_T) * ROW + LEFT;
  localparam int SPAN = (KH - 1) * ROW + KROW;

  // How far the start of the window moves: across, to the next row, to the next frame.
  localparam int TO_NEXT  = SW;
  localparam int TO_ROW   = int'(STRIDE_H) * ROW - (OW - 1) * SW;
  localparam int TO_FRAME = (H - (OH - 1) * int'(STRIDE_H)) * ROW - (OW - 1) * SW;

  localparam bit PADS_ROWS = PAD_T != 0 || (OH - 1) * int'(STRIDE_H) + KH > H + int'(PAD_T);
  localparam bit PADS_COLS = PAD_L != 0 || (OW - 1) * SW + KROW > ROW + LEFT;

  // In the last window of a frame, room is given back beat by beat: without padding only, since
  // reading there goes beyond the frame's end.
  localparam bit GIVES_EARLY = !PADS_ROWS && !PADS_COLS;

  // What a step ends, or what is special about it.
  localparam logic [2:0] BEAT = 3'd0;   // nothing
  localparam logic [2:0] KERNEL_ROW = 3'd1;
  localparam logic [2:0] WINDOW = 3'd2;
  localparam logic [2:0] IMAGE_ROW = 3'd3;
  localparam logic [2:0] FRAME = 3'd4;
  localparam logic [2:0] OPENING = 3'd5;      // the first step of a frame with padding in front
  localparam logic [2:0] LAST_BEAT = 3'd6;    // BEAT in the frame's last window
  localparam logic [2:0] LAST_KERNEL_ROW = 3'd7;

  // How far the read position moves. A frame with padding in front opens at its first real beat,
  // so that nothing leaves before that has come in, and goes back to the padding from there.
  function automatic int move_of(input logic [2:0] kind);
    case (kind)
      BEAT, LAST_BEAT:             move_of = 1;
      KERNEL_ROW, LAST_KERNEL_ROW: move_of = ROW - KROW + 1;
      WINDOW:                      move_of = TO_NEXT - SPAN + 1;
      IMAGE_ROW:                   move_of = TO_ROW - SPAN + 1;
      FRAME:                       move_of = TO_FRAME - SPAN + 1 + PAD;
      default:                     move_of = (KROW == 1 ? ROW - KROW + 1 : 1) - PAD;
    endcase
  endfunction

  // How far room grows.
  function automatic int gain_of(input logic [2:0] kind);
    case (kind)
      WINDOW:                     gain_of = TO_NEXT;
      IMAGE_ROW:                  gain_of = TO_ROW;
      FRAME:                      gain_of = GIVES_EARLY ? move_of(FRAME) : TO_FRAME;
      LAST_BEAT, LAST_KERNEL_ROW: gain_of = move_of(kind);
      default:                    gain_of = 0;
    endcase
  endfunction

  localparam int unsigned ADDR_W = $clog2(DEPTH);

  function automatic bit [(ADDR_W<<3)-1:0] address_moves();
    for (int k = 0; k < 8; k++) begin
      address_moves[k*ADDR_W+:ADDR_W] =
          ADDR_W'((move_of(3'(k)) % int'(DEPTH) + int'(DEPTH)) % int'(DEPTH));
    end
  endfunction

  function automatic bit [(LEAD_W<<3)-1:0] lead_moves();
    for (int k = 0; k < 8; k++) lead_moves[k*LEAD_W+:LEAD_W] = LEAD_W'(-move_of(3'(k)));
  endfunction

  function automatic bit [(ROOM_W<<3)-1:0] room_moves();
    for (int k = 0; k < 8; k++) room_moves[k*ROOM_W+:ROOM_W] = ROOM_W'(gain_of(3'(k)));
  endfunction

  // Write side.
  logic write;
  logic filling;
  logic frame_written;

  logic [1:0] unused;

  logic [LEAD_W-1:0] lead;
  logic [ROOM_W-1:0] room;

  assign s_axis_tready = !room[ROOM_W-1] && !filling;
  assign write         = !room[ROOM_W-1] && (s_axis_tvalid || filling);

  lap_counter #(
      .LAP(HEIGHT * WIDTH * BEATS)
  ) u_written (
      .clk  (clk),
      .rst  (rst),
      .step (write),
      .first(unused[0]),
      .last (frame_written)
  );

  always_ff @(posedge clk) begin
    if (rst) filling <= 1'b0;
    else if (write) filling <= (filling || s_axis_tlast) && !frame_written;
  end

  // Read side: where in the frame.
  logic step;
  logic last_beat, last_col, last_row, last_across, last_down;
  logic ends_krow, ends_window, ends_row, ends_frame;
  logic outside;

  assign ends_krow   = last_beat && last_col;
  assign ends_window = ends_krow && last_row;
  assign ends_row    = ends_window && last_across;
  assign ends_frame  = ends_row && last_down;

  // Without padding across, one counter counts a row of the kernel beat by beat.
  localparam int unsigned ACROSS = PADS_COLS ? 1 : BEATS;

  lap_counter #(
      .LAP(BEATS / ACROSS)
  ) u_beat (
      .clk  (clk),
      .rst  (rst),
      .step (step),
      .first(unused[1]),
      .last (last_beat)
  );

  // An axis of the kernel and the positions along it, and whether the beat is beyond the edge.
  logic outside_cols, outside_rows;
  window_axis #(
      .SIZE  (WIDTH * ACROSS),
      .KERNEL(KERNEL_W * ACROSS),
      .STRIDE(STRIDE_W * ACROSS),
      .PAD   (PAD_L * ACROSS),
      .COUNT (OUT_W)
  ) u_across (
      .clk       (clk),
      .rst       (rst),
      .step_in   (step && last_beat),
      .step_out  (step && ends_window),
      .last_in   (last_col),
      .last_out  (last_across),
      .outside   (outside_cols)
  );

  window_axis #(
      .SIZE  (HEIGHT),
      .KERNEL(KERNEL_H),
      .STRIDE(STRIDE_H),
      .PAD   (PAD_T),
      .COUNT (OUT_H)
  ) u_down (
      .clk       (clk),
      .rst       (rst),
      .step_in   (step && ends_krow),
      .step_out  (step && ends_row),
      .last_in   (last_row),
      .last_out  (last_down),
      .outside   (outside_rows)
  );
  assign outside = outside_cols || outside_rows;

  logic opening;
  if (PAD > 0) begin : g_opening
    always_ff @(posedge clk) begin
      if (rst) opening <= 1'b1;
      else if (step) opening <= ends_frame;
    end
  end else begin : g_no_opening
    assign opening = 1'b0;
  end

  logic       in_last;
  logic [2:0] kind;
  assign in_last = GIVES_EARLY && last_across && last_down;

  always_comb begin
    if (opening) kind = OPENING;
    else if (!ends_krow) kind = in_last ? LAST_BEAT : BEAT;
    else if (!last_row) kind = in_last ? LAST_KERNEL_ROW : KERNEL_ROW;
    else if (!last_across) kind = WINDOW;
    else kind = last_down ? FRAME : IMAGE_ROW;
  end

  // Steps.
  logic free;
  logic ok;
  assign free = m_axis_tready || !m_axis_tvalid;
  assign ok   = !lead[LEAD_W-1] || (outside && !opening);
  assign step = free && ok;
  assign busy = OUT_H * OUT_W * KERNEL_H * KERNEL_W >= HEIGHT * WIDTH ? step : write;

  stepped_counter #(
      .W    (LEAD_W),
      .START(-1),
      .AHEAD(1),
      .MOVES(lead_moves())
  ) u_lead (
      .clk  (clk),
      .rst  (rst),
      .write(write),
      .step (step),
      .kind (kind),
      .count(lead)
  );

  stepped_counter #(
      .W    (ROOM_W),
      .START(int'(DEPTH) - PAD - 1),
      .AHEAD(-1),
      .MOVES(room_moves())
  ) u_room (
      .clk  (clk),
      .rst  (rst),
      .write(write),
      .step (step),
      .kind (kind),
      .count(room)
  );

  // The ring.
  logic [ADDR_W-1:0] write_at, read_at;

  window_pointer #(
      .DEPTH(DEPTH),
      .BLOCK(BLOCK),
      .MOVES({2{ADDR_W'(1)}})
  ) u_write_at (
      .clk (clk),
      .rst (rst),
      .en  (write),
      .kind(1'b0),
      .addr(write_at)
  );

  window_pointer #(
      .DEPTH (DEPTH),
      .BLOCK (BLOCK),
      .KIND_W(3),
      .MOVES (address_moves())
  ) u_read_at (
      .clk (clk),
      .rst (rst),
      .en  (step),
      .kind(kind),
      .addr(read_at)
  );

  window_memory #(
      .W      (W),
      .DEPTH  (DEPTH),
      .BLOCK  (BLOCK),
      .IN_BRAM(IN_BRAM),
      .FILL   ({LANES{FILL}})
  ) u_memory (
      .clk     (clk),
      .write   (write),
      .write_at(write_at),
      .data    (s_axis_tdata),
      .read    (free),
      .outside (outside),
      .read_at (read_at),
      .q       (m_axis_tdata)
  );

  always_ff @(posedge clk) begin
    if (free) m_axis_tlast <= ends_frame;
    if (rst) m_axis_tvalid <= 1'b0;
    else if (free) m_axis_tvalid <= ok;
  end

  `XNORFLOW_ASSERT_STREAM(s_axis)
  `XNORFLOW_ASSERT_STREAM(m_axis)

endmodule

`default_nettype wire
