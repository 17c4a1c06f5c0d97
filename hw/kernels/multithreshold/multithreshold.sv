// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Function of single integers that rises or falls, one a channel: how many thresholds are reached.
//
// Beat format: in, PE lanes of IN_W bits; out, PE lanes of OUT_W bits, two's complement if signed.
// Cycles: one a beat, without bubbles. Latency: 1 cycle more than BITS.
// Limits: ROWS is 1, or a multiple of PE that divides ELEMENTS; BITS <= 8, IN_W <= 32.
//
// k is the input without its DROP_W lower bits. A row, for one of ROWS elements, is 2**BITS - 1
// thresholds, ascending, and whether it falls (FALLS). The output is how many of them k reaches, in
// BITS bits, all inverted in a row that falls, the uppermost inverted if OUT_SIGNED, then extended.
// Later elements take the same rows again.
//
// Each bit is a stage, as threshold_search says; THRESHOLDS are lane by lane what it has of them, with
// ROWS 1 those of one lane. FALLS: beat by beat, a bit a lane. Files of block RAM, from TABLE_STAGES on:
// stage by stage, one a lane.
`default_nettype none
`include "stream_assert.svh"

module multithreshold #(
  parameter  int                PE           = 1,
  parameter  int                ELEMENTS     = 4,
  parameter  int                ROWS         = 1,
  parameter  int                IN_W         = 16,
  parameter  bit                IN_SIGNED    = 1'b0,
  parameter  int                DROP_W       = 0,
  parameter  int                T_W          = 16,
  parameter  int                BITS         = 2,
  parameter  int                OUT_W        = 2,
  parameter  bit                OUT_SIGNED   = 1'b0,
  parameter  int                TABLE_STAGES = 2,
  localparam int                PHASES       = ROWS == 1 ? 1 : ROWS / PE,  // beats until rows come again
  localparam int                ROW_LANES    = ROWS == 1 ? 1 : PE,
  localparam int                LANE_W       = PHASES * ((1 << TABLE_STAGES) - 1) * T_W,
  localparam int                TABLES_W     = TABLE_STAGES == 0 ? 1 : ROW_LANES * LANE_W,
  parameter  bit [TABLES_W-1:0] THRESHOLDS   = '0,
  localparam int                FALLS_W      = PHASES * ROW_LANES,
  parameter  bit [FALLS_W-1:0]  FALLS        = '0,
  parameter                     THRESHOLDS_FILE = ""
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

  localparam int PHASE_W = PHASES == 1 ? 1 : $clog2(PHASES);
  localparam int K_W     = IN_W - DROP_W;
  localparam int OWN_W   = TABLE_STAGES == 0 ? 1 : LANE_W;

  if (BITS < 1 || BITS > 8 || OUT_W < BITS || IN_W > 32 || DROP_W >= IN_W) begin : g_check_width
    $error("multithreshold: BITS or IN_W too large, or OUT_W too small");
  end

  logic [PHASE_W-1:0] phase;
  // The phases of what the stages take, and of what the last one holds.
  logic [(BITS+1)*PHASE_W-1:0] phases;
  logic [       ROW_LANES-1:0] falls;
  logic [        PE*OUT_W-1:0] result;

  assign busy = s_axis_tvalid && s_axis_tready;

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

  if (PHASES == 1) begin : g_alike
    wire unused_phase = phase;
    assign phases = '0;
    assign falls  = FALLS;
  end else begin : g_phases
    logic [BITS*PHASE_W-1:0] held;
    always_ff @(posedge clk) begin
      if (s_axis_tready) held <= (BITS * PHASE_W)'({held, phase});
    end
    assign phases = {held, phase};
    lut_rom #(
      .DEPTH(PHASES),
      .W    (ROW_LANES),
      .TABLE(FALLS)
    ) u_falls (
      .addr(phases[BITS*PHASE_W+:PHASE_W]),
      .word(falls)
    );
  end

  for (genvar n = 0; n < PE; n++) begin : g_lane
    localparam int ROW = ROWS == 1 ? 0 : n;

    logic [BITS-1:0] count;
    logic [BITS-1:0] level;

    threshold_search #(
      .BITS        (BITS),
      .PHASES      (PHASES),
      .K_W         (K_W),
      .K_SIGNED    (IN_SIGNED),
      .T_W         (T_W),
      .TABLE_STAGES(TABLE_STAGES),
      .THRESHOLDS  (THRESHOLDS[ROW*OWN_W+:OWN_W]),
      .FILE        (THRESHOLDS_FILE),
      .NUMBER      (n),
      .STEP        (PE)
    ) u_search (
      .clk   (clk),
      .en    (s_axis_tready),
      .k     (s_axis_tdata[n*IN_W+DROP_W+:K_W]),
      .phases(phases),
      .count (count)
    );

    assign level = count ^ {BITS{falls[ROW]}} ^ BITS'(OUT_SIGNED) << (BITS - 1);
    if (OUT_SIGNED) begin : g_signed
      assign result[n*OUT_W+:OUT_W] = OUT_W'($signed(level));
    end else begin : g_unsigned
      assign result[n*OUT_W+:OUT_W] = OUT_W'(level);
    end
  end
  wire unused_bits = &{1'b0, s_axis_tdata};

  late_skid #(
    .W    (PE * OUT_W),
    .DELAY(BITS)
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

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
