// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Which rows the lanes of a beat take, where elements take ROWS rows in turn: a counter of beats.
//
// A frame has ELEMENTS elements, PE a beat; `step` says that a beat is taken, `last` that it is a
// frame's last one, after which rows are taken from the first one on.
// Limits: PE divides ELEMENTS; ROWS is 1, or a multiple of PE that divides ELEMENTS.
`default_nettype none

module row_phase #(
  parameter  int PE       = 1,
  parameter  int ELEMENTS = 4,
  parameter  int ROWS     = 4,
  localparam int PHASES   = ROWS == 1 ? 1 : ROWS / PE,
  localparam int PHASE_W  = PHASES == 1 ? 1 : $clog2(PHASES)
) (
  input  wire                clk,
  input  wire                rst,
  input  wire                step,
  input  wire                last,
  output logic [PHASE_W-1:0] phase
);

  if (PE < 1 || ELEMENTS % PE != 0) begin : g_check_pe
    $error("row_phase: PE must divide ELEMENTS");
  end
  if (ROWS != 1 && (ROWS < 1 || ROWS % PE != 0 || ELEMENTS % ROWS != 0)) begin : g_check_rows
    $error("row_phase: ROWS must be 1, or a multiple of PE that divides ELEMENTS");
  end

  if (PHASES == 1) begin : g_alike
    wire unused = &{1'b0, clk, rst, step, last};
    assign phase = '0;
  end else begin : g_phases
    always_ff @(posedge clk) begin
      if (rst) phase <= '0;
      else if (step) phase <= last || phase == PHASE_W'(PHASES - 1) ? '0 : phase + 1'b1;
    end
  end

endmodule

`default_nettype wire
