// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Stores vectors of BEATS beats and plays each PASSES times while the next one is being written.
//
// A ring of DEPTH beats, at least BEATS. Room is given back beat by beat in the last pass, so that
// a neighbour that has beats ready loses no cycle even with DEPTH = BEATS; one that makes them
// evenly needs 2 * BEATS. A step is a beat of a pass: it can be made in the cycle after the beat
// was written, and its data come in the cycle after the step. A vector that tlast ends early is
// filled up with beats of no meaning, so that the next one starts in its place. CUTS stores beside
// each beat whether tlast has been seen in its vector. BLOCK puts the ring into block RAM.

`default_nettype none

module replay_buffer #(
    parameter  int unsigned W      = 8,
    parameter  int unsigned BEATS  = 8,
    parameter  int unsigned PASSES = 8,
    parameter  int unsigned DEPTH  = 32,
    parameter  bit          CUTS   = 1'b0,
    parameter  bit          BLOCK  = 1'b0,
    localparam int unsigned STEPS  = BEATS * PASSES,
    localparam int unsigned STEP_W = $clog2(STEPS)
) (
    input  wire               clk,
    input  wire               rst,
    input  wire  [     W-1:0] s_axis_tdata,
    input  wire               s_axis_tvalid,
    output logic              s_axis_tready,
    input  wire               s_axis_tlast,
    output logic [STEP_W-1:0] m_step,         // pass * BEATS + beat
    output logic              m_valid,
    input  wire               m_ready,
    output logic              m_pass_end,     // last beat of a pass
    output logic              m_pixel_end,    // last beat of the last pass
    output logic [     W-1:0] m_data,         // of the last step
    output logic              m_cut           // with the last beat: tlast was seen in this vector
);

  if (PASSES < 2 || DEPTH < BEATS || DEPTH < 4) begin : g_check
    $error("replay_buffer: PASSES must be at least 2, and DEPTH at least BEATS and 4");
  end

  localparam int unsigned BEAT_W = (BEATS == 1) ? 1 : $clog2(BEATS);
  localparam int unsigned PTR_W  = $clog2(DEPTH);
  localparam int unsigned WORD_W = CUTS ? W + 1 : W;

  // Three places in the ring: free_at is the oldest beat that is still needed, in all passes but
  // the last the beginning of the vector.
  logic [PTR_W:0] write_at;
  logic [PTR_W:0] read_at;
  logic [PTR_W:0] free_at;

  logic [BEAT_W-1:0] write_beat;
  logic              filling;
  logic              room;
  logic              write;
  logic              read;
  logic              first_pass;
  logic              last_pass;

  assign room          = write_at != {~free_at[PTR_W], free_at[PTR_W-1:0]};
  assign s_axis_tready = room && !filling;
  assign write         = room && (s_axis_tvalid || filling);

  always_ff @(posedge clk) begin
    if (rst) begin
      write_beat <= '0;
      filling    <= 1'b0;
    end else if (write) begin
      write_beat <= (write_beat == BEAT_W'(BEATS - 1)) ? '0 : write_beat + BEAT_W'(1);
      filling    <= (filling || s_axis_tlast) && write_beat != BEAT_W'(BEATS - 1);
    end
  end

  assign m_valid     = !first_pass || read_at != write_at;
  assign m_pixel_end = m_pass_end && last_pass;
  assign read        = m_valid && m_ready;

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

  always_ff @(posedge clk) begin
    if (rst) begin
      m_step     <= '0;
      first_pass <= 1'b1;
    end else if (read) begin
      m_step <= m_pixel_end ? '0 : m_step + STEP_W'(1);
      if (m_pass_end) first_pass <= last_pass;
    end
  end

  if (PASSES == 2) begin : g_two_passes
    assign last_pass = !first_pass;
  end else begin : g_more_passes
    always_ff @(posedge clk) begin
      if (rst) last_pass <= 1'b0;
      else if (read && m_pass_end) last_pass <= m_step == STEP_W'(STEPS - BEATS - 1);
    end
  end

  replay_pointer #(
      .DEPTH(DEPTH)
  ) u_write (
      .clk (clk),
      .rst (rst),
      .step(write),
      .jump(1'b0),
      .from('0),
      .at  (write_at)
  );
  replay_pointer #(
      .DEPTH(DEPTH)
  ) u_free (
      .clk (clk),
      .rst (rst),
      .step(read && last_pass),
      .jump(1'b0),
      .from('0),
      .at  (free_at)
  );
  replay_pointer #(
      .DEPTH(DEPTH)
  ) u_read (
      .clk (clk),
      .rst (rst),
      .step(read),
      .jump(m_pass_end && !last_pass),
      .from(free_at),
      .at  (read_at)
  );

  logic [WORD_W-1:0] into;
  logic [WORD_W-1:0] word;
  if (CUTS) begin : g_cuts
    assign into            = {filling || s_axis_tlast, s_axis_tdata};
    assign {m_cut, m_data} = word;
  end else begin : g_no_cuts
    assign into   = s_axis_tdata;
    assign m_cut  = 1'b0;
    assign m_data = word;
  end

  if (BLOCK) begin : g_block
    (* ram_style = "block" *) logic [WORD_W-1:0] ring[DEPTH];
    always_ff @(posedge clk) begin
      if (write) ring[write_at[PTR_W-1:0]] <= into;
      if (m_ready) word <= ring[read_at[PTR_W-1:0]];
    end
  end else begin : g_distributed
    (* ram_style = "distributed" *) logic [WORD_W-1:0] ring[DEPTH];
    always_ff @(posedge clk) begin
      if (write) ring[write_at[PTR_W-1:0]] <= into;
      if (m_ready) word <= ring[read_at[PTR_W-1:0]];
    end
  end

endmodule

`default_nettype wire
