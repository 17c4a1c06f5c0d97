// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// The bytes of a packet, one after the other: its kind, its tag, and what is looked up for its content.
//
// start: a packet of this kind, tag and `size` bytes of content; for when `busy` is low, which they
// must then stay for as long as it is high. content: its byte number `at`, two cycles after that has
// changed, which it does after each `next`. done: the packet's last byte is on its way.
// MOST: bytes of the longest content. TABLE: of what is looked up by `at`, which wraps behind that.
//
// Beat format: a byte; tlast with a packet's last one. Cycles: four a byte. Limits: TABLE >= 2.
`default_nettype none
`include "stream_assert.svh"

module packet_writer #(
  parameter  int MOST  = 16,
  parameter  int TABLE = 16,
  localparam int P     = $clog2(MOST + uart_pkg::HEAD),
  localparam int A     = $clog2(TABLE)
) (
  input  wire          clk,
  input  wire          rst,
  input  wire          start,
  input  wire  [7:0]   kind,
  input  wire  [31:0]  tag,
  input  wire  [P-1:0] size,
  output logic         busy,
  output logic         done,
  output logic [A-1:0] at,
  output logic         next,
  input  wire  [7:0]   content,
  output logic [7:0]   m_axis_tdata,
  output logic         m_axis_tvalid,
  input  wire          m_axis_tready,
  output logic         m_axis_tlast
);

  localparam logic [2:0] HEADS = 3'(uart_pkg::HEAD);

  // Bytes of the head that are done, cycles for which `at` has not changed, and bytes behind this one.
  logic [2:0]   head;
  logic [1:0]   settled;
  logic [P-1:0] left;
  logic [1:0]   of_tag;
  logic         in_head, none_left, loads;

  assign of_tag    = head[1:0] - 2'd1;
  assign in_head   = head != HEADS;
  assign none_left = left == '0;
  assign loads     = busy && settled == '1 && !m_axis_tvalid;
  assign next      = loads && !in_head;
  assign done      = loads && none_left;

  always_ff @(posedge clk) begin
    if (loads) begin
      m_axis_tdata <= !in_head ? content : head == '0 ? kind : tag[8*of_tag+:8];
      m_axis_tlast <= none_left;
    end
    m_axis_tvalid <= loads || (m_axis_tvalid && !m_axis_tready);

    settled <= loads ? '0 : settled == '1 ? settled : settled + 1'b1;
    if (start) begin
      busy    <= 1'b1;
      head    <= '0;
      at      <= '0;
      left    <= size + P'(uart_pkg::HEAD - 1);
      settled <= '0;
    end else if (loads) begin
      left <= left - 1'b1;
      if (in_head) head <= head + 1'b1;
      else at <= at + 1'b1;
      if (none_left) busy <= 1'b0;
    end
    if (rst) begin
      busy          <= 1'b0;
      m_axis_tvalid <= 1'b0;
    end
  end

  `XNORFLOW_ASSERT_STREAM(m_axis)

endmodule

`default_nettype wire
