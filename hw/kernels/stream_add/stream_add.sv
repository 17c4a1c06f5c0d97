// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Adds two streams, element by element, each times a constant.
//
// Beat format: in, two streams side by side in the bits of s_axis, `a` in the low bits: PE lanes of
// A_W bits, and PE of B_W bits, each signed, unsigned or binary, 0 for -1 and 1 for +1; out, PE lanes
// of OUT_W bits, two's complement wherever a sum may be below 0.
// Cycles: one beat of both a cycle. Latency: 1 cycle from when both are offered.
// Limits: SUM_W holds every sum, and is wider than A_W and B_W; a binary lane has 1 bit. With
// SATURATES, a sum becomes the nearest that OUT_W bits hold, OUT_SIGNED or not, fewer than SUM_W,
// whose highest is the sign; else OUT_W is SUM_W.
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
  parameter int OUT_W    = 9,
  parameter int A_FACTOR = 1,
  parameter int B_FACTOR = 1,
  parameter bit SATURATES = 1'b0,
  parameter bit OUT_SIGNED = 1'b0,
  parameter int SUM_W    = OUT_W
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

  if (PE < 1 || A_W < 1 || B_W < 1 || SUM_W <= A_W || SUM_W <= B_W) begin : g_check
    $error("stream_add: PE, A_W and B_W must be at least 1, and SUM_W wider than both");
  end
  if (SATURATES ? OUT_W < 1 || OUT_W >= SUM_W : OUT_W != SUM_W) begin : g_check_sums
    $error("stream_add: OUT_W must be SUM_W, or narrower with SATURATES");
  end
  if ((A_BIPOLAR && A_W != 1) || (B_BIPOLAR && B_W != 1)) begin : g_check_binary
    $error("stream_add: binary lanes must have 1 bit");
  end

  // Sums of bits are -2, 0 or 2: their lowest bit is not stored. Of a sum that saturates, what
  // says how is stored, and the choice is made behind the buffer.
  localparam bit ONES     = A_FACTOR == 1 && B_FACTOR == 1;
  localparam bit BITS     = A_BIPOLAR && B_BIPOLAR && ONES && !SATURATES;
  localparam bit NEGATIVE = A_SIGNED || A_BIPOLAR || B_SIGNED || B_BIPOLAR;
  localparam int LOW_W    = OUT_SIGNED ? OUT_W - 1 : OUT_W;
  localparam int CLAMP_W  = LOW_W + (SUM_W - 1 > LOW_W ? 1 : 0) + (NEGATIVE ? 1 : 0);
  localparam int KEPT_W   = BITS ? 2 : SATURATES ? CLAMP_W : OUT_W;

  logic [  PE*A_W-1:0] a_tdata;
  logic [  PE*B_W-1:0] b_tdata;
  logic                a_tvalid, b_tvalid;
  logic                a_tready, b_tready;
  logic                a_tlast, b_tlast;
  logic [         1:0] drops;
  logic                room;
  logic [PE*KEPT_W-1:0] sums;
  logic [PE*KEPT_W-1:0] held;

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
      assign sums[n*KEPT_W+:KEPT_W] = KEPT_W'({!(a[0] | b[0]), a[0] ~^ b[0]});
      assign m_axis_tdata[n*OUT_W+:OUT_W] = OUT_W'(signed'({held[n*KEPT_W+:KEPT_W], 1'b0}));
    end else begin : g_integers
      logic [SUM_W-1:0] x, y, sum;
      stream_add_operand #(
        .W      (A_W),
        .SIGNED (A_SIGNED),
        .BIPOLAR(A_BIPOLAR),
        .FACTOR (A_FACTOR),
        .OUT_W  (SUM_W)
      ) u_a (
        .stored(a),
        .number(x)
      );
      stream_add_operand #(
        .W      (B_W),
        .SIGNED (B_SIGNED),
        .BIPOLAR(B_BIPOLAR),
        .FACTOR (B_FACTOR),
        .OUT_W  (SUM_W)
      ) u_b (
        .stored(b),
        .number(y)
      );
      assign sum = x + y;
      if (!SATURATES) begin : g_whole
        assign sums[n*KEPT_W+:KEPT_W]       = sum;
        assign m_axis_tdata[n*OUT_W+:OUT_W] = held[n*KEPT_W+:KEPT_W];
      end else begin : g_clamped
        stream_add_clamp #(
          .W       (SUM_W),
          .NEGATIVE(NEGATIVE),
          .OUT_W   (OUT_W),
          .SIGNED  (OUT_SIGNED),
          .KEPT_W  (KEPT_W)
        ) u_clamp (
          .sum    (sum),
          .kept   (sums[n*KEPT_W+:KEPT_W]),
          .held   (held[n*KEPT_W+:KEPT_W]),
          .clamped(m_axis_tdata[n*OUT_W+:OUT_W])
        );
      end
    end
  end

  skid_buffer #(
    .W(PE * KEPT_W)
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
