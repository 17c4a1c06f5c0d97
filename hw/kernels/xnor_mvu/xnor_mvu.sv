// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Binary matrix-vector unit: XNOR, popcount, and a threshold or the signed integer itself.
//
// Beats: in, SIMD bits, MW / SIMD a pixel; out, PE elements, MH / PE a pixel, row 0 in the low
// bits; a frame is PIXELS pixels. An element is one bit (THRESHOLDED) or the dot product
// 2 * popcount - MW, with an offset if wanted, in ACC_W + 1 bits. Cycles a pixel: (MH / PE) * (MW / SIMD), without bubbles.
// A step at cycle t reaches the output at t + WEIGHT_LATENCY + popcount's latency + 2. Around the
// datapath stands an mvu_shell, which takes RING, RING_BLOCK and what follows from PIXELS on.
// Limits: PE divides MH, SIMD divides MW; the accumulator, which starts at the row's START value,
// must hold START + popcount. A pass ends early at tlast where MH = PE. A frame that tlast ends
// early ends with that pixel.
//
// STORAGE 0: constants of (MH / PE) * (MW / SIMD) <= 4 phases, in the popcount's own tables.
// STORAGE 1: LUTs. STORAGE 2: block RAM, from WEIGHT_FILE. WEIGHTS word s holds the weights of step
// s, pass-major, weight of row p and lane l at p * SIMD + l. START is 2**(ACC_W - 1) minus the
// row's threshold, so that the accumulator's top bit is the result and no comparator is needed;
// without thresholds it is half of the offset less MW, rounded down. The lowest bit of such sums is
// ODD, or with FINE stands below START, each row's own.

`default_nettype none

module xnor_mvu #(
    parameter  int unsigned               MW           = 8,
    parameter  int unsigned               MH           = 4,
    parameter  int unsigned               PE           = 2,
    parameter  int unsigned               SIMD         = 4,
    parameter  bit                        THRESHOLDED  = 1'b1,
    parameter  bit                        ODD          = 1'(MW % 2),
    parameter  bit                        FINE         = 1'b0,
    parameter  int unsigned               ACC_W        = 5,
    localparam int unsigned               WORD_W       = FINE ? ACC_W + 1 : ACC_W,
    parameter  int unsigned               STORAGE      = 0,
    localparam int unsigned               TABLE_W      = (STORAGE == 2) ? 1 : MH * MW,
    parameter  bit [TABLE_W-1:0]          WEIGHTS      = '0,
    parameter                             WEIGHT_FILE  = "",
    parameter  int unsigned               WEIGHT_BANK  = (MH / PE) * (MW / SIMD),
    parameter  int unsigned               RING         = 32,
    parameter  bit                        RING_BLOCK   = 1'b0,
    parameter  int unsigned               PIXELS       = 1,
    parameter  int unsigned               COLUMNS      = PIXELS,
    parameter  int unsigned               KINDS        = 1,
    parameter  int unsigned               R_W          = 1,
    parameter  int unsigned               C_W          = 1,
    localparam int unsigned               K_W          = (KINDS == 1) ? 1 : $clog2(KINDS),
    localparam int unsigned               ROWS         = PIXELS / COLUMNS,
    parameter  bit [ROWS*R_W-1:0]         ROW_CLASS    = '0,
    parameter  bit [COLUMNS*C_W-1:0]      COLUMN_CLASS = '0,
    parameter  bit [(K_W<<(R_W+C_W))-1:0] KIND         = '0,
    localparam int unsigned               STARTS       = ((KINDS - 1) << $clog2(MH / PE)) + MH / PE,
    parameter  bit                        START_BLOCK  = 1'b0,
    localparam int unsigned               START_W      = START_BLOCK ? 1 : STARTS * PE * WORD_W,
    parameter  bit [START_W-1:0]          START        = '0,
    parameter                             START_FILE   = "",
    localparam int unsigned               OUT_W        = THRESHOLDED ? PE : PE * (ACC_W + 1)
) (
    input  wire              clk,
    input  wire              rst,
    input  wire  [ SIMD-1:0] s_axis_tdata,
    input  wire              s_axis_tvalid,
    output logic             s_axis_tready,
    input  wire              s_axis_tlast,
    output logic [OUT_W-1:0] m_axis_tdata,
    output logic             m_axis_tvalid,
    input  wire              m_axis_tready,
    output logic             m_axis_tlast,
    output logic             busy
);

  localparam int unsigned PASSES         = MH / PE;
  localparam int unsigned BEATS          = MW / SIMD;
  localparam int unsigned STEPS          = PASSES * BEATS;
  localparam int unsigned STEP_W         = (STEPS == 1) ? 1 : $clog2(STEPS);
  localparam int unsigned COUNT_W        = (SIMD == 1) ? 1 : $clog2(SIMD);
  localparam int unsigned WEIGHT_LATENCY = (STORAGE == 2) ? 2 : 1;
  localparam int unsigned DELAY          = WEIGHT_LATENCY + xnor_pkg::popcount_latency(SIMD);

  if (MH % PE != 0 || MW % SIMD != 0 || (STORAGE == 0 && STEPS > 4)) begin : g_check
    $error("xnor_mvu: PE must divide MH, SIMD must divide MW, and constants have 4 phases at most");
  end
  if (FINE && THRESHOLDED) begin : g_check_fine
    $error("xnor_mvu: FINE must come without THRESHOLDED");
  end

  logic                      en;
  logic [        STEP_W-1:0] step;
  logic [          SIMD-1:0] data;
  logic                      adding;
  logic                      first;
  logic [PE-1:0][WORD_W-1:0] start;
  logic [         OUT_W-1:0] result;

  mvu_shell #(
      .W           (SIMD),
      .OUT_W       (OUT_W),
      .PE          (PE),
      .ACC_W       (WORD_W),
      .BEATS       (BEATS),
      .PASSES      (PASSES),
      .DELAY       (DELAY),
      .RING        (RING),
      .RING_BLOCK  (RING_BLOCK),
      .PIXELS      (PIXELS),
      .COLUMNS     (COLUMNS),
      .KINDS       (KINDS),
      .R_W         (R_W),
      .C_W         (C_W),
      .ROW_CLASS   (ROW_CLASS),
      .COLUMN_CLASS(COLUMN_CLASS),
      .KIND        (KIND),
      .START_BLOCK (START_BLOCK),
      .START       (START),
      .START_FILE  (START_FILE)
  ) u_shell (
      .clk          (clk),
      .rst          (rst),
      .s_axis_tdata (s_axis_tdata),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .s_axis_tlast (s_axis_tlast),
      .m_axis_tdata (m_axis_tdata),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready),
      .m_axis_tlast (m_axis_tlast),
      .busy         (busy),
      .en           (en),
      .step         (step),
      .data         (data),
      .adding       (adding),
      .first        (first),
      .start        (start),
      .result       (result)
  );

  // Activations come a cycle after their step, and wait for weights from block RAM.
  logic [SIMD-1:0]         act;
  logic [PE-1:0][SIMD-1:0] weight;
  logic [1:0]              phase;

  if (WEIGHT_LATENCY == 1) begin : g_at_once
    assign act = data;
  end else begin : g_wait
    always_ff @(posedge clk) begin
      if (en) act <= data;
    end
  end

  if (STORAGE == 0) begin : g_constants
    assign weight = '0;
    always_ff @(posedge clk) begin
      if (en) phase <= 2'(step);
    end
  end else begin : g_memory
    assign phase = 2'b00;
    mvu_weights #(
        .DEPTH  (STEPS),
        .W      (PE * SIMD),
        .LATENCY(WEIGHT_LATENCY),
        .BLOCK  (STORAGE == 2),
        .TABLE  (WEIGHTS),
        .FILE   (WEIGHT_FILE),
        .BANK   (WEIGHT_BANK)
    ) u_weights (
        .clk (clk),
        .en  (en),
        .step(step),
        .word(weight)
    );
  end

  // The weights of a row in each phase, for constants.
  function automatic bit [STEPS*SIMD-1:0] row_constants(input int unsigned p);
    for (int unsigned s = 0; s < STEPS; s++) begin
      row_constants[s*SIMD+:SIMD] = SIMD'(WEIGHTS >> ((s * PE + p) * SIMD));
    end
  endfunction

  for (genvar p = 0; p < PE; p++) begin : g_row
    logic [COUNT_W-1:0] count;
    logic               extra;
    logic [ACC_W-1:0]   acc;
    if (STORAGE == 0) begin : g_constant
      xnor_popcount #(
          .N     (SIMD),
          .PHASES(STEPS),
          .TABLE (row_constants(p))
      ) u_popcount (
          .clk   (clk),
          .en    (en),
          .act   (act),
          .weight('0),
          .phase (phase),
          .count (count),
          .extra (extra)
      );
    end else begin : g_memory
      xnor_popcount #(
          .N(SIMD)
      ) u_popcount (
          .clk   (clk),
          .en    (en),
          .act   (act),
          .weight(weight[p]),
          .phase (2'b00),
          .count (count),
          .extra (extra)
      );
    end

    mvu_accumulator #(
        .W(ACC_W)
    ) u_accumulator (
        .clk   (clk),
        .en    (en && adding),
        .first (first),
        .start (start[p][WORD_W-1-:ACC_W]),
        .flip  (1'b0),
        .addend(ACC_W'(count)),
        .carry (extra),
        .acc   (acc)
    );

    if (THRESHOLDED) begin : g_bit
      assign result[p] = acc[ACC_W-1];
    end else if (FINE) begin : g_fine
      logic odd;
      always_ff @(posedge clk) begin
        if (en && adding && first) odd <= start[p][0];
      end
      assign result[p*(ACC_W+1)+:ACC_W+1] = {acc, odd};
    end else begin : g_integer
      assign result[p*(ACC_W+1)+:ACC_W+1] = {acc, ODD};
    end
  end

endmodule

`default_nettype wire
