// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Changes the number of lanes a beat, by any ratio, without bubbles.
//
// Beat format: IN_LANES x BITS in, OUT_LANES x BITS out, lane 0 in the low bits.
// Cycles: the side with more beats moves one a cycle. Latency: 1 cycle from the beat that completes
// an output beat being offered. A beat wider than the output is accepted with its last use.
// Limits: a frame is a multiple of both lane counts; IN_LANES != OUT_LANES. A frame cut short ends
// in a beat with tlast whose lanes past the cut are meaningless.
//
// Lanes are handled in units of the greatest common divisor: IN units in, OUT units out a beat.
// `window` is the incoming beat above the last OUT - 1 units accepted before it, and every output
// beat is the OUT units of some window that start at unit `start`. Where the output is narrower, no
// more is stored: the source itself holds the beat until its last unit has been used.
`default_nettype none
`include "stream_assert.svh"

module width_converter #(
  parameter int BITS      = 1,
  parameter int IN_LANES  = 2,
  parameter int OUT_LANES = 3
) (
  input  wire                       clk,
  input  wire                       rst,
  input  wire  [IN_LANES*BITS-1:0]  s_axis_tdata,
  input  wire                       s_axis_tvalid,
  output logic                      s_axis_tready,
  input  wire                       s_axis_tlast,
  output logic [OUT_LANES*BITS-1:0] m_axis_tdata,
  output logic                      m_axis_tvalid,
  input  wire                       m_axis_tready,
  output logic                      m_axis_tlast
);

  function automatic int gcd(input int a, input int b);
    int x, y, t;
    x = a;
    y = b;
    while (y != 0) begin
      t = x % y;
      x = y;
      y = t;
    end
    gcd = x;
  endfunction

  localparam int UNIT  = gcd(IN_LANES, OUT_LANES) * BITS;
  localparam int IN    = IN_LANES * BITS / UNIT;
  localparam int OUT   = OUT_LANES * BITS / UNIT;
  localparam int OUT_W = OUT * UNIT;
  localparam int PAST  = (OUT - 1) * UNIT;
  localparam int S     = $clog2(IN > OUT ? IN : OUT);
  localparam int SEL   = $clog2(IN);

  if (BITS < 1 || IN_LANES < 1 || OUT_LANES < 1 || IN_LANES == OUT_LANES) begin : g_check
    $error("width_converter: BITS and lanes must be at least 1, IN_LANES unlike OUT_LANES");
  end

  localparam logic [S-1:0] FIRST = S'(OUT - 1);

  logic [IN*UNIT+PAST-1:0] window, shifted;
  logic [S-1:0]            start;
  logic                    accept;   // the incoming beat is used up
  logic                    complete; // an output beat ends in the incoming beat
  logic                    step;

  if (OUT == 1) begin : g_no_past
    assign window = s_axis_tdata;
  end else begin : g_past
    logic [PAST-1:0] past;
    assign window = {s_axis_tdata, past};
    always_ff @(posedge clk) begin
      if (step && accept) begin
        past <= window[IN*UNIT+:PAST];
      end
    end
  end

  if (IN == 1) begin : g_aligned
    assign shifted = window;
  end else begin : g_shift
    always_comb begin
      shifted = window;
      for (int b = SEL - 1; b >= 0; b--) begin
        if (start[b]) shifted = shifted >> ((1 << b) * UNIT);
      end
    end
  end

  if (IN > OUT) begin : g_narrower
    assign accept   = start >= S'(IN - OUT);
    assign complete = 1'b1;
    always_ff @(posedge clk) begin
      if (rst || (step && accept && s_axis_tlast)) start <= FIRST;
      else if (step) start <= start + (accept ? S'(OUT - IN) : S'(OUT));
    end
  end else begin : g_wider
    assign accept   = 1'b1;
    assign complete = start < S'(IN);
    always_ff @(posedge clk) begin
      if (rst || (step && s_axis_tlast)) start <= FIRST;
      else if (step) start <= start + (complete ? S'(OUT - IN) : S'(-IN));
    end
  end

  if (OUT >= 2 * IN) begin : g_register
    // Outputs never complete in consecutive cycles, so a single register does: a beat that would
    // complete an output waits until it is empty. A frame cut short has tlast in a beat that
    // completes none; `flush` then ends it.
    logic flush, load;

    assign s_axis_tready = !flush && !(m_axis_tvalid && complete);
    assign step          = s_axis_tvalid && s_axis_tready;
    assign load          = flush ? !m_axis_tvalid : step && complete;

    always_ff @(posedge clk) begin
      if (load) begin
        m_axis_tdata <= shifted[OUT_W-1:0];
        m_axis_tlast <= flush || s_axis_tlast;
      end
      if (rst) begin
        flush         <= 1'b0;
        m_axis_tvalid <= 1'b0;
      end else begin
        flush         <= flush ? m_axis_tvalid : step && s_axis_tlast && !complete;
        m_axis_tvalid <= load || (m_axis_tvalid && !m_axis_tready);
      end
    end

    `XNORFLOW_ASSERT_STREAM(s_axis)
    `XNORFLOW_ASSERT_STREAM(m_axis)

  end else begin : g_skid
    logic ready;

    assign step          = s_axis_tvalid && ready;
    assign s_axis_tready = accept && ready;

    skid_buffer #(
      .W(OUT_W)
    ) u_skid (
      .clk(clk),
      .rst(rst),
      .s_axis_tdata(shifted[OUT_W-1:0]),
      .s_axis_tvalid(s_axis_tvalid && (complete || s_axis_tlast)),
      .s_axis_tready(ready),
      .s_axis_tlast(s_axis_tlast && accept),
      .m_axis_tdata(m_axis_tdata),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready),
      .m_axis_tlast(m_axis_tlast)
    );
  end

endmodule

`default_nettype wire
