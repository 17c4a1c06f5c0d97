// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// First-in first-out buffer that holds exactly DEPTH beats.
//
// Beat format: W bits of tdata and tlast, passed on unchanged.
// Cycles: one beat a cycle for DEPTH >= 2, one every two cycles for DEPTH 1.
// Latency: 1 cycle for DEPTH 1 and 2, else 2 cycles.
// Limits: W >= 1, DEPTH >= 1. s_axis_tready, m_axis_tvalid and m_axis_tdata are registers, the
// latter that of the block RAM with IN_BRAM, which needs DEPTH >= 3. IN_SRL, which needs DEPTH 3 to
// 129, takes shift registers in LUTs; parts without these go by IN_BRAM.
`default_nettype none
`include "stream_assert.svh"

module fifo #(
  parameter int W       = 8,
  parameter int DEPTH   = 2,
  parameter bit IN_BRAM = 1'b0,
  parameter bit IN_SRL  = 1'b0
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
  if ((IN_BRAM || IN_SRL) && DEPTH < 3) begin : g_check_memory
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
    // The memory holds all beats but the one in the output register.
    localparam int HELD = DEPTH - 1;
    localparam int A    = $clog2(HELD);

`ifdef XNORFLOW_LUT6
    localparam bit SHIFTS = IN_SRL;
`elsif SYNTHESIS
    localparam bit SHIFTS = 1'b0;
`else
    localparam bit SHIFTS = IN_SRL;
`endif

    // With `any`, one beat less than are held, which is how far behind the newest the oldest is.
    logic [A-1:0] oldest;
    logic         any, put, take;
    logic [W:0]   word;

    assign put  = s_axis_tvalid && s_axis_tready;
    assign take = any && (m_axis_tready || !m_axis_tvalid);

    assign {m_axis_tlast, m_axis_tdata} = word;

    if (SHIFTS) begin : g_srl
      logic [W:0] found;

      shift_memory #(
        .W    (W + 1),
        .DEPTH(HELD)
      ) u_words (
        .clk(clk),
        .put(put),
        .in ({s_axis_tlast, s_axis_tdata}),
        .at (oldest),
        .out(found)
      );

      always_ff @(posedge clk) begin
        if (take) word <= found;
      end
    end else begin : g_ram
      // A power of two of words, so that addresses wrap by themselves: RAM comes in such sizes
      // anyway. No word is read in the cycle in which it is written.
      logic [A-1:0] head, tail;

      always_ff @(posedge clk) begin
        if (rst) begin
          head <= '0;
          tail <= '0;
        end else begin
          if (put)  tail <= tail + 1'b1;
          if (take) head <= head + 1'b1;
        end
      end

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
    end

    always_ff @(posedge clk) begin
      if (rst) begin
        oldest        <= '1;
        any           <= 1'b0;
        s_axis_tready <= 1'b1;
        m_axis_tvalid <= 1'b0;
      end else begin
        if (put != take) oldest <= oldest + ({A{take}} | A'(1));
        any           <= put || (any && !(take && oldest == '0));
        m_axis_tvalid <= any || (m_axis_tvalid && !m_axis_tready);
        // A full memory implies a full output register: DEPTH beats in all.
        s_axis_tready <= take || (s_axis_tready && !(s_axis_tvalid && oldest == A'(HELD - 2)));
      end
    end

    `XNORFLOW_ASSERT_STREAM(s_axis)
    `XNORFLOW_ASSERT_STREAM(m_axis)
  end

endmodule

`default_nettype wire
