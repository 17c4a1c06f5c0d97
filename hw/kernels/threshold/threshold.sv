// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Function of single elements by constant table: quantises the network's input.
//
// Beat format: in, PE lanes of IN_W bits, signed or not; out, PE lanes of OUT_W bits.
// Cycles: ELEMENTS / PE a frame, without bubbles. Latency: 1 cycle.
// Limits: IN_W <= 8; ROWS is 1, or PE divides it and it divides ELEMENTS.
//
// TABLE holds a row for each of ROWS elements, the first in the low bits; later elements take the
// same rows again.
// COMPARES 0: a row is OUT_W bits for each input value, the lowest value first. CUTS: where every
// beat needs the same rows, each bit is cut into small functions (see element_function), else left
// to synthesis, which finds what simple functions of several bits have in common.
// COMPARES 1: OUT_W is 1 and a row is {invert, threshold} in INVERTS + IN_W bits:
// out = (input - lowest input >= threshold) != invert, where invert is 0 if not INVERTS.
`default_nettype none
`include "stream_assert.svh"

module threshold #(
  parameter  int               PE        = 1,
  parameter  int               ELEMENTS  = 4,
  parameter  int               ROWS      = 1,
  parameter  int               IN_W      = 8,
  parameter  bit               IN_SIGNED = 1'b0,
  parameter  int               OUT_W     = 1,
  parameter  bit               CUTS      = 1'b1,
  parameter  bit               COMPARES  = 1'b0,
  parameter  bit               INVERTS   = 1'b1,
  localparam int               WORD_W    = IN_W + (INVERTS ? 1 : 0),
  localparam int               ROW_W     = COMPARES ? WORD_W : (1 << IN_W) * OUT_W,
  parameter  bit [ROWS*ROW_W-1:0] TABLE  = '0
) (
  input  wire                 clk,
  input  wire                 rst,
  input  wire  [PE*IN_W-1:0]  s_axis_tdata,
  input  wire                 s_axis_tvalid,
  output logic                s_axis_tready,
  input  wire                 s_axis_tlast,
  output logic [PE*OUT_W-1:0] m_axis_tdata,
  output logic                m_axis_tvalid,
  input  wire                 m_axis_tready,
  output logic                m_axis_tlast,
  output logic                busy
);

  localparam int            PHASES = ROWS == 1 ? 1 : ROWS / PE; // beats until rows are taken again
  localparam bit [IN_W-1:0] LOWEST = IN_W'(IN_SIGNED) << (IN_W - 1);

  if (PE < 1 || ELEMENTS % PE != 0) begin : g_check_pe
    $error("threshold: PE must divide ELEMENTS");
  end
  if (ROWS != 1 && (ROWS < 1 || ROWS % PE != 0 || ELEMENTS % ROWS != 0)) begin : g_check_rows
    $error("threshold: ROWS must be 1, or a multiple of PE that divides ELEMENTS");
  end
  if (IN_W < 1 || IN_W > 8 || OUT_W < 1 || (COMPARES && OUT_W != 1)) begin : g_check_width
    $error("threshold: IN_W must be 1 to 8, and OUT_W 1 where a row is a threshold");
  end

  typedef bit [(1<<IN_W)-1:0] truth_t; // an output bit for every input value, the lowest first

  function automatic truth_t truth(input int row, input int b);
    for (int value = 0; value < 1 << IN_W; value++) begin
      if (COMPARES) begin
        truth[value] = value >= int'(TABLE[row*ROW_W+:IN_W]);
        if (INVERTS) truth[value] = truth[value] != TABLE[(row+1)*ROW_W-1];
      end else begin
        truth[value] = TABLE[row*ROW_W+value*OUT_W+b];
      end
    end
  endfunction

  typedef bit [PHASES*ROW_W-1:0] rows_t; // what one lane needs in turn

  function automatic rows_t rows(input int lane);
    for (int p = 0; p < PHASES; p++) rows[p*ROW_W+:ROW_W] = TABLE[(p*PE+lane)%ROWS*ROW_W+:ROW_W];
  endfunction

  logic [PE*OUT_W-1:0] result;
  logic [PE*IN_W-1:0]  levels;

  assign busy   = s_axis_tvalid && s_axis_tready;
  assign levels = s_axis_tdata ^ {PE{LOWEST}};

  if (PHASES == 1) begin : g_fixed
    for (genvar n = 0; n < PE * OUT_W; n++) begin : g_bit
      localparam truth_t TRUTH = truth(ROWS == 1 ? 0 : n / OUT_W, n % OUT_W);
      if (CUTS) begin : g_cut
        element_function #(
          .IN_W (IN_W),
          .TRUTH(TRUTH)
        ) u_function (
          .x(levels[n/OUT_W*IN_W+:IN_W]),
          .y(result[n])
        );
      end else begin : g_whole
        assign result[n] = TRUTH[levels[n/OUT_W*IN_W+:IN_W]];
      end
    end
  end else begin : g_phases
    localparam int PHASE_W = $clog2(PHASES);
    logic [PHASE_W-1:0] phase;

    always_ff @(posedge clk) begin
      if (rst) phase <= '0;
      else if (busy) phase <= s_axis_tlast || phase == PHASE_W'(PHASES - 1) ? '0 : phase + 1'b1;
    end

    if (COMPARES) begin : g_compare
      logic [PE*ROW_W-1:0] words;

      lut_rom #(
        .DEPTH(PHASES),
        .W    (PE * ROW_W),
        .TABLE(TABLE)
      ) u_words (
        .addr(phase),
        .word(words)
      );

      for (genvar n = 0; n < PE; n++) begin : g_lane
        logic reached;
        assign reached   = levels[n*IN_W+:IN_W] >= words[n*ROW_W+:IN_W];
        assign result[n] = reached != (INVERTS && words[(n+1)*ROW_W-1]);
      end
    end else begin : g_look_up
      for (genvar n = 0; n < PE; n++) begin : g_lane
        lut_rom #(
          .DEPTH(PHASES << IN_W),
          .W    (OUT_W),
          .TABLE(rows(n))
        ) u_rows (
          .addr({phase, levels[n*IN_W+:IN_W]}),
          .word(result[n*OUT_W+:OUT_W])
        );
      end
    end
  end

  skid_buffer #(
    .W(PE * OUT_W)
  ) u_skid (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(result),
    .s_axis_tvalid(s_axis_tvalid),
    .s_axis_tready(s_axis_tready),
    .s_axis_tlast(s_axis_tlast),
    .m_axis_tdata(m_axis_tdata),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast)
  );

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
