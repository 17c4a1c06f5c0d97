// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// A signed number kept to LOW where CLIPS_LOW, and to HIGH where CLIPS_HIGH. Combinational.
// Limits: IN_W >= OUT_W; the result is in OUT_W bits.
`default_nettype none

module clip #(
  parameter int IN_W       = 9,
  parameter int OUT_W      = 8,
  parameter bit CLIPS_LOW  = 1'b0,
  parameter int LOW        = 0,
  parameter bit CLIPS_HIGH = 1'b0,
  parameter int HIGH       = 0
) (
  input  wire  [ IN_W-1:0] x,
  output logic [OUT_W-1:0] y
);

  // As level_reached counts: from the lowest number on.
  localparam int              LOWEST = -(1 << (IN_W - 1));
  localparam bit [IN_W-1:0]   FLOOR  = CLIPS_LOW ? IN_W'(LOW - LOWEST) : '0;
  localparam bit [IN_W-1:0]   ABOVE  = CLIPS_HIGH ? IN_W'(HIGH + 1 - LOWEST) : '0;

  logic reaches_low;
  logic passes_high;

  level_reached #(
    .IN_W  (IN_W),
    .SIGNED(1'b1),
    .LEVEL (FLOOR)
  ) u_low (
    .x(x),
    .y(reaches_low)
  );
  level_reached #(
    .IN_W  (IN_W),
    .SIGNED(1'b1),
    .LEVEL (ABOVE)
  ) u_high (
    .x(x),
    .y(passes_high)
  );

  assign y = CLIPS_HIGH && passes_high ? OUT_W'(HIGH) : reaches_low ? OUT_W'(x) : OUT_W'(LOW);

endmodule

`default_nettype wire
