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

  logic [IN*UNIT+PAST-1:0] window;
  logic [OUT_W-1:0]        shifted;
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

  // The window is shifted by `start` units, by multiples of the most units first, so that ever fewer
  // of them are left to shift. A stage takes two bits of `start`; the first one may have but one. The
  // lowest bit is left to the LUTs of a skid buffer, if there is one.
  localparam int LOWEST = OUT >= 2 * IN ? 0 : 1;
  localparam int STAGES = SEL > LOWEST ? (SEL - LOWEST + 1) / 2 : 0;

  function automatic int least(input int a, input int b);
    least = a < b ? a : b;
  endfunction

  // Units that are left after so many stages.
  function automatic int units_after(input int stages);
    units_after = IN + OUT - 1;
    if (stages > 0) units_after = least(units_after, OUT - 1 + (1 << (LOWEST + 2 * (STAGES - stages))));
  endfunction

  for (genvar k = 0; k <= STAGES; k++) begin : g_stage
    localparam int UNITS = units_after(k);

    logic [UNITS*UNIT-1:0] left;
    if (k == 0) begin : g_window
      assign left = window;
    end else begin : g_shift
      localparam int BIT    = LOWEST + 2 * (STAGES - k);
      localparam int FROM   = units_after(k - 1);
      localparam int CHOSEN = least(UNITS, FROM - (1 << BIT)); // the others are not shifted
      localparam int W      = CHOSEN * UNIT;

      logic [FROM*UNIT-1:0] from;
      logic [W-1:0]         chosen;
      assign from = g_stage[k-1].left;
      if (BIT + 1 < SEL) begin : g_two
        logic [4*W-1:0] words;
        for (genvar n = 0; n < 4; n++) begin : g_word
          assign words[n*W+:W] = W'(from >> ((n << BIT) * UNIT));
        end
        quad_mux #(
          .W(W)
        ) u_mux (
          .words (words),
          .choice(start[BIT+:2]),
          .q     (chosen)
        );
      end else begin : g_one
        logic [W-1:0] moved;
        assign moved = W'(from >> ((1 << BIT) * UNIT));
        dual_mux #(
          .W(W)
        ) u_mux (
          .zero  (from[W-1:0]),
          .one   (moved),
          .choice(start[BIT]),
          .q     (chosen)
        );
      end
      if (CHOSEN < UNITS) begin : g_rest
        assign left = {from[UNITS*UNIT-1:W], chosen};
      end else begin : g_all
        assign left = chosen;
      end
    end
  end

  if (IN == 1 || LOWEST == 0) begin : g_shifted
    assign shifted = g_stage[STAGES].left;
  end else begin : g_last_shift
    assign shifted = start[0] ? g_stage[STAGES].left[UNIT+:OUT_W] : g_stage[STAGES].left[OUT_W-1:0];
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
        m_axis_tdata <= shifted;
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
      .s_axis_tdata(shifted),
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
