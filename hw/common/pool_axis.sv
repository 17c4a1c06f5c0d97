// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a sweep of windows stands along one axis of an image: which window ends here, if any.
//
// Positions 0 to SIZE + AFTER - 1, one each time en is high; AFTER of them lie beyond the image.
// Padding before the image takes no position, it only shifts the first window.
// Between windows, if STRIDE is more than KERNEL, and behind the last one there may be positions of
// none.
// Limits: at least one window fits; BEFORE and AFTER are smaller than KERNEL. `in_window` is only
// for windows that do not overlap.
`default_nettype none

module pool_axis #(
  parameter  int SIZE     = 4,
  parameter  int KERNEL   = 2,
  parameter  int STRIDE   = 2,
  parameter  int BEFORE   = 0,
  parameter  int AFTER    = 0,
  localparam int WINDOWS  = (SIZE + BEFORE + AFTER - KERNEL) / STRIDE + 1,
  localparam int WINDOW_W = WINDOWS == 1 ? 1 : $clog2(WINDOWS)
) (
  input  wire                 clk,
  input  wire                 rst,
  input  wire                 en,
  output logic                first,     // position 0
  output logic                last,      // the last position
  output logic                in_image,  // in the image
  output logic                starts,    // a window starts here
  output logic                ends,      // a window ends here
  output logic                is_final,  // no window ends behind this one
  output logic [WINDOW_W-1:0] window,    // its number, where one ends
  output logic                in_window, // in a window
  output logic                moves,     // the last position of a stride
  output logic                begins     // `starts`, as a register
);

  // A position counted from the start of the padding is window * STRIDE + phase; the windows are
  // counted so that `window` is the one that ends at phase END, if it is not negative.
  localparam int STEPS   = SIZE + AFTER;
  localparam int OPEN    = (KERNEL - 1) / STRIDE;
  localparam int END     = (KERNEL - 1) % STRIDE;
  localparam int PHASE_0 = BEFORE % STRIDE;
  localparam int PHASE_N = (BEFORE + STEPS - 1) % STRIDE;
  localparam int PHASE_I = (BEFORE + SIZE - 1) % STRIDE;
  localparam int FIRST   = BEFORE / STRIDE - OPEN;
  localparam int LAST    = (BEFORE + STEPS - 1) / STRIDE - OPEN;
  localparam int LAST_I  = (BEFORE + SIZE - 1) / STRIDE - OPEN;

  // Whether phase END occurs before a whole window has been seen.
  localparam bit EARLY   = BEFORE + STRIDE <= KERNEL - 1;
  localparam int REACH   = LAST + 1 > -FIRST ? LAST + 1 : -FIRST;
  localparam int BITS    = EARLY ? 1 + $clog2(REACH) : $clog2(LAST - FIRST + 1);
  localparam int COUNT_W = BITS == 0 ? 1 : BITS;
  localparam int PHASE_W = STRIDE == 1 ? 1 : $clog2(STRIDE);

  if (KERNEL < 1 || STRIDE < 1 || BEFORE < 0 || AFTER < 0) begin : g_check_range
    $error("pool_axis: KERNEL and STRIDE must be positive, pads must not be negative");
  end
  if (BEFORE >= KERNEL || AFTER >= KERNEL || SIZE < 1 || SIZE + BEFORE + AFTER < KERNEL)
  begin : g_check_fit
    $error("pool_axis: pads must be smaller than KERNEL, and a window must fit");
  end

  logic [COUNT_W-1:0] count;
  logic [PHASE_W-1:0] phase;

  if (STRIDE == 1) begin : g_stride_one
    assign phase = '0;
    assign moves = 1'b1;
  end else if (STEPS == 1) begin : g_phase_fixed
    assign phase = PHASE_W'(PHASE_0);
    assign moves = 1'b0;
  end else begin : g_phase
    assign moves = phase == PHASE_W'(STRIDE - 1);
    always_ff @(posedge clk) begin
      if (rst || (en && last)) phase <= PHASE_W'(PHASE_0);
      else if (en) phase <= moves ? '0 : phase + 1'b1;
    end
  end

  if (LAST == FIRST) begin : g_count_fixed
    assign count = COUNT_W'(FIRST);
  end else begin : g_count
    initial count = COUNT_W'(FIRST); // a memory reads by it: see pool_walk
    always_ff @(posedge clk) begin
      if (rst || (en && last)) count <= COUNT_W'(FIRST);
      else if (en && moves) count <= count + 1'b1;
    end
  end

  if (STEPS == 1) begin : g_one
    assign first = 1'b1;
    assign last  = 1'b1;
    logic unused;
    assign unused = &{1'b0, clk, rst, en, moves};
  end else begin : g_more
    always_ff @(posedge clk) begin
      if (rst) first <= 1'b1;
      else if (en) first <= last;
    end
    assign last = phase == PHASE_W'(PHASE_N) && count == COUNT_W'(LAST);
  end

  if (AFTER == 0) begin : g_inside
    assign in_image = 1'b1;
  end else begin : g_beyond
    always_ff @(posedge clk) begin
      if (rst || (en && last)) in_image <= 1'b1;
      else if (en && phase == PHASE_W'(PHASE_I) && count == COUNT_W'(LAST_I)) in_image <= 1'b0;
    end
  end

  if (STRIDE <= KERNEL) begin : g_no_gaps
    assign in_window = LAST < WINDOWS || count != COUNT_W'(WINDOWS);
  end else begin : g_gaps
    assign in_window = (LAST < WINDOWS || count != COUNT_W'(WINDOWS)) && phase < PHASE_W'(KERNEL);
  end

  // A flag, not a comparison, where all lanes wait for it.
  if (STRIDE == 1 || STEPS == 1) begin : g_begins_fixed
    assign begins = PHASE_0 == 0;
  end else begin : g_begins
    always_ff @(posedge clk) begin
      if (rst) begins <= PHASE_0 == 0;
      else if (en) begins <= last ? PHASE_0 == 0 : moves;
    end
  end

  assign starts   = phase == '0;
  assign ends     = phase == PHASE_W'(END) && !(EARLY && count[COUNT_W-1]);
  assign is_final = count == COUNT_W'(WINDOWS - 1);
  assign window   = count[WINDOW_W-1:0];

endmodule

`default_nettype wire
