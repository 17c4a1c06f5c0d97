// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Input side of a matrix-vector unit: one word of activations for each step of a pass.
//
// s_axis brings vectors (pixels) of BEATS beats; each is gone through PASSES times, by a
// replay_buffer or, if it is one beat, from a register; or once, behind a skid_buffer. All of these
// cut the path of tready. A step is made in a cycle with m_valid and m_ready; its data come in the
// cycle after the next edge with m_ready. A pixel that tlast ends early is filled up (PASSES > 1)
// or ends there. DEPTH and BLOCK are the replay buffer's; CUTS says that m_cut is needed.

`default_nettype none

module mvu_steps #(
    parameter  int unsigned W      = 8,
    parameter  int unsigned BEATS  = 8,
    parameter  int unsigned PASSES = 8,
    parameter  int unsigned DEPTH  = 32,
    parameter  bit          CUTS   = 1'b0,
    parameter  bit          BLOCK  = 1'b0,
    localparam int unsigned STEPS  = BEATS * PASSES,
    localparam int unsigned STEP_W = (STEPS == 1) ? 1 : $clog2(STEPS)
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
    output logic              m_pass_end,     // last step of a pass
    output logic              m_pixel_end,    // last step of the last pass
    output logic [     W-1:0] m_data,         // of the last step
    output logic              m_cut           // with the last step of a pixel: it had a tlast
);

  if (PASSES > 1 && BEATS == 1) begin : g_hold
    // m_data holds a pixel through its passes, while the next one comes in. It leaves its place
    // free for a cycle then, which another pass hides.
    logic [W-1:0] next;
    logic         next_last;
    logic         begins;
    assign m_pass_end  = 1'b1;
    assign m_pixel_end = m_step == STEP_W'(PASSES - 1);
    assign m_valid     = m_step != '0 || !s_axis_tready;
    assign begins      = m_step == '0 && !s_axis_tready && m_ready;

    always_ff @(posedge clk) begin
      if (s_axis_tready) begin
        next      <= s_axis_tdata;
        next_last <= s_axis_tlast;
      end
      if (begins) begin
        m_data <= next;
        m_cut  <= CUTS && next_last;
      end
      if (rst) s_axis_tready <= 1'b1;
      else s_axis_tready <= begins || (s_axis_tready && !s_axis_tvalid);
      if (rst || (m_ready && m_pixel_end)) m_step <= '0;
      else if (m_ready && m_valid) m_step <= m_step + STEP_W'(1);
    end
  end else if (PASSES > 1) begin : g_replay
    replay_buffer #(
        .W     (W),
        .BEATS (BEATS),
        .PASSES(PASSES),
        .DEPTH (DEPTH),
        .CUTS  (CUTS),
        .BLOCK (BLOCK)
    ) u_replay (
        .clk          (clk),
        .rst          (rst),
        .s_axis_tdata (s_axis_tdata),
        .s_axis_tvalid(s_axis_tvalid),
        .s_axis_tready(s_axis_tready),
        .s_axis_tlast (s_axis_tlast),
        .m_step       (m_step),
        .m_valid      (m_valid),
        .m_ready      (m_ready),
        .m_pass_end   (m_pass_end),
        .m_pixel_end  (m_pixel_end),
        .m_data       (m_data),
        .m_cut        (m_cut)
    );
  end else begin : g_stream
    logic [W-1:0] data;
    logic         last;
    skid_buffer #(
        .W(W)
    ) u_skid (
        .clk          (clk),
        .rst          (rst),
        .s_axis_tdata (s_axis_tdata),
        .s_axis_tvalid(s_axis_tvalid),
        .s_axis_tready(s_axis_tready),
        .s_axis_tlast (s_axis_tlast),
        .m_axis_tdata (data),
        .m_axis_tvalid(m_valid),
        .m_axis_tready(m_ready),
        .m_axis_tlast (last)
    );
    always_ff @(posedge clk) begin
      if (m_ready) begin
        m_data <= data;
        m_cut  <= CUTS && last;
      end
    end
    assign m_pixel_end = m_pass_end;
    if (BEATS > 1) begin : g_beats
      assign m_pass_end = last || m_step == STEP_W'(BEATS - 1);
      always_ff @(posedge clk) begin
        if (rst) m_step <= '0;
        else if (m_valid && m_ready) m_step <= m_pass_end ? '0 : m_step + STEP_W'(1);
      end
    end else begin : g_beat
      assign m_pass_end = 1'b1;
      assign m_step     = '0;
    end
  end

endmodule

`default_nettype wire
