// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Function of single elements by constant table: quantises the network's input.
//
// Beat format: in, PE lanes of IN_W bits, signed or not; out, PE lanes of OUT_W bits.
// Cycles: ELEMENTS / PE a frame, without bubbles. Latency: 1 cycle.
// Limits: IN_W <= 8; PE divides ELEMENTS; a table for each element only where OUT_W is 1 and the
// bit changes at most once as the input rises.
//
// PER_ELEMENT 0: TABLE holds OUT_W bits for each input value, the lowest value first.
// PER_ELEMENT 1: TABLE holds {invert, threshold} in INVERTS + IN_W bits for each element, the first
// in the low bits: out = (input - lowest input >= threshold) != invert, which is 0 if not INVERTS.
`default_nettype none
`include "stream_assert.svh"

module threshold #(
  parameter  int               PE          = 1,
  parameter  int               ELEMENTS    = 4,
  parameter  int               IN_W        = 8,
  parameter  bit               IN_SIGNED   = 1'b0,
  parameter  int               OUT_W       = 1,
  parameter  bit               PER_ELEMENT = 1'b0,
  parameter  bit               INVERTS     = 1'b1,
  localparam int               WORD_W      = IN_W + (INVERTS ? 1 : 0),
  localparam int               TABLE_W     = PER_ELEMENT ? ELEMENTS * WORD_W : (1 << IN_W) * OUT_W,
  parameter  bit [TABLE_W-1:0] TABLE       = '0
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

  localparam int              BEATS  = ELEMENTS / PE;
  localparam bit [IN_W-1:0]   LOWEST = IN_W'(IN_SIGNED) << (IN_W - 1);

  if (PE < 1 || PE * BEATS != ELEMENTS) begin : g_check_pe
    $error("threshold: PE must divide ELEMENTS");
  end
  if (IN_W < 1 || IN_W > 8 || OUT_W < 1 || (PER_ELEMENT && OUT_W != 1)) begin : g_check_width
    $error("threshold: IN_W must be 1 to 8, and OUT_W 1 with a table for each element");
  end

  typedef bit [(1<<IN_W)-1:0] truth_t; // an output bit for every input value, the lowest first

  function automatic truth_t column(input int b);
    for (int value = 0; value < 1 << IN_W; value++) column[value] = TABLE[value*OUT_W+b];
  endfunction

  function automatic truth_t step(input int element);
    for (int value = 0; value < 1 << IN_W; value++) begin
      step[value] = value >= int'(TABLE[element*WORD_W+:IN_W]);
      if (INVERTS) step[value] = step[value] != TABLE[(element+1)*WORD_W-1];
    end
  endfunction

  logic [PE*OUT_W-1:0] result;
  logic [PE*IN_W-1:0]  levels;

  assign busy   = s_axis_tvalid && s_axis_tready;
  assign levels = s_axis_tdata ^ {PE{LOWEST}};

  if (!PER_ELEMENT) begin : g_uniform
    for (genvar n = 0; n < PE * OUT_W; n++) begin : g_bit
      localparam truth_t TRUTH = column(n % OUT_W);
      assign result[n] = TRUTH[levels[n/OUT_W*IN_W+:IN_W]];
    end
  end else if (BEATS == 1) begin : g_lanes
    for (genvar n = 0; n < PE; n++) begin : g_lane
      localparam truth_t TRUTH = step(n);
      assign result[n] = TRUTH[levels[n*IN_W+:IN_W]];
    end
  end else begin : g_elements
    localparam int BEAT_W = $clog2(BEATS);
    logic [BEAT_W-1:0]    beat;
    logic [PE*WORD_W-1:0] words;

    always_ff @(posedge clk) begin
      if (rst) beat <= '0;
      else if (busy) beat <= s_axis_tlast || beat == BEAT_W'(BEATS - 1) ? '0 : beat + 1'b1;
    end

    lut_rom #(
      .DEPTH(BEATS),
      .W    (PE * WORD_W),
      .TABLE(TABLE)
    ) u_words (
      .addr(beat),
      .word(words)
    );

    for (genvar n = 0; n < PE; n++) begin : g_lane
      logic reached;
      assign reached   = levels[n*IN_W+:IN_W] >= words[n*WORD_W+:IN_W];
      assign result[n] = reached != (INVERTS && words[(n+1)*WORD_W-1]);
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
