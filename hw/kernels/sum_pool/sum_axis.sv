// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Where a sweep of windows that do not overlap stands along one axis of an image.
//
// Positions 0 to SIZE - 1, one each time en is high. Between windows, and behind the last one,
// there may be positions of none. Limits: STRIDE is at least KERNEL, and a window fits.
`default_nettype none

module sum_axis #(
  parameter  int SIZE     = 4,
  parameter  int KERNEL   = 2,
  parameter  int STRIDE   = 2,
  localparam int WINDOWS  = (SIZE - KERNEL) / STRIDE + 1,
  localparam int WINDOW_W = WINDOWS == 1 ? 1 : $clog2(WINDOWS)
) (
  input  wire                 clk,
  input  wire                 rst,
  input  wire                 en,
  output logic                last,     // the last position
  output logic                in_window, // in a window
  output logic                starts,   // where a window starts
  output logic                ends,     // where one ends
  output logic                moves,    // at the end of a stride
  output logic                is_final, // in the last window
  output logic [WINDOW_W-1:0] window    // its number, inside
);

  localparam int LAST    = (SIZE - 1) / STRIDE;
  localparam int COUNT_W = LAST == 0 ? 1 : $clog2(LAST + 1);
  localparam int PHASE_W = STRIDE == 1 ? 1 : $clog2(STRIDE);

  if (KERNEL < 1 || STRIDE < KERNEL || SIZE < KERNEL) begin : g_check
    $error("sum_axis: STRIDE must be at least KERNEL, and a window must fit");
  end

  logic [COUNT_W-1:0] count;
  logic [PHASE_W-1:0] phase;

  if (STRIDE == 1 || SIZE == 1) begin : g_phase_fixed
    assign phase = '0;
    assign moves = 1'b1;
  end else begin : g_phase
    assign moves = phase == PHASE_W'(STRIDE - 1);
    always_ff @(posedge clk) begin
      if (rst || (en && last)) phase <= '0;
      else if (en) phase <= moves ? '0 : phase + 1'b1;
    end
  end

  if (LAST == 0) begin : g_count_fixed
    assign count = '0;
  end else begin : g_count
    initial count = '0; // a memory reads by it: see sum_memory
    always_ff @(posedge clk) begin
      if (rst || (en && last)) count <= '0;
      else if (en && moves) count <= count + 1'b1;
    end
  end

  if (SIZE == 1) begin : g_one
    assign last = 1'b1;
    wire unused = &{1'b0, clk, rst, en};
  end else begin : g_more
    assign last = phase == PHASE_W'((SIZE - 1) % STRIDE) && count == COUNT_W'(LAST);
  end

  if (LAST < WINDOWS) begin : g_all_windows
    assign in_window = STRIDE == KERNEL || phase < PHASE_W'(KERNEL);
  end else begin : g_rest
    assign in_window = count != COUNT_W'(WINDOWS)
                 && (STRIDE == KERNEL || phase < PHASE_W'(KERNEL));
  end

  // A flag, not a comparison: all lanes wait for it.
  if (STRIDE == 1 || SIZE == 1) begin : g_always_starts
    assign starts = 1'b1;
  end else begin : g_starts
    always_ff @(posedge clk) begin
      if (rst) starts <= 1'b1;
      else if (en) starts <= moves || last;
    end
  end

  assign ends     = phase == PHASE_W'(KERNEL - 1);
  assign is_final = count == COUNT_W'(WINDOWS - 1);
  assign window   = count[WINDOW_W-1:0];

endmodule

`default_nettype wire
