// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Function of single elements by constant table: quantises the network's input.
//
// Beat format: in, PE lanes of IN_W bits, signed or not; out, PE lanes of OUT_W bits.
// Cycles: ELEMENTS / PE a frame, without bubbles. Latency: 1 cycle more than DELAY.
// Limits: IN_W <= 12; ROWS is 1, or PE divides it and it divides ELEMENTS.
//
// A row says what becomes of one of ROWS elements; later elements take the same rows again.
// COMPARES 1: OUT_W is 1 and a row is {invert, threshold} in INVERTS + IN_W bits:
// out = (input - lowest input >= threshold) != invert, where invert is 0 if not INVERTS. The first
// element's row is in the low bits.
// COMPARES 0: a row is a table; code_tables says in what order rows stand. With BLOCK they are in
// files: TABLE_FILE_000.hex and so on, one for each lane, or one for all where ROWS is 1.
`default_nettype none
`include "stream_assert.svh"

module threshold #(
  parameter  int               PE        = 1,
  parameter  int               ELEMENTS  = 4,
  parameter  int               ROWS      = 1,
  parameter  int               IN_W      = 8,
  parameter  bit               IN_SIGNED = 1'b0,
  parameter  int               OUT_W     = 1,
  parameter  bit               COMPARES  = 1'b0,
  parameter  bit               INVERTS   = 1'b1,
  parameter  int               LOW_W     = 0,
  parameter  bit               CUTS      = 1'b1,
  parameter  bit               BLOCK     = 1'b0,
  parameter  int               DELAY     = 0,
  localparam int               LEVEL_W   = IN_W + (INVERTS ? 1 : 0),
  localparam int               ROW_W     = COMPARES ? LEVEL_W : (OUT_W + LOW_W) << (IN_W - LOW_W),
  localparam int               TABLE_W   = BLOCK ? 1 : ROWS * ROW_W,
  parameter  bit [TABLE_W-1:0] TABLE     = '0,
  parameter                    TABLE_FILE = ""
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

  localparam int            PHASES  = ROWS == 1 ? 1 : ROWS / PE;  // beats until rows are taken again
  localparam int            PHASE_W = PHASES == 1 ? 1 : $clog2(PHASES);

  if (IN_W < 1 || IN_W > 12 || OUT_W < 1 || (COMPARES && OUT_W != 1)) begin : g_check_width
    $error("threshold: IN_W must be 1 to 12, and OUT_W 1 where a row is a threshold");
  end

  logic [PHASE_W-1:0]  phase;
  logic [PE*OUT_W-1:0] result;

  assign busy = s_axis_tvalid && s_axis_tready;

  // Ahead of what it buffers: Yosys maps by the order of instances, mostly to fewer LUTs in this one.
  late_skid #(
    .W    (PE * OUT_W),
    .DELAY(DELAY)
  ) u_late (
    .clk          (clk),
    .rst          (rst),
    .result       (result),
    .s_axis_tvalid(s_axis_tvalid),
    .s_axis_tready(s_axis_tready),
    .s_axis_tlast (s_axis_tlast),
    .m_axis_tdata (m_axis_tdata),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast (m_axis_tlast)
  );

  row_phase #(
    .PE      (PE),
    .ELEMENTS(ELEMENTS),
    .ROWS    (ROWS)
  ) u_row_phase (
    .clk  (clk),
    .rst  (rst),
    .step (busy),
    .last (s_axis_tlast),
    .phase(phase)
  );

  if (!COMPARES) begin : g_tables
    code_tables #(
      .PE    (PE),
      .ROWS  (ROWS),
      .PHASES(PHASES),
      .IN_W  (IN_W),
      .OUT_W (OUT_W),
      .LOW_W (LOW_W),
      .CUTS  (CUTS),
      .BLOCK (BLOCK),
      .DELAY (DELAY),
      .TABLE (TABLE),
      .FILE  (TABLE_FILE)
    ) u_tables (
      .clk   (clk),
      .en    (s_axis_tready),
      .phase (phase),
      .inputs(s_axis_tdata),
      .codes (result)
    );
  end else if (PHASES == 1) begin : g_levels
    wire unused = phase;
    for (genvar n = 0; n < PE; n++) begin : g_lane
      localparam bit [LEVEL_W-1:0] ROW = TABLE[(ROWS==1?0:n)*ROW_W+:LEVEL_W];
      logic reached;
      level_reached #(
        .IN_W  (IN_W),
        .SIGNED(IN_SIGNED),
        .LEVEL (ROW[IN_W-1:0])
      ) u_level (
        .x(s_axis_tdata[n*IN_W+:IN_W]),
        .y(reached)
      );
      assign result[n] = reached != (INVERTS && ROW[LEVEL_W-1]);
    end
  end else begin : g_compare
    localparam bit [IN_W-1:0] LOWEST = IN_W'(IN_SIGNED) << (IN_W - 1);

    logic [PE*LEVEL_W-1:0] rows;

    lut_rom #(
      .DEPTH(PHASES),
      .W    (PE * LEVEL_W),
      .TABLE(TABLE)
    ) u_rows (
      .addr(phase),
      .word(rows)
    );

    for (genvar n = 0; n < PE; n++) begin : g_lane
      logic reached;
      assign reached   = (s_axis_tdata[n*IN_W+:IN_W] ^ LOWEST) >= rows[n*LEVEL_W+:IN_W];
      assign result[n] = reached != (INVERTS && rows[(n+1)*LEVEL_W-1]);
    end
  end

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
