// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Index of the largest of CLASSES integers, each with a constant added; the first maximum wins.
//
// Beat format: in, PE lanes of IN_W bits, CLASSES / PE beats a frame; out, one beat of IDX_W bits.
// Cycles: CLASSES / PE a frame, without bubbles between frames. Latency: the last input beat's
// result is offered HAS_OFFSETS + clog2(PE) + (CLASSES > PE) + 1 cycles after that beat.
// Limits: PE divides CLASSES; every sum fits VALUE_W bits, signed; IDX_W >= clog2(CLASSES).
// A frame cut short gives the largest so far.
//
// A balanced tree compares the lanes of a beat, one level a cycle; of two equals the lower lane
// wins. The best beat so far is kept behind it. All stages move together when the skid buffer at
// the output has room, which is a register: no path leads from m_axis_tready to s_axis_tready.
`default_nettype none
`include "stream_assert.svh"

module label_select #(
  parameter int                       PE          = 2,
  parameter int                       CLASSES     = 10,
  parameter int                       IN_W        = 8,
  parameter bit                       IN_SIGNED   = 1'b1,
  parameter int                       VALUE_W     = 8,
  parameter int                       IDX_W       = 4,
  parameter bit                       HAS_OFFSETS = 1'b0,
  parameter bit [CLASSES*VALUE_W-1:0] OFFSETS     = '0
) (
  input  wire                clk,
  input  wire                rst,
  input  wire  [PE*IN_W-1:0] s_axis_tdata,
  input  wire                s_axis_tvalid,
  output logic               s_axis_tready,
  input  wire                s_axis_tlast,
  output logic [IDX_W-1:0]   m_axis_tdata,
  output logic               m_axis_tvalid,
  input  wire                m_axis_tready,
  output logic               m_axis_tlast,
  output logic               busy
);

  localparam int BEATS  = CLASSES / PE;
  localparam int LEVELS = $clog2(PE);
  localparam int STAGES = LEVELS + (HAS_OFFSETS ? 1 : 0);
  localparam int LANE_W = PE == 1 ? 1 : LEVELS;
  localparam int NODES  = start_of(LEVELS + 1);

  if (PE < 1 || PE * BEATS != CLASSES) begin : g_check_pe
    $error("label_select: PE must divide CLASSES");
  end
  if (IN_W < 1 || VALUE_W < IN_W || IDX_W < 1 || IDX_W < $clog2(CLASSES)) begin : g_check_width
    $error("label_select: VALUE_W or IDX_W is too small");
  end

  // Level 0 of the tree is the beat's lanes; each level has half as many nodes, an odd one passes.
  function automatic int size_of(input int level);
    size_of = (PE + (1 << level) - 1) >> level;
  endfunction

  function automatic int start_of(input int level);
    start_of = 0;
    for (int k = 0; k < level; k++) start_of += size_of(k);
  endfunction

  logic                     move;
  logic [STAGES:0]          valid;
  logic [NODES*VALUE_W-1:0] value;
  logic [NODES*LANE_W-1:0]  lane;
  logic [PE*VALUE_W-1:0]    wide;

  assign s_axis_tready = move;
  assign busy          = s_axis_tvalid && move;
  assign valid[0]      = s_axis_tvalid;

  if (STAGES > 0) begin : g_valid
    always_ff @(posedge clk) begin
      if (rst) valid[STAGES:1] <= '0;
      else if (move) valid[STAGES:1] <= valid[STAGES-1:0];
    end
  end

  for (genvar n = 0; n < PE; n++) begin : g_lane
    if (IN_SIGNED) begin : g_signed
      assign wide[n*VALUE_W+:VALUE_W] = VALUE_W'($signed(s_axis_tdata[n*IN_W+:IN_W]));
    end else begin : g_unsigned
      assign wide[n*VALUE_W+:VALUE_W] = VALUE_W'(s_axis_tdata[n*IN_W+:IN_W]);
    end
    assign lane[n*LANE_W+:LANE_W] = LANE_W'(n);
  end

  if (HAS_OFFSETS) begin : g_offsets
    logic [PE*VALUE_W-1:0] offset;

    if (BEATS == 1) begin : g_constant
      assign offset = OFFSETS;
    end else begin : g_table
      localparam int     BEAT_W = $clog2(BEATS);
      logic [BEAT_W-1:0] beat;

      always_ff @(posedge clk) begin
        if (rst) beat <= '0;
        else if (busy) beat <= s_axis_tlast || beat == BEAT_W'(BEATS - 1) ? '0 : beat + 1'b1;
      end

      lut_rom #(
        .DEPTH(BEATS),
        .W    (PE * VALUE_W),
        .TABLE(OFFSETS)
      ) u_offsets (
        .addr(beat),
        .word(offset)
      );
    end

    for (genvar n = 0; n < PE; n++) begin : g_sum
      always_ff @(posedge clk) begin
        if (move) begin
          value[n*VALUE_W+:VALUE_W] <= wide[n*VALUE_W+:VALUE_W] + offset[n*VALUE_W+:VALUE_W];
        end
      end
    end
  end else begin : g_plain
    assign value[PE*VALUE_W-1:0] = wide;
  end

  for (genvar l = 0; l < LEVELS; l++) begin : g_level
    for (genvar n = 0; n < size_of(l + 1); n++) begin : g_node
      localparam int A = start_of(l) + 2 * n;
      localparam int B = A + 1;
      localparam int Q = start_of(l + 1) + n;

      if (2 * n + 1 < size_of(l)) begin : g_compare
        logic second;
        assign second = $signed(value[B*VALUE_W+:VALUE_W]) > $signed(value[A*VALUE_W+:VALUE_W]);
        always_ff @(posedge clk) begin
          if (move) begin
            value[Q*VALUE_W+:VALUE_W] <= second ? value[B*VALUE_W+:VALUE_W]
                                                : value[A*VALUE_W+:VALUE_W];
            lane[Q*LANE_W+:LANE_W]    <= second ? lane[B*LANE_W+:LANE_W]
                                                : lane[A*LANE_W+:LANE_W];
          end
        end
      end else begin : g_pass
        always_ff @(posedge clk) begin
          if (move) begin
            value[Q*VALUE_W+:VALUE_W] <= value[A*VALUE_W+:VALUE_W];
            lane[Q*LANE_W+:LANE_W]    <= lane[A*LANE_W+:LANE_W];
          end
        end
      end
    end
  end

  logic [IDX_W-1:0] index;
  logic             done;

  if (BEATS == 1) begin : g_one_beat
    assign done  = valid[STAGES];
    assign index = IDX_W'(lane[(NODES-1)*LANE_W+:LANE_W]);

    logic unused;
    assign unused = &{1'b0, value, s_axis_tlast};
  end else begin : g_beats
    logic [STAGES:0]    last;
    logic [VALUE_W-1:0] top, best;
    logic [IDX_W-1:0]   base;
    logic               fresh, ends;

    assign last[0] = s_axis_tlast;
    if (STAGES > 0) begin : g_last
      always_ff @(posedge clk) begin
        if (move) last[STAGES:1] <= last[STAGES-1:0];
      end
    end

    assign top  = value[(NODES-1)*VALUE_W+:VALUE_W];
    assign ends = last[STAGES] || base == IDX_W'(CLASSES - PE);

    always_ff @(posedge clk) begin
      if (move && valid[STAGES] && (fresh || $signed(top) > $signed(best))) begin
        best  <= top;
        index <= base + IDX_W'(lane[(NODES-1)*LANE_W+:LANE_W]);
      end
      if (rst) begin
        base  <= '0;
        fresh <= 1'b1;
        done  <= 1'b0;
      end else if (move) begin
        done <= valid[STAGES] && ends;
        if (valid[STAGES]) begin
          base  <= ends ? '0 : base + IDX_W'(PE);
          fresh <= ends;
        end
      end
    end
  end

  skid_buffer #(
    .W(IDX_W)
  ) u_skid (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(index),
    .s_axis_tvalid(done),
    .s_axis_tready(move),
    .s_axis_tlast(1'b1),
    .m_axis_tdata(m_axis_tdata),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast)
  );

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
