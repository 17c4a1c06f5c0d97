// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Stores frames of BEATS beats and plays each PASSES times while the next one is being written.
//
// A ring of DEPTH beats, at least 2 * BEATS, so that a whole frame waits while the one before is
// replayed: that makes a fifo in front unnecessary. Room is given back beat by beat in the last
// pass. A beat can be read in the cycle after it was written. A frame that tlast ends early is
// filled up with beats of no meaning, so that the next one starts in its place.

`default_nettype none

module replay_buffer #(
    parameter  int unsigned W      = 8,
    parameter  int unsigned BEATS  = 8,
    parameter  int unsigned PASSES = 8,
    parameter  int unsigned DEPTH  = 32,
    localparam int unsigned PTR_W  = $clog2(DEPTH),
    localparam int unsigned STEPS  = BEATS * PASSES,
    localparam int unsigned STEP_W = $clog2(STEPS)
) (
    input  wire               clk,
    input  wire               rst,
    input  wire  [     W-1:0] s_axis_tdata,
    input  wire               s_axis_tvalid,
    output logic              s_axis_tready,
    input  wire               s_axis_tlast,
    output logic [     W-1:0] m_data,
    output logic [STEP_W-1:0] m_step,        // pass * BEATS + beat
    output logic              m_valid,
    input  wire               m_ready,
    output logic              m_pass_end,    // last beat of a pass
    output logic              m_frame_end    // last beat of the last pass
);

  if (PASSES < 2 || DEPTH < 2 * BEATS || (1 << PTR_W) != DEPTH) begin : g_check
    $error("replay_buffer: PASSES must be at least 2, DEPTH a power of two and 2 * BEATS or more");
  end

  localparam int unsigned BEAT_W = (BEATS == 1) ? 1 : $clog2(BEATS);
  localparam int unsigned CNT_W  = PTR_W + 1;

  (* ram_style = "distributed" *) logic [W-1:0] ring[DEPTH];

  logic [ CNT_W-1:0] write_at;  // with a bit that tells a full ring from an empty one
  logic [BEAT_W-1:0] write_beat;
  logic              filling;
  logic              room;
  logic              write;

  logic [ CNT_W-1:0] read_at;
  logic [ CNT_W-1:0] next_at;
  logic [ CNT_W-1:0] frame_at;
  logic              read;
  logic              first_pass;
  logic              last_pass;
  logic              give_back;
  logic [ CNT_W-1:0] stored;  // beats written and not yet read for the last time

  assign room          = stored != CNT_W'(DEPTH);
  assign s_axis_tready = room && !filling;
  assign write         = room && (s_axis_tvalid || filling);

  always_ff @(posedge clk) begin
    if (write) ring[write_at[PTR_W-1:0]] <= s_axis_tdata;
    if (rst) begin
      write_at   <= '0;
      write_beat <= '0;
      filling    <= 1'b0;
    end else if (write) begin
      write_at   <= write_at + CNT_W'(1);
      write_beat <= (write_beat == BEAT_W'(BEATS - 1)) ? '0 : write_beat + BEAT_W'(1);
      filling    <= (filling || s_axis_tlast) && write_beat != BEAT_W'(BEATS - 1);
    end
  end

  if ((1 << BEAT_W) == BEATS) begin : g_power_of_two
    assign m_pass_end = &m_step[BEAT_W-1:0];
  end else if (BEATS == 1) begin : g_one
    assign m_pass_end = 1'b1;
  end else begin : g_counted
    logic [BEAT_W-1:0] read_beat;
    assign m_pass_end = read_beat == BEAT_W'(BEATS - 1);
    always_ff @(posedge clk) begin
      if (rst) read_beat <= '0;
      else if (read) read_beat <= m_pass_end ? '0 : read_beat + BEAT_W'(1);
    end
  end

  assign m_data      = ring[read_at[PTR_W-1:0]];
  assign m_valid     = !first_pass || read_at != write_at;
  assign m_frame_end = m_step == STEP_W'(STEPS - 1);
  assign last_pass   = m_step >= STEP_W'(STEPS - BEATS);
  assign read        = m_valid && m_ready;
  assign next_at     = read_at + CNT_W'(1);
  assign give_back   = read && last_pass;

  always_ff @(posedge clk) begin
    if (rst) begin
      m_step     <= '0;
      read_at    <= '0;
      frame_at   <= '0;
      first_pass <= 1'b1;
      stored     <= '0;
    end else begin
      if (read) begin
        m_step     <= m_frame_end ? '0 : m_step + STEP_W'(1);
        read_at    <= (m_pass_end && !last_pass) ? frame_at : next_at;
        first_pass <= m_pass_end ? m_frame_end : first_pass;
        if (m_frame_end) frame_at <= next_at;
      end
      if (write != give_back) stored <= stored + (write ? CNT_W'(1) : '1);
    end
  end

endmodule

`default_nettype wire
