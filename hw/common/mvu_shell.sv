// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// What every matrix-vector unit has around its datapath: input, steps, start values, and output.
//
// The datapath, which the unit adds, moves while `en` is high; cycles count where it is. `step`
// says which word of weights is due; `data`, W bits of the pixel, come one cycle later. What the
// datapath makes of them is to be at its accumulators DELAY cycles after the step, at least 3: with
// `adding` they take it, on top of `start` if it is the `first` of a pass and else of what they
// hold. `result` is made of the PE accumulators of ACC_W bits alone; it is taken when a pass's last
// step is in them, and offered one cycle later.
//
// A pixel is BEATS beats, gone through PASSES times; it takes BEATS * PASSES cycles, without
// bubbles. The input takes one cycle through a skid_buffer (PASSES = 1), a register (BEATS = 1) or
// a replay_buffer of RING beats (in block RAM with RING_BLOCK), which cut the path of tready. A
// pass ends early at tlast where PASSES = 1. A frame is PIXELS pixels; one that tlast ends early
// ends with that pixel. Kinds of pixels and the layout of START, in LUTs or with START_BLOCK in
// START_FILE, are those of mvu_start. `busy`: a step is made.

`default_nettype none
`include "stream_assert.svh"

module mvu_shell #(
    parameter  int unsigned               W            = 8,
    parameter  int unsigned               OUT_W        = 8,
    parameter  int unsigned               PE           = 2,
    parameter  int unsigned               ACC_W        = 8,
    parameter  int unsigned               BEATS        = 8,
    parameter  int unsigned               PASSES       = 8,
    parameter  int unsigned               DELAY        = 3,
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
    localparam int unsigned               STARTS       = ((KINDS - 1) << $clog2(PASSES)) + PASSES,
    parameter  bit                        START_BLOCK  = 1'b0,
    localparam int unsigned               START_W      = START_BLOCK ? 1 : STARTS * PE * ACC_W,
    parameter  bit [START_W-1:0]          START        = '0,
    parameter                             START_FILE   = "",
    localparam int unsigned               STEPS        = BEATS * PASSES,
    localparam int unsigned               STEP_W       = (STEPS == 1) ? 1 : $clog2(STEPS)
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire  [            W-1:0] s_axis_tdata,
    input  wire                      s_axis_tvalid,
    output logic                     s_axis_tready,
    input  wire                      s_axis_tlast,
    output logic [        OUT_W-1:0] m_axis_tdata,
    output logic                     m_axis_tvalid,
    input  wire                      m_axis_tready,
    output logic                     m_axis_tlast,
    output logic                     busy,
    output logic                     en,
    output logic [       STEP_W-1:0] step,
    output logic [            W-1:0] data,
    output logic                     adding,
    output logic                     first,
    output logic [PE-1:0][ACC_W-1:0] start,
    input  wire  [        OUT_W-1:0] result
);

  logic step_valid;
  logic pass_end;
  logic pixel_end;
  logic cut;
  assign busy = step_valid && en;

  mvu_steps #(
      .W     (W),
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
      .m_data       (data),
      .m_cut        (cut)
  );

  logic opens;
  logic done;
  logic last;
  assign first = opens || BEATS == 1;

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
