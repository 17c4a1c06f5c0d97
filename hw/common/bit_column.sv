// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Reduces N bits of equal weight to one bit of that weight and (N - 1) / 2 carries of twice it.
//
// N must be odd. Full adders, one dual_lut each, take three bits from the head of a queue and put
// their sum at its end, so that the tree is balanced without any bookkeeping. Combinational.

`default_nettype none

module bit_column #(
    parameter  int unsigned N      = 3,
    localparam int unsigned ADDERS = (N - 1) / 2,
    localparam int unsigned CARRY_W = (ADDERS == 0) ? 1 : ADDERS
) (
    input  wire  [      N-1:0] bits,
    output logic               sum,
    output logic [CARRY_W-1:0] carry
);

  // sum = parity, carry = majority of three bits; the upper two inputs do not matter.
  localparam bit [63:0] FULL_ADDER = 64'h9696_9696_E8E8_E8E8;

  logic [N+ADDERS-1:0] queue;
  assign queue[N-1:0] = bits;
  assign sum = queue[N+ADDERS-1];

  if (ADDERS == 0) begin : g_none
    assign carry = 1'b0;
  end

  for (genvar k = 0; k < ADDERS; k++) begin : g_adder
    dual_lut #(
        .INIT(FULL_ADDER)
    ) u_full_adder (
        .i ({2'b00, queue[3*k+:3]}),
        .o5(carry[k]),
        .o6(queue[N+k])
    );
  end

endmodule

`default_nettype wire
