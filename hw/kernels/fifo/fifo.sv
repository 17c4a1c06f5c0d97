// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// First-in first-out buffer that holds exactly DEPTH beats.
//
// Beat format: W bits of tdata and tlast, passed on unchanged.
// Cycles: one beat a cycle for DEPTH >= 2, one every two cycles for DEPTH 1.
// Latency: 1 cycle for DEPTH 1 and 2, else 2 cycles.
// Limits: W >= 1, DEPTH >= 1. s_axis_tready, m_axis_tvalid and m_axis_tdata are registers, the
// latter that of the block RAM with IN_BRAM, which needs DEPTH >= 3.
`default_nettype none
`include "stream_assert.svh"

module fifo #(
  parameter int W       = 8,
  parameter int DEPTH   = 2,
  parameter bit IN_BRAM = 1'b0
) (
  input  wire          clk,
  input  wire          rst,
  input  wire  [W-1:0] s_axis_tdata,
  input  wire          s_axis_tvalid,
  output logic         s_axis_tready,
  input  wire          s_axis_tlast,
  output logic [W-1:0] m_axis_tdata,
  output logic         m_axis_tvalid,
  input  wire          m_axis_tready,
  output logic         m_axis_tlast
);

  if (W < 1 || DEPTH < 1) begin : g_check
    $error("fifo: W and DEPTH must be at least 1");
  end
  if (IN_BRAM && DEPTH < 3) begin : g_check_bram
    $error("fifo: one or two beats are held in registers");
  end

  if (DEPTH == 1) begin : g_register
    always_ff @(posedge clk) begin
      if (s_axis_tready) begin
        m_axis_tdata <= s_axis_tdata;
        m_axis_tlast <= s_axis_tlast;
      end
      if (rst) begin
        m_axis_tvalid <= 1'b0;
        s_axis_tready <= 1'b1;
      end else if (s_axis_tready ? s_axis_tvalid : m_axis_tready) begin
        m_axis_tvalid <= s_axis_tready;
        s_axis_tready <= !s_axis_tready;
      end
    end

    `XNORFLOW_ASSERT_STREAM(s_axis)
    `XNORFLOW_ASSERT_STREAM(m_axis)

  end else if (DEPTH == 2) begin : g_skid
    skid_buffer #(
      .W(W)
    ) u_skid (
      .clk(clk),
      .rst(rst),
      .s_axis_tdata(s_axis_tdata),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .s_axis_tlast(s_axis_tlast),
      .m_axis_tdata(m_axis_tdata),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready),
      .m_axis_tlast(m_axis_tlast)
    );

  end else begin : g_memory
    // The memory holds all beats but the one in the output register. Its size is a power of two,
    // so that addresses wrap by themselves: RAM comes in such sizes anyway.
    localparam int HELD = DEPTH - 1;
    localparam int A    = $clog2(HELD);
    localparam int C    = $clog2(HELD + 1);

    logic [W:0]   word;
    logic [A-1:0] head, tail;
    logic [C-1:0] held;
    logic         any, put, take;

    assign put  = s_axis_tvalid && s_axis_tready;
    assign take = any && (m_axis_tready || !m_axis_tvalid);

    assign {m_axis_tlast, m_axis_tdata} = word;

    // No word is read in the cycle in which it is written.
    if (IN_BRAM) begin : g_bram
      (* ram_style = "block", no_rw_check *) logic [W:0] words[2**A];

      always_ff @(posedge clk) begin
        if (put) words[tail] <= {s_axis_tlast, s_axis_tdata};
        if (take) word <= words[head];
      end
    end else begin : g_lutram
      (* ram_style = "distributed" *) logic [W:0] words[2**A];

      always_ff @(posedge clk) begin
        if (put) words[tail] <= {s_axis_tlast, s_axis_tdata};
        if (take) word <= words[head];
      end
    end

    always_ff @(posedge clk) begin
      if (rst) begin
        head          <= '0;
        tail          <= '0;
        held          <= '0;
        any           <= 1'b0;
        s_axis_tready <= 1'b1;
        m_axis_tvalid <= 1'b0;
      end else begin
        if (put)         tail <= tail + 1'b1;
        if (take)        head <= head + 1'b1;
        if (put != take) held <= held + {{(C - 1) {take}}, 1'b1};
        any           <= put || (any && !(take && held == C'(1)));
        m_axis_tvalid <= any || (m_axis_tvalid && !m_axis_tready);
        // A full memory implies a full output register: DEPTH beats in all.
        s_axis_tready <= take || (s_axis_tready && !(s_axis_tvalid && held == C'(HELD - 1)));
      end
    end

    `XNORFLOW_ASSERT_STREAM(s_axis)
    `XNORFLOW_ASSERT_STREAM(m_axis)
  end

endmodule

`default_nettype wire
