// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the sums of a beat stand: those of a window's beats side by side, window after window.
//
// `at` is the place of the beat; with `en` it becomes `next_at`. From the end of a pixel the place
// goes back to the window's first one, or on to the next window's, or, at the end of a row, to 0.
// Where a window has a power of two of beats its number and the beat's are the place (JOINED).
// Behind the last window, places have no meaning. `next_at` is not made where JOINED.
// Limits: none.
`default_nettype none

module sum_place #(
  parameter  int BEATS    = 2,
  parameter  int WINDOWS  = 2,
  parameter  bit JOINED   = 1'b1,
  localparam int BEAT_W   = BEATS == 1 ? 1 : $clog2(BEATS),
  localparam int WINDOW_W = WINDOWS == 1 ? 1 : $clog2(WINDOWS),
  localparam int PLACES   = BEATS * WINDOWS,
  localparam int PLACE_W  = PLACES == 1 ? 1 : $clog2(PLACES)
) (
  input  wire                 clk,
  input  wire                 rst,
  input  wire                 en,
  input  wire  [  BEAT_W-1:0] beat,
  input  wire  [WINDOW_W-1:0] window,
  input  wire                 pixel_ends,
  input  wire                 window_moves,
  input  wire                 row_ends,
  output logic [ PLACE_W-1:0] at,
  output logic [ PLACE_W-1:0] next_at
);

  if (JOINED && WINDOWS > 1 && (1 << $clog2(BEATS)) != BEATS) begin : g_check
    $error("sum_place: BEATS must be a power of two to be joined");
  end

  if (WINDOWS == 1) begin : g_beat
    assign at      = PLACE_W'(beat);
    assign next_at = pixel_ends ? '0 : at + 1'b1;
    wire unused = &{1'b0, clk, rst, en, window, window_moves, row_ends};
  end else if (JOINED) begin : g_joined
    if (BEATS == 1) begin : g_window
      assign at = window;
    end else begin : g_both
      assign at = {window, beat};
    end
    assign next_at = '0;
    wire unused = &{1'b0, clk, rst, en, beat, pixel_ends, window_moves, row_ends};
  end else begin : g_counted
    logic [PLACE_W-1:0] first;
    always_comb begin
      next_at = at + 1'b1;
      if (pixel_ends && row_ends) next_at = '0;
      else if (pixel_ends && !window_moves) next_at = first;
    end
    initial at = '0; // a memory reads by it: see sum_memory
    always_ff @(posedge clk) begin
      if (rst) at <= '0;
      else if (en) at <= next_at;
      if (rst) first <= '0;
      else if (en && pixel_ends && (row_ends || window_moves)) first <= next_at;
    end
    wire unused = &{1'b0, beat, window};
  end

endmodule

`default_nettype wire
