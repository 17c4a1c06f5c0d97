// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// slope * k + offset + tie, modulo 2**SUM_W, in LUTs: after a cycle for every three adders.
//
// Two bits of the slope at a time, with the one below, are a digit from -2 to 2 (Booth's recoding). An
// adder a digit adds so many times k to what the digits below gave: the digit's three bits, two of k and
// the one that is added to are the six inputs of a LUT. The first one starts from as much of the offset
// as it has room for; the rest of it is added at the end. All is held where `en` is low.
// Limits: SLOPE_W >= 2; tie is 0 if SLOPE_W > 2.
`default_nettype none

module recoded_sum #(
  parameter int               K_W      = 8,
  parameter bit               K_SIGNED = 1'b0,
  parameter int               SLOPE_W  = 4,
  parameter int               SUM_W    = 16,
  parameter bit               FIXED    = 1'b0,
  parameter bit [SLOPE_W-1:0] SLOPE    = '0
) (
  input  wire                clk,
  input  wire                en,
  input  wire  [    K_W-1:0] k,
  input  wire  [SLOPE_W-1:0] slope,
  input  wire  [  SUM_W-1:0] offset,
  input  wire                tie,
  output logic [  SUM_W-1:0] sum
);

  localparam int DIGITS   = (SLOPE_W + 1) / 2;
  localparam int FACTOR_W = K_W + (K_SIGNED ? 0 : 1);
  localparam int PART_W   = DIGITS == 1 ? SUM_W : FACTOR_W + 2;  // of an adder
  localparam int LOW_W    = DIGITS == 1 || FACTOR_W > SUM_W ? SUM_W : FACTOR_W;
  localparam int HIGH_W   = SUM_W - LOW_W;
  localparam int REST_W   = HIGH_W == 0 ? 1 : HIGH_W;
  localparam int WHOLE_W  = PART_W + 2 * (DIGITS - 1);
  localparam int ADDERS   = DIGITS + (HIGH_W > 0 ? 1 : 0);

  localparam bit [2*DIGITS:0] RECODED = (2 * DIGITS + 1)'(signed'({SLOPE, 1'b0}));

  for (genvar i = 0; i <= DIGITS; i++) begin : g_digit
    localparam int KNOWN_W = i == 0 ? LOW_W : PART_W + 2 * (i - 1);

    // What is known behind so many digits; the slope has a 0 below.
    logic [ FACTOR_W-1:0] factor;
    logic [   2*DIGITS:0] recoded;
    logic [   REST_W-1:0] rest;
    logic [  KNOWN_W-1:0] whole;

    if (i == 0) begin : g_start
      assign factor  = FACTOR_W'(k);
      assign recoded = (2 * DIGITS + 1)'(signed'({slope, 1'b0}));
      assign rest    = REST_W'(offset >> LOW_W);
      assign whole   = offset[LOW_W-1:0];
    end else begin : g_add
      localparam bit [2:0] DIGIT = RECODED[2*i-2+:3];

      logic [ PART_W-1:0] left, part;
      logic [KNOWN_W-1:0] sums;

      if (i == 1) begin : g_first
        assign left = PART_W'(g_digit[0].whole);
        assign sums = part;
      end else begin : g_further
        assign left = PART_W'(signed'(g_digit[i-1].whole[2*i-2+:FACTOR_W]));
        assign sums = {part, g_digit[i-1].whole[2*i-3:0]};
      end
      if (FIXED && (DIGIT == 3'b000 || DIGIT == 3'b111)) begin : g_zero
        assign part = left;
      end else begin : g_sum
        wire [       2:0] digit = g_digit[i-1].recoded[2*i-2+:3];
        wire [PART_W-1:0] once  = PART_W'(signed'(g_digit[i-1].factor));
        wire [PART_W-1:0] twice = once << 1;
        wire [PART_W-1:0] times = digit[1] != digit[0] ? once : digit[2] != digit[1] ? twice : '0;
        // Minus a number is its complement, plus one.
        raw_adder #(
          .W(PART_W)
        ) u_add (
          .carry(digit[2] || (i == 1 && tie)),
          .left (left),
          .right(times ^ {PART_W{digit[2]}}),
          .sum  (part)
        );
      end

      if (i % 3 == 0 || i == ADDERS) begin : g_register
        always_ff @(posedge clk) begin
          if (en) begin
            factor  <= g_digit[i-1].factor;
            recoded <= g_digit[i-1].recoded;
            rest    <= g_digit[i-1].rest;
            whole   <= sums;
          end
        end
      end else begin : g_wires
        assign factor  = g_digit[i-1].factor;
        assign recoded = g_digit[i-1].recoded;
        assign rest    = g_digit[i-1].rest;
        assign whole   = sums;
      end
    end
  end

  wire [WHOLE_W-1:0] whole  = g_digit[DIGITS].whole;
  wire [ REST_W-1:0] rest   = g_digit[DIGITS].rest;
  wire               unused = &{1'b0, g_digit[DIGITS].factor, g_digit[DIGITS].recoded, tie};

  if (HIGH_W == 0) begin : g_whole
    wire unused_rest = rest;
    assign sum = SUM_W'(signed'(whole));
  end else begin : g_high
    logic [HIGH_W-1:0] upper;
    raw_adder #(
      .W(HIGH_W)
    ) u_add (
      .carry(1'b0),
      .left (HIGH_W'(signed'(whole[WHOLE_W-1:LOW_W]))),
      .right(rest),
      .sum  (upper)
    );
    always_ff @(posedge clk) begin
      if (en) sum <= {upper, whole[LOW_W-1:0]};
    end
  end
  if (WHOLE_W > SUM_W) begin : g_above
    wire unused_above = &{1'b0, whole[WHOLE_W-1:SUM_W]};
  end

endmodule

`default_nettype wire
