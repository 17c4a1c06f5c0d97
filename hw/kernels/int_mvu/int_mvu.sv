// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrix-vector unit of binary weights and integers: +x and -x added up, and a threshold or the
// sum itself.
//
// Beats: in, SIMD integers of IN_W bits, signed or not, MW / SIMD a pixel; out, PE elements,
// MH / PE a pixel, row 0 in the low bits; a frame is PIXELS pixels. An element is one bit
// (THRESHOLDED) or the sum in ACC_W bits. Cycles a pixel: (MH / PE) * (MW / SIMD), without bubbles.
// A step at cycle t reaches the output at t + int_row's latency + 4; the input takes one cycle
// through a skid_buffer (MH = PE), a register (SIMD = MW) or a replay_buffer of RING beats (in block
// RAM with RING_BLOCK), which cut the path of tready.
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
// threshold, such that the accumulator's top bit is the result. Kinds of pixels and the layout of
// START are those of mvu_start.

`default_nettype none
`include "stream_assert.svh"

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
  localparam int unsigned DELAY  = 3 + LEVELS;

  if (MH % PE != 0 || MW % SIMD != 0 || (STORAGE == 0 && STEPS > 1)) begin : g_check
    $error("int_mvu: PE must divide MH, SIMD must divide MW, and constants have one step");
  end
  if (IN_W < 1 || IN_W > 8) begin : g_check_width
    $error("int_mvu: IN_W must be 1 to 8");
  end

  // Step: one word of integers against one word of codes.
  logic [SIMD*IN_W-1:0] step_data;
  logic [   STEP_W-1:0] step;
  logic                 step_valid;
  logic                 pass_end;
  logic                 pixel_end;
  logic                 cut;
  logic                 en;
  assign busy = step_valid && en;

  mvu_steps #(
      .W     (SIMD * IN_W),
      .BEATS (BEATS),
      .PASSES(PASSES),
      .DEPTH (RING),
      .CUTS  (PIXELS > 1),
      .BLOCK (RING_BLOCK)
  ) u_steps (
      .clk          (clk),
      .rst          (rst),
      .s_axis_tdata (s_axis_tdata),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .s_axis_tlast (s_axis_tlast),
      .m_step       (step),
      .m_valid      (step_valid),
      .m_ready      (en),
      .m_pass_end   (pass_end),
      .m_pixel_end  (pixel_end),
      .m_data       (step_data),
      .m_cut        (cut)
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
      .lanes(step_data),
      .terms(terms_next)
  );
  always_ff @(posedge clk) begin
    if (en) terms <= terms_next;
  end

  if (STORAGE == 0) begin : g_constants
    wire unused_step = &{step, code};
    assign code = '0;
  end else if (STORAGE == 1) begin : g_luts
    logic [ STEP_W-1:0] step_late;
    logic [PE*SIMD-1:0] word;
    lut_rom #(
        .DEPTH(STEPS),
        .W    (PE * SIMD),
        .TABLE(CODES)
    ) u_codes (
        .addr(step_late),
        .word(word)
    );
    always_ff @(posedge clk) begin
      if (en) begin
        step_late <= step;
        code      <= word;
      end
    end
  end else begin : g_block
    banked_rom #(
        .DEPTH(STEPS),
        .W    (PE * SIMD),
        .BANK (CODE_BANK),
        .FILE (CODE_FILE)
    ) u_codes (
        .clk (clk),
        .en  (en),
        .addr(step),
        .q   (code)
    );
  end

  // Accumulate: a pass starts at its rows' START values.
  logic                     adding;
  logic                     opens;
  logic                     first;
  logic [PE-1:0][ACC_W-1:0] start;
  logic                     done;
  logic                     last;
  mvu_start #(
      .PASSES      (PASSES),
      .DELAY       (DELAY),
      .W           (PE * ACC_W),
      .PIXELS      (PIXELS),
      .COLUMNS     (COLUMNS),
      .KINDS       (KINDS),
      .R_W         (R_W),
      .C_W         (C_W),
      .ROW_CLASS   (ROW_CLASS),
      .COLUMN_CLASS(COLUMN_CLASS),
      .KIND        (KIND),
      .BLOCK       (START_BLOCK),
      .START       (START),
      .FILE        (START_FILE)
  ) u_start (
      .clk           (clk),
      .rst           (rst),
      .en            (en),
      .step_valid    (step_valid),
      .step_pass_end (pass_end),
      .step_pixel_end(pixel_end),
      .step_cut      (cut),
      .adding        (adding),
      .opens         (opens),
      .start         (start),
      .done          (done),
      .last          (last)
  );

  assign first = opens || BEATS == 1;

  logic [OUT_W-1:0] result;
  for (genvar p = 0; p < PE; p++) begin : g_row
    logic signed [SUM_W-1:0] sum;
    logic                    sign;
    logic        [ACC_W-1:0] acc;
    logic        [ACC_W-1:0] acc_next;
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

    raw_adder #(
        .W(ACC_W)
    ) u_add (
        .carry(1'b0),
        .left (ACC_W'(sum)),
        .right(first ? start[p] : acc ^ {ACC_W{sign}}),
        .sum  (acc_next)
    );
    always_ff @(posedge clk) begin
      if (en && adding) acc <= acc_next;
    end

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

  // A register behind the accumulators: these go on while a slower neighbour takes a beat in.
  logic free;
  assign free = m_axis_tready || !m_axis_tvalid;
  assign en   = free || !done;

  always_ff @(posedge clk) begin
    if (free) begin
      m_axis_tdata <= result;
      m_axis_tlast <= last;
    end
    if (rst) m_axis_tvalid <= 1'b0;
    else if (free) m_axis_tvalid <= done;
  end

  `XNORFLOW_ASSERT_STREAM(s_axis)
  `XNORFLOW_ASSERT_STREAM(m_axis)

endmodule

`default_nettype wire
