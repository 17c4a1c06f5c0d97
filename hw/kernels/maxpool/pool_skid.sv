// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// A skid_buffer with the last maximum before it: two registers that cut the path of tready.
//
// Beat format: of LANES lanes of W bits, signed or not, the larger of x and, if it is kept, of
// `held`; tlast. Latency: 1 cycle, one beat a cycle. Limits: LANES and W at least 1.
//
// A bit's OR, or its choice by what is larger, and the choice between it and the skid register have
// five inputs together, and share a dual_lut where there are LUT6: so the first of them is free.
`default_nettype none
`include "stream_assert.svh"

module pool_skid #(
  parameter int LANES  = 8,
  parameter int W      = 1,
  parameter bit SIGNED = 1'b0
) (
  input  wire                clk,
  input  wire                rst,
  input  wire  [LANES*W-1:0] s_x,
  input  wire  [LANES*W-1:0] s_held,
  input  wire                s_keep,
  input  wire                s_valid,
  output logic               s_ready,
  input  wire                s_last,
  output logic [LANES*W-1:0] m_axis_tdata,
  output logic               m_axis_tvalid,
  input  wire                m_axis_tready,
  output logic               m_axis_tlast
);

  localparam bit IS_OR = W == 1 && !SIGNED;

  logic [LANES*W-1:0] largest, next, skid_data;
  logic [  LANES-1:0] takes;  // `held`, as well as x if they are bits
  logic               skid_last, move;

  assign move = m_axis_tready || !m_axis_tvalid;

  for (genvar n = 0; n < LANES; n++) begin : g_lane
    if (IS_OR) begin : g_bit
      assign takes[n] = s_keep;
    end else begin : g_integer
      pool_larger #(
        .W     (W),
        .SIGNED(SIGNED)
      ) u_larger (
        .x     (s_x[n*W+:W]),
        .held  (s_held[n*W+:W]),
        .keep  (s_keep),
        .larger(takes[n])
      );
    end
  end

`ifdef XNORFLOW_LUT6
  // Inputs {s_ready, skid, takes, held, x}.
  localparam bit [31:0] X       = 32'hAAAA_AAAA & (IS_OR ? 32'hFFFF_FFFF : 32'h0F0F_0F0F);
  localparam bit [31:0] LARGEST = X | (32'hCCCC_CCCC & 32'hF0F0_F0F0);
  localparam bit [31:0] NEXT    = (LARGEST & 32'hFFFF_0000) | (32'hFF00_FF00 & 32'h0000_FFFF);

  for (genvar n = 0; n < LANES * W; n++) begin : g_bit
    dual_lut #(
      .INIT({NEXT, LARGEST})
    ) u_lut (
      .i ({s_ready, skid_data[n], takes[n/W], s_held[n], s_x[n]}),
      .o5(largest[n]),
      .o6(next[n])
    );
  end
`else
  for (genvar n = 0; n < LANES * W; n++) begin : g_bit
    assign largest[n] = takes[n/W] ? s_held[n] || (IS_OR && s_x[n]) : s_x[n];
  end
  assign next = s_ready ? largest : skid_data;
`endif

  // s_ready low means that the skid register holds a beat; it loads whenever it is free.
  always_ff @(posedge clk) begin
    if (s_ready) begin
      skid_data <= largest;
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
