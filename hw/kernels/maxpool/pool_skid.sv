// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// A skid_buffer with the last OR before it: two registers that cut the path of tready.
//
// Beat format: W bits of x, and of `held` if it is kept, ORed; tlast. Latency: 1 cycle, one beat a
// cycle. Limits: W >= 1.
//
// A bit's OR and the choice between it and the skid register have five inputs together, and share
// a dual_lut where there are LUT6: so the OR is free.
`default_nettype none
`include "stream_assert.svh"

module pool_skid #(
  parameter int W = 8
) (
  input  wire          clk,
  input  wire          rst,
  input  wire  [W-1:0] s_x,
  input  wire  [W-1:0] s_held,
  input  wire          s_keep,
  input  wire          s_valid,
  output logic         s_ready,
  input  wire          s_last,
  output logic [W-1:0] m_axis_tdata,
  output logic         m_axis_tvalid,
  input  wire          m_axis_tready,
  output logic         m_axis_tlast
);

  logic [W-1:0] sum, next, skid_data;
  logic         skid_last, move;

  assign move = m_axis_tready || !m_axis_tvalid;

`ifdef XNORFLOW_LUT6
  // Inputs {s_ready, skid, keep, held, x}.
  localparam bit [31:0] SUM  = 32'hAAAA_AAAA | (32'hCCCC_CCCC & 32'hF0F0_F0F0);
  localparam bit [31:0] NEXT = (SUM & 32'hFFFF_0000) | (32'hFF00_FF00 & 32'h0000_FFFF);

  for (genvar n = 0; n < W; n++) begin : g_bit
    dual_lut #(
      .INIT({NEXT, SUM})
    ) u_lut (
      .i ({s_ready, skid_data[n], s_keep, s_held[n], s_x[n]}),
      .o5(sum[n]),
      .o6(next[n])
    );
  end
`else
  assign sum  = s_x | (s_held & {W{s_keep}});
  assign next = s_ready ? sum : skid_data;
`endif

  // s_ready low means that the skid register holds a beat; it loads whenever it is free.
  always_ff @(posedge clk) begin
    if (s_ready) begin
      skid_data <= sum;
      skid_last <= s_last;
    end
    if (move) begin
      m_axis_tdata <= next;
      m_axis_tlast <= s_ready ? s_last : skid_last;
    end
    if (rst) begin
      m_axis_tvalid <= 1'b0;
      s_ready       <= 1'b1;
    end else begin
      m_axis_tvalid <= s_valid || !s_ready || !move;
      s_ready       <= move || (s_ready && !s_valid);
    end
  end

  `XNORFLOW_ASSERT_STREAM(m_axis)

endmodule

`default_nettype wire
