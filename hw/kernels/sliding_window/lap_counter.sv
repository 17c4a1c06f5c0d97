// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Tells the first and the last steps of laps of LAP steps; it counts in no order but its own.
//
// A Galois shift register: the state at step n is x**n modulo a primitive trinomial, so a step
// costs one LUT whatever the width, where a binary counter needs a LUT and a carry a bit. first[i]
// is high at step i, last[i] at step LAP - 1 - i; a lap starts again after its last step.
// Limits: LAP is less than 2**31, EDGE at most LAP.

`default_nettype none

module lap_counter #(
    parameter int unsigned LAP  = 10,
    parameter int unsigned EDGE = 1
) (
    input  wire              clk,
    input  wire              rst,
    input  wire              step,
    output logic [EDGE-1:0]  first,
    output logic [EDGE-1:0]  last
);

  if (LAP < 1 || LAP >= (1 << 31) || EDGE < 1 || EDGE > LAP) begin : g_check
    $error("lap_counter: LAP must be 1 to 2**31 - 1 and EDGE at most LAP");
  end

  // x**W + x**TAP + 1 is primitive (tested in test_sliding_window.py).
  function automatic int unsigned tap_of(input int unsigned width);
    case (width)
      2, 3, 4, 6, 7, 15, 22:  tap_of = 1;
      5, 11, 21, 29:          tap_of = 2;
      10, 17, 20, 25, 28, 31: tap_of = 3;
      9:                      tap_of = 4;
      23:                     tap_of = 5;
      18:                     tap_of = 7;
      default:                tap_of = 0;
    endcase
  endfunction

  function automatic int unsigned width_of(input int unsigned steps);
    width_of = 2;
    for (int unsigned w = 2; w <= 31; w++) begin
      if (((1 << width_of) <= steps) && tap_of(w) != 0) width_of = w;
    end
  endfunction

  localparam int unsigned W   = width_of(LAP);
  localparam int unsigned TAP = tap_of(W);

  function automatic logic [W-1:0] after(input logic [W-1:0] now);
    after = {now[W-2:0], now[W-1]};
    after[TAP] = after[TAP] ^ now[W-1];
  endfunction

  // The state at step n by squaring, since laps may be long.
  function automatic logic [W-1:0] at(input int unsigned n);
    logic [W-1:0] square;
    at = W'(1);
    for (int b = int'(W) - 1; b >= 0; b--) begin
      square = '0;
      for (int k = int'(W) - 1; k >= 0; k--) begin
        square = after(square) ^ (at[k] ? at : '0);
      end
      at = (((n >> b) & 1) != 0) ? after(square) : square;
    end
  endfunction

  if (LAP == 1) begin : g_one
    assign first = 1'b1;
    assign last  = 1'b1;
    wire unused = &{1'b0, clk, rst, step};
  end else begin : g_laps
    logic [W-1:0] state;

    for (genvar i = 0; i < EDGE; i++) begin : g_edge
      localparam logic [W-1:0] FIRST = at(i);
      localparam logic [W-1:0] LAST  = at(LAP - 1 - i);
      assign first[i] = state == FIRST;
      assign last[i]  = state == LAST;
    end

    always_ff @(posedge clk) begin
      if (rst || (step && last[0])) state <= W'(1);
      else if (step) state <= after(state);
    end
  end

endmodule

`default_nettype wire
