// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// A number times a constant of few ones, modulo 2**W: an adder for each but the highest.
//
// The highest one comes first, so that an adder has no bits below its own one. Combinational.
// Limits: DIGITS from 1 to 2**31.

`default_nettype none

module digit_sum #(
    parameter int unsigned W      = 8,
    parameter int unsigned DIGITS = 5
) (
    input  wire  [W-1:0] x,
    output logic [W-1:0] sum
);

  localparam int unsigned HIGHEST = $clog2(DIGITS + 1) - 1;

  for (genvar n = 0; n <= HIGHEST; n++) begin : g_digit
    localparam int unsigned AT = HIGHEST - n;
    logic [W-1:0] total;
    if (n == 0) begin : g_first
      assign total = x << AT;
    end else if (AT < W && ((DIGITS >> AT) & 1) == 1) begin : g_added
      raw_adder #(
          .W(W - AT)
      ) u_add (
          .carry(1'b0),
          .left (g_digit[n-1].total[W-1:AT]),
          .right(x[W-AT-1:0]),
          .sum  (total[W-1:AT])
      );
      if (AT > 0) begin : g_below
        assign total[AT-1:0] = '0;
        wire unused = &{1'b0, g_digit[n-1].total[AT-1:0]};
      end
    end else begin : g_same
      assign total = g_digit[n-1].total;
    end
  end

  assign sum = g_digit[HIGHEST].total;

endmodule

`default_nettype wire
