// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Output of a pipeline that makes a beat of each beat it takes: a skid buffer, DELAY cycles later.
//
// s_axis is the pipeline's input but for `result`, which comes DELAY cycles in which s_axis_tready
// is high behind its beat. While the skid buffer has no room, all that is under way waits: the
// pipeline must move only where s_axis_tready is high.
// Latency: 1 cycle more than DELAY.
`default_nettype none

module late_skid #(
  parameter int W     = 8,
  parameter int DELAY = 1
) (
  input  wire          clk,
  input  wire          rst,
  input  wire  [W-1:0] result,
  input  wire          s_axis_tvalid,
  output logic         s_axis_tready,
  input  wire          s_axis_tlast,
  output logic [W-1:0] m_axis_tdata,
  output logic         m_axis_tvalid,
  input  wire          m_axis_tready,
  output logic         m_axis_tlast
);

  logic result_valid, result_last;
  if (DELAY == 0) begin : g_at_once
    assign result_valid = s_axis_tvalid;
    assign result_last  = s_axis_tlast;
  end else begin : g_delay
    logic [DELAY-1:0] valid;
    logic [DELAY-1:0] last;
    always_ff @(posedge clk) begin
      if (rst) valid <= '0;
      else if (s_axis_tready) valid <= DELAY'({valid, s_axis_tvalid});
      if (s_axis_tready) last <= DELAY'({last, s_axis_tlast});
    end
    assign result_valid = valid[DELAY-1];
    assign result_last  = last[DELAY-1];
  end

  skid_buffer #(
    .W(W)
  ) u_skid (
    .clk          (clk),
    .rst          (rst),
    .s_axis_tdata (result),
    .s_axis_tvalid(result_valid),
    .s_axis_tready(s_axis_tready),
    .s_axis_tlast (result_last),
    .m_axis_tdata (m_axis_tdata),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast (m_axis_tlast)
  );

endmodule

`default_nettype wire
