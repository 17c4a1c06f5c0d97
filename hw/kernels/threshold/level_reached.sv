// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Whether a number, its top bit inverted if it is SIGNED, reaches a constant: y is x >= LEVEL.
// Combinational. Limits: IN_W >= 1.
//
// Synthesis makes up to twice as many LUTs of it as there need be, and of some levels more than of
// others. So a LUT compares the lowest bits, and its answer is the lowest bit of what is left to
// compare: x >= LEVEL is {upper x, lower x >= lower LEVEL} >= {upper LEVEL, 1}. The rest is left to
// the LUT that follows once it has room for it beside two inputs of its own. The top bit is inverted
// in the LUT that it comes to, which would take one more in front.
`default_nettype none

module level_reached #(
  parameter int unsigned   IN_W   = 8,
  parameter bit            SIGNED = 1'b0,
  parameter bit [IN_W-1:0] LEVEL  = '0
) (
  input  wire  [IN_W-1:0] x,
  output logic            y
);

`ifdef XNORFLOW_LUT4
  localparam int unsigned PART = 4;
`else
  localparam int unsigned PART = 6;
`endif

  // What the lower bits reach: a truth table with as many zeros as the level says. Its halves change
  // places where the top bit is among them.
  localparam int unsigned      HALF    = 1 << ((IN_W < PART ? IN_W : PART) - 1);
  localparam bit [2*HALF-1:0]  REACHED = '1 << (32'(LEVEL) % (2 * HALF));
  localparam bit [2*HALF-1:0]  TABLE   = SIGNED && IN_W <= PART
                                       ? {REACHED[HALF-1:0], REACHED[2*HALF-1:HALF]} : REACHED;
  localparam bit [(1<<PART)-1:0] INIT  = (1 << PART)'(TABLE);

  if (LEVEL == '0) begin : g_always
    wire unused = &{1'b0, x};
    assign y = 1'b1;
  end else if (!LEVEL[0]) begin : g_less
    wire unused = x[0];
    level_reached #(
      .IN_W  (IN_W - 1),
      .SIGNED(SIGNED),
      .LEVEL (LEVEL[IN_W-1:1])
    ) u_upper (
      .x(x[IN_W-1:1]),
      .y(y)
    );
  end else if (IN_W <= PART - 2) begin : g_shared
    assign y = (x ^ IN_W'(SIGNED) << (IN_W - 1)) >= LEVEL;
  end else begin : g_part
    logic [PART-1:0] low;
    logic            reached;
    assign low = PART'(x);
`ifdef XNORFLOW_LUT4
    LUT4 #(
      .INIT(INIT)
    ) u_lut (
      .A(low[0]),
      .B(low[1]),
      .C(low[2]),
      .D(low[3]),
      .Z(reached)
    );
`else
    table_lut #(
      .INIT(INIT)
    ) u_lut (
      .i(low),
      .o(reached)
    );
`endif
    if (IN_W <= PART) begin : g_end
      assign y = reached;
    end else begin : g_rest
      level_reached #(
        .IN_W  (IN_W - PART + 1),
        .SIGNED(SIGNED),
        .LEVEL ({LEVEL[IN_W-1:PART], 1'b1})
      ) u_upper (
        .x({x[IN_W-1:PART], reached}),
        .y(y)
      );
    end
  end

endmodule

`default_nettype wire
