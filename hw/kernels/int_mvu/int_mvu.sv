// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrix-vector unit of binary weights and integers: +x and -x added up, and a threshold or the
// sum itself.
//
// Beats: in, SIMD integers of IN_W bits, signed or not, MW / SIMD a pixel; out, PE elements,
// MH / PE a pixel, row 0 in the low bits; a frame is PIXELS pixels. An element is one bit
// (THRESHOLDED) or FACTOR times the sum in ACC_W bits. Cycles a pixel: (MH / PE) * (MW / SIMD), without bubbles.
// A step at cycle t reaches the output at t + int_row's latency + 4. Around the datapath stands an
// mvu_shell, which takes RING, RING_BLOCK and what follows from PIXELS on.
// Limits: PE divides MH, SIMD divides MW, IN_W at most 8; sum minus threshold must fit ACC_W bits.
// A pass ends early at tlast where MH = PE. A frame that tlast ends early ends with that pixel.
//
// STORAGE 0: constants, where (MH / PE) * (MW / SIMD) is 1. STORAGE 1: LUTs. STORAGE 2: block RAM,
// from CODE_FILE. CODES word s holds the codes of step s, pass-major, row p's from p * SIMD on; a
// code is what int_row takes, in chunks of up to CHUNK lanes. Its sign tells whether the sum's
// sign has changed since the step before: an accumulator is kept with the sign of its last step,
// so that it is complemented, not the sum, which the adder needs raw. In a pass's first step it
// tells, without thresholds, whether the result has to be complemented in the end.
// START makes up for all complements and for what int_terms took off unsigned integers; minus the
// threshold, such that the accumulator's top bit is the result.

`default_nettype none

module int_mvu #(
    parameter  int unsigned               IN_W         = 8,
    parameter  bit                        IN_SIGNED    = 1'b1,
    parameter  int unsigned               MW           = 8,
    parameter  int unsigned               MH           = 4,
    parameter  int unsigned               PE           = 2,
    parameter  int unsigned               SIMD         = 4,
    parameter  int unsigned               LEVELS       = 0,
    localparam int unsigned               TREE_W       = (LEVELS + 1) * ((SIMD + 2) / 3),
    parameter  bit [TREE_W-1:0]           TREE         = '1,
    parameter  bit                        THRESHOLDED  = 1'b1,
    parameter  int unsigned               FACTOR       = 1,
    parameter  int unsigned               ACC_W        = 12,
    parameter  int unsigned               STORAGE      = 1,
    localparam int unsigned               TABLE_W      = (STORAGE == 2) ? 1 : MH * MW,
    parameter  bit [TABLE_W-1:0]          CODES        = '0,
    parameter                             CODE_FILE    = "",
    parameter  int unsigned               CODE_BANK    = (MH / PE) * (MW / SIMD),
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
    localparam int unsigned               START_W      = START_BLOCK ? 1 : STARTS * PE * ACC_W,
    parameter  bit [START_W-1:0]          START        = '0,
    parameter                             START_FILE   = "",
    localparam int unsigned               OUT_W        = THRESHOLDED ? PE : PE * ACC_W
) (
    input  wire                  clk,
    input  wire                  rst,
    input  wire  [SIMD*IN_W-1:0] s_axis_tdata,
    input  wire                  s_axis_tvalid,
    output logic                 s_axis_tready,
    input  wire                  s_axis_tlast,
    output logic [    OUT_W-1:0] m_axis_tdata,
    output logic                 m_axis_tvalid,
    input  wire                  m_axis_tready,
    output logic                 m_axis_tlast,
    output logic                 busy
);

  localparam int unsigned PASSES = MH / PE;
  localparam int unsigned BEATS  = MW / SIMD;
  localparam int unsigned STEPS  = PASSES * BEATS;
  localparam int unsigned STEP_W = (STEPS == 1) ? 1 : $clog2(STEPS);
  localparam int unsigned SUM_W  = IN_W + $clog2(SIMD);
  localparam int unsigned TERM_W = IN_W + 1;
  localparam int unsigned CHUNK  = (STORAGE == 0) ? 3 : 6;
  localparam int unsigned DELAY  = 3 + LEVELS;  // terms and codes 2, rows 1 + LEVELS

  if (MH % PE != 0 || MW % SIMD != 0 || (STORAGE == 0 && STEPS > 1)) begin : g_check
    $error("int_mvu: PE must divide MH, SIMD must divide MW, and constants have one step");
  end
  if (IN_W < 1 || IN_W > 9) begin : g_check_width
    $error("int_mvu: IN_W must be 1 to 9");
  end

  logic                     en;
  logic [       STEP_W-1:0] step;
  logic [    SIMD*IN_W-1:0] data;
  logic                     adding;
  logic                     first;
  logic [PE-1:0][ACC_W-1:0] start;
  logic [        OUT_W-1:0] result;

  mvu_shell #(
      .W           (SIMD * IN_W),
      .OUT_W       (OUT_W),
      .PE          (PE),
      .ACC_W       (ACC_W),
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

  // Integers come a cycle after their step, terms and codes two.
  logic [ SIMD*TERM_W-1:0] terms_next;
  logic [ SIMD*TERM_W-1:0] terms;
  logic [PE-1:0][SIMD-1:0] code;

  int_terms #(
      .SIMD     (SIMD),
      .IN_W     (IN_W),
      .IN_SIGNED(IN_SIGNED),
      .CHUNK    (CHUNK)
  ) u_terms (
      .lanes(data),
      .terms(terms_next)
  );
  always_ff @(posedge clk) begin
    if (en) terms <= terms_next;
  end

  if (STORAGE == 0) begin : g_constants
    wire unused_step = &{step, code};
    assign code = '0;
  end else begin : g_memory
    mvu_weights #(
        .DEPTH  (STEPS),
        .W      (PE * SIMD),
        .LATENCY(2),
        .BLOCK  (STORAGE == 2),
        .TABLE  (CODES),
        .FILE   (CODE_FILE),
        .BANK   (CODE_BANK)
    ) u_codes (
        .clk (clk),
        .en  (en),
        .step(step),
        .word(code)
    );
  end

  for (genvar p = 0; p < PE; p++) begin : g_row
    logic signed [SUM_W-1:0] sum;
    logic                    sign;
    logic        [ACC_W-1:0] acc;
    if (STORAGE == 0) begin : g_fixed
      int_fixed_row #(
          .SIMD  (SIMD),
          .IN_W  (IN_W),
          .LEVELS(LEVELS),
          .TREE  (TREE),
          .CODE  (CODES[p*SIMD+:SIMD])
      ) u_row (
          .clk  (clk),
          .en   (en),
          .terms(terms),
          .sum  (sum)
      );
      assign sign = CODES[p*SIMD];
    end else begin : g_any
      int_row #(
          .SIMD  (SIMD),
          .IN_W  (IN_W),
          .CHUNK (CHUNK),
          .LEVELS(LEVELS)
      ) u_row (
          .clk  (clk),
          .en   (en),
          .terms(terms),
          .code (code[p]),
          .sum  (sum),
          .sign (sign)
      );
    end

    mvu_accumulator #(
        .W(ACC_W)
    ) u_accumulator (
        .clk   (clk),
        .en    (en && adding),
        .first (first),
        .start (start[p]),
        .flip  (sign),
        .addend(ACC_W'(sum) * ACC_W'(FACTOR)),
        .carry (1'b0),
        .acc   (acc)
    );

    if (THRESHOLDED) begin : g_bit
      assign result[p] = acc[ACC_W-1];
    end else begin : g_integer
      logic complement;
      always_ff @(posedge clk) begin
        if (en && adding && first) complement <= sign;
      end
      assign result[p*ACC_W+:ACC_W] = acc ^ {ACC_W{complement}};
    end
  end

endmodule

`default_nettype wire
