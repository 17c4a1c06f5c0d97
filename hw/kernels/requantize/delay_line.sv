// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// d, DELAY cycles later in which `en` is high. Limits: none; with DELAY 0 it is d.
`default_nettype none

module delay_line #(
  parameter int W     = 8,
  parameter int DELAY = 1
) (
  input  wire          clk,
  input  wire          en,
  input  wire  [W-1:0] d,
  output logic [W-1:0] q
);

  if (DELAY == 0) begin : g_at_once
    wire unused = &{1'b0, clk, en};
    assign q = d;
  end else begin : g_registers
    logic [DELAY*W-1:0] held;
    always_ff @(posedge clk) begin
      if (en) held <= (DELAY * W)'({held, d});
    end
    assign q = held[DELAY*W-1-:W];
  end

endmodule

`default_nettype wire
