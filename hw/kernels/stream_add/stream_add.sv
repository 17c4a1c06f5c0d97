// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Adds two streams, element by element.
//
// Beat format: in, two streams side by side in the bits of s_axis, `a` in the low bits: PE lanes of
// A_W bits, and PE of B_W bits, each signed, unsigned or binary, 0 for -1 and 1 for +1; out, PE lanes
// of OUT_W bits, two's complement wherever a sum may be below 0.
// Cycles: one beat of both a cycle. Latency: 1 cycle from when both are offered.
// Limits: OUT_W holds every sum, and is wider than A_W and B_W; a binary lane has 1 bit.
//
// A beat of one stream is accepted together with one of the other. Where only one of both has
// tlast, a frame was cut short: so is the sum's, and what is left of the other one's is dropped.
`default_nettype none
`include "stream_assert.svh"

module stream_add #(
  parameter int PE       = 1,
  parameter int A_W      = 8,
  parameter bit A_SIGNED = 1'b0,
  parameter bit A_BIPOLAR = 1'b0,
  parameter int B_W      = 8,
  parameter bit B_SIGNED = 1'b0,
  parameter bit B_BIPOLAR = 1'b0,
  parameter int OUT_W    = 9
) (
  input  wire                     clk,
  input  wire                     rst,
  input  wire  [PE*(A_W+B_W)-1:0] s_axis_tdata,
  input  wire  [             1:0] s_axis_tvalid,
  output logic [             1:0] s_axis_tready,
  input  wire  [             1:0] s_axis_tlast,
  output logic [    PE*OUT_W-1:0] m_axis_tdata,
  output logic                    m_axis_tvalid,
  input  wire                     m_axis_tready,
  output logic                    m_axis_tlast,
  output logic                    busy
);

  if (PE < 1 || A_W < 1 || B_W < 1 || OUT_W <= A_W || OUT_W <= B_W) begin : g_check
    $error("stream_add: PE, A_W and B_W must be at least 1, and OUT_W wider than both");
  end
  if ((A_BIPOLAR && A_W != 1) || (B_BIPOLAR && B_W != 1)) begin : g_check_binary
    $error("stream_add: binary lanes must have 1 bit");
  end

  // Sums of bits are -2, 0 or 2: their lowest bit is not stored.
  localparam bit BITS  = A_BIPOLAR && B_BIPOLAR;
  localparam int SUM_W = BITS ? 2 : OUT_W;

  logic [  PE*A_W-1:0] a_tdata;
  logic [  PE*B_W-1:0] b_tdata;
  logic                a_tvalid, b_tvalid;
  logic                a_tready, b_tready;
  logic                a_tlast, b_tlast;
  logic [         1:0] drops;
  logic                room;
  logic [PE*SUM_W-1:0] sums;
  logic [PE*SUM_W-1:0] held;

  assign {b_tdata, a_tdata}   = s_axis_tdata;
  assign {b_tvalid, a_tvalid} = s_axis_tvalid;
  assign {b_tready, a_tready} = s_axis_tready;
  assign {b_tlast, a_tlast}   = s_axis_tlast;

  assign busy          = room && a_tvalid && b_tvalid && drops == '0;
  assign s_axis_tready = drops | {2{busy}};

  always_ff @(posedge clk) begin
    if (rst) drops <= '0;
    else if (busy) drops <= ~s_axis_tlast & {a_tlast, b_tlast};
    else drops <= drops & ~(s_axis_tvalid & s_axis_tlast);
  end

  for (genvar n = 0; n < PE; n++) begin : g_lane
    wire [A_W-1:0] a = a_tdata[n*A_W+:A_W];
    wire [B_W-1:0] b = b_tdata[n*B_W+:B_W];
    if (BITS) begin : g_bits
      assign sums[n*SUM_W+:SUM_W] = SUM_W'({!(a[0] | b[0]), a[0] ~^ b[0]});
      assign m_axis_tdata[n*OUT_W+:OUT_W] = OUT_W'(signed'({held[n*SUM_W+:SUM_W], 1'b0}));
    end else begin : g_integers
      logic [OUT_W-1:0] x, y;
      if (A_BIPOLAR) begin : g_a_bit
        assign x = {{(OUT_W - 1) {!a[0]}}, 1'b1};
      end else begin : g_a
        assign x = {{(OUT_W - A_W) {A_SIGNED && a[A_W-1]}}, a};
      end
      if (B_BIPOLAR) begin : g_b_bit
        assign y = {{(OUT_W - 1) {!b[0]}}, 1'b1};
      end else begin : g_b
        assign y = {{(OUT_W - B_W) {B_SIGNED && b[B_W-1]}}, b};
      end
      assign sums[n*SUM_W+:SUM_W] = x + y;
      assign m_axis_tdata[n*OUT_W+:OUT_W] = held[n*SUM_W+:SUM_W];
    end
  end

  skid_buffer #(
    .W(PE * SUM_W)
  ) u_skid (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(sums),
    .s_axis_tvalid(busy),
    .s_axis_tready(room),
    .s_axis_tlast(a_tlast || b_tlast),
    .m_axis_tdata(held),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast)
  );

  `XNORFLOW_ASSERT_STREAM(a)
  `XNORFLOW_ASSERT_STREAM(b)

endmodule

`default_nettype wire
