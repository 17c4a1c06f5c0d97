// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Function of single integers, one a channel: lines piece by piece, shifted and clipped.
//
// Beat format: in, PE lanes of IN_W bits; out, PE lanes of OUT_W bits, two's complement if signed.
// Cycles: one a beat, without bubbles. Latency: 1 cycle more than DELAY.
// Limits: ROWS is 1, or a multiple of PE that divides ELEMENTS; PIECES <= 8, SUM_W <= 48.
//
// k is the input without its DROP_W lower bits, of K_W bits. The output is
// clip((slope * k + offset + tie) >> SHIFT, LOW, HIGH), where tie is bit SHIFT of k if TIES, else 0.
// A row, for one of ROWS elements, is a line {offset, slope} for each of PIECES pieces, in
// OFFSET_W + SLOPE_W bits, of which the offset has ZEROS bits more that are 0; and for each piece but
// the first the least input that is in it, less the lowest of K_W bits. Later elements take the same
// rows again.
//
// LINES: for one piece, beat by beat the lines of all lanes, the first in the low bits. For several,
// lane by lane, beat by beat, the lines of all pieces, up to a power of two. STARTS: beat by beat, lane
// by lane, piece by piece. With ROWS 1 those of one lane. LINES_BLOCK, STARTS_BLOCK: they are in block
// RAM, and in files, as line_table says.
`default_nettype none
`include "stream_assert.svh"

module requantize #(
  parameter  int               PE           = 1,
  parameter  int               ELEMENTS     = 4,
  parameter  int               ROWS         = 1,
  parameter  int               IN_W         = 8,
  parameter  int               DROP_W       = 0,
  parameter  int               K_W          = 8,
  parameter  bit               K_SIGNED     = 1'b0,
  parameter  int               OUT_W        = 8,
  parameter  int               PIECES       = 1,
  parameter  int               SLOPE_W      = 0,
  parameter  int               ZEROS        = 0,
  parameter  int               SHIFT        = 0,
  parameter  int               SUM_W        = 8,
  parameter  bit               TIES         = 1'b0,
  parameter  bit               CLIPS_LOW    = 1'b0,
  parameter  int               LOW          = 0,
  parameter  bit               CLIPS_HIGH   = 1'b0,
  parameter  int               HIGH         = 0,
  parameter  bit               DSP          = 1'b0,
  parameter  int               DELAY        = 0,
  parameter  bit               LINES_BLOCK  = 1'b0,
  parameter  bit               STARTS_BLOCK = 1'b0,
  localparam int               PHASES       = ROWS == 1 ? 1 : ROWS / PE,  // beats until rows come again
  localparam int               PIECE_W      = $clog2(PIECES),
  localparam int               OFFSET_W     = SUM_W - ZEROS,
  localparam int               LINE_W       = OFFSET_W + SLOPE_W,
  localparam int               LINE_LANES   = ROWS == 1 ? 1 : PE,
  localparam int               LINES_W      = LINES_BLOCK ? 1 : (LINE_LANES * PHASES * LINE_W) << PIECE_W,
  localparam int               START_W      = (PIECES == 1 ? 1 : PIECES - 1) * K_W,
  localparam int               STARTS_W     = STARTS_BLOCK ? 1 : LINE_LANES * PHASES * START_W,
  parameter  bit [LINES_W-1:0] LINES        = '0,
  parameter  bit [STARTS_W-1:0] STARTS      = '0,
  parameter                    LINES_FILE   = "",
  parameter                    STARTS_FILE  = ""
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

  localparam int PHASE_W     = PHASES == 1 ? 1 : $clog2(PHASES);
  localparam int START_DELAY = PIECES > 1 && PHASES > 1 ? 2 : 0;
  localparam int LINE_DELAY  = PIECES > 1 || PHASES > 1 ? 2 : 0;

  if (DROP_W + K_W > IN_W || SUM_W > 48 || SUM_W - SHIFT < OUT_W || PIECES > 8) begin : g_check_width
    $error("requantize: K_W, SUM_W or PIECES too large, or SUM_W too small");
  end

  logic [         PHASE_W-1:0] phase;
  logic [         PE*K_W-1:0]  k;
  logic [         PE*K_W-1:0]  k_sorted;  // when the pieces are known
  logic [         PE*K_W-1:0]  k_line;    // when the lines are
  logic [      PE*LINE_W-1:0]  lines;
  logic [       PE*OUT_W-1:0]  result;

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

  for (genvar n = 0; n < PE; n++) begin : g_k
    assign k[n*K_W+:K_W] = s_axis_tdata[n*IN_W+DROP_W+:K_W];
  end
  wire unused_bits = &{1'b0, s_axis_tdata};

  delay_line #(
    .W    (PE * K_W),
    .DELAY(START_DELAY)
  ) u_sorted (
    .clk(clk),
    .en (s_axis_tready),
    .d  (k),
    .q  (k_sorted)
  );
  delay_line #(
    .W    (PE * K_W),
    .DELAY(LINE_DELAY)
  ) u_line (
    .clk(clk),
    .en (s_axis_tready),
    .d  (k_sorted),
    .q  (k_line)
  );

  if (PIECES > 1) begin : g_pieces
    localparam int PLACE_W = (PHASES == 1 ? 0 : PHASE_W) + PIECE_W;

    logic [     PHASE_W-1:0] phase_sorted;
    logic [  PE*PIECE_W-1:0] piece;

    delay_line #(
      .W    (PHASE_W),
      .DELAY(START_DELAY)
    ) u_phase (
      .clk(clk),
      .en (s_axis_tready),
      .d  (phase),
      .q  (phase_sorted)
    );

    if (PHASES == 1) begin : g_constant
      for (genvar n = 0; n < PE; n++) begin : g_lane
        constant_piece #(
          .PIECES  (PIECES),
          .K_W     (K_W),
          .K_SIGNED(K_SIGNED),
          .STARTS  (STARTS[(ROWS==1?0:n)*START_W+:START_W])
        ) u_piece (
          .k    (k_sorted[n*K_W+:K_W]),
          .piece(piece[n*PIECE_W+:PIECE_W])
        );
      end
    end else begin : g_table
      logic [PE*START_W-1:0] starts;

      line_table #(
        .DEPTH(PHASES),
        .W    (PE * START_W),
        .BLOCK(STARTS_BLOCK),
        .TABLE(STARTS),
        .FILE (STARTS_FILE)
      ) u_starts (
        .clk (clk),
        .en  (s_axis_tready),
        .addr(phase),
        .q   (starts)
      );
      for (genvar n = 0; n < PE; n++) begin : g_lane
        table_piece #(
          .PIECES  (PIECES),
          .K_W     (K_W),
          .K_SIGNED(K_SIGNED)
        ) u_piece (
          .k     (k_sorted[n*K_W+:K_W]),
          .starts(starts[n*START_W+:START_W]),
          .piece (piece[n*PIECE_W+:PIECE_W])
        );
      end
    end

    for (genvar n = 0; n < PE; n++) begin : g_line
      localparam int TABLE_W = LINES_BLOCK ? 1 : (PHASES * LINE_W) << PIECE_W;
      logic [PLACE_W-1:0] place;
      if (PHASES == 1) begin : g_alone
        assign place = piece[n*PIECE_W+:PIECE_W];
      end else begin : g_phase
        assign place = {phase_sorted, piece[n*PIECE_W+:PIECE_W]};
      end
      line_table #(
        .DEPTH (PHASES << PIECE_W),
        .W     (LINE_W),
        .BLOCK (LINES_BLOCK),
        .TABLE (LINES[(ROWS==1||LINES_BLOCK?0:n)*TABLE_W+:TABLE_W]),
        .FILE  (LINES_FILE),
        .NUMBER(ROWS == 1 ? 0 : n)
      ) u_line (
        .clk (clk),
        .en  (s_axis_tready),
        .addr(place),
        .q   (lines[n*LINE_W+:LINE_W])
      );
    end
    if (PHASES == 1) begin : g_no_phase
      wire unused_phase = &{1'b0, phase_sorted};
    end
  end else if (PHASES > 1) begin : g_lines
    line_table #(
      .DEPTH(PHASES),
      .W    (PE * LINE_W),
      .BLOCK(LINES_BLOCK),
      .TABLE(LINES),
      .FILE (LINES_FILE)
    ) u_lines (
      .clk (clk),
      .en  (s_axis_tready),
      .addr(phase),
      .q   (lines)
    );
  end else begin : g_constant
    wire unused_phase = phase;
    for (genvar n = 0; n < PE; n++) begin : g_lane
      assign lines[n*LINE_W+:LINE_W] = LINES[(ROWS==1?0:n)*LINE_W+:LINE_W];
    end
  end

  for (genvar n = 0; n < PE; n++) begin : g_lane
    logic [SUM_W-1:0] offset;
    logic [SUM_W-1:0] sum;

    assign offset = SUM_W'(lines[n*LINE_W+SLOPE_W+:OFFSET_W]) << ZEROS;
    if (SLOPE_W == 0) begin : g_steps
      wire unused = &{1'b0, k_line[n*K_W+:K_W]};
      assign sum = offset;
    end else begin : g_product
      logic tie;
      if (TIES) begin : g_tie
        assign tie = k_line[n*K_W+SHIFT];
      end else begin : g_no_tie
        assign tie = 1'b0;
      end
      if (DSP) begin : g_dsp
        wire unused = tie;
        multiplied_sum #(
          .K_W     (K_W),
          .K_SIGNED(K_SIGNED),
          .SLOPE_W (SLOPE_W),
          .SUM_W   (SUM_W)
        ) u_sum (
          .clk   (clk),
          .en    (s_axis_tready),
          .k     (k_line[n*K_W+:K_W]),
          .slope (lines[n*LINE_W+:SLOPE_W]),
          .offset(offset),
          .sum   (sum)
        );
      end else begin : g_lut
        recoded_sum #(
          .K_W     (K_W),
          .K_SIGNED(K_SIGNED),
          .SLOPE_W (SLOPE_W),
          .SUM_W   (SUM_W),
          .FIXED   (PIECES == 1 && PHASES == 1),
          .SLOPE   (SLOPE_W'(LINES >> ((ROWS == 1 || PHASES > 1 ? 0 : n) * LINE_W)))
        ) u_sum (
          .clk   (clk),
          .en    (s_axis_tready),
          .k     (k_line[n*K_W+:K_W]),
          .slope (lines[n*LINE_W+:SLOPE_W]),
          .offset(offset),
          .tie   (tie),
          .sum   (sum)
        );
      end
    end

    clip #(
      .IN_W      (SUM_W - SHIFT),
      .OUT_W     (OUT_W),
      .CLIPS_LOW (CLIPS_LOW),
      .LOW       (LOW),
      .CLIPS_HIGH(CLIPS_HIGH),
      .HIGH      (HIGH)
    ) u_clip (
      .x(sum[SUM_W-1:SHIFT]),
      .y(result[n*OUT_W+:OUT_W])
    );
    if (SHIFT > 0) begin : g_below_the_point
      wire unused = &{1'b0, sum[SHIFT-1:0]};
    end
  end

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

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
