// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Two frames in block RAM: one is written byte by byte while the other is read beat by beat.
//
// begins: the bytes of a frame follow, first byte in the low bits of the first beat; they are dropped
// unless `free` is high. keep: they were taken and right, and the frame is the next to be read, with
// the tag and the repeats given; what is not kept is written over. run, while `kept`: read the oldest
// frame once and as often again as its repeats say, without a bubble in between; over: it is done
// with, and its place is free.
//
// Beat format: BYTES bytes of tdata, tlast on the last of BEATS beats.
// Cycles: one beat a cycle. Limits: BEATS >= 1, BYTES >= 1.
`default_nettype none
`include "stream_assert.svh"

module frame_store #(
  parameter int BEATS = 4,
  parameter int BYTES = 1
) (
  input  wire                clk,
  input  wire                rst,
  input  wire                begins,
  input  wire  [7:0]         data,
  input  wire                valid,
  input  wire                keep,
  input  wire  [31:0]        keep_tag,
  input  wire  [31:0]        keep_repeats,
  output logic               free,
  output logic               kept,
  output logic [31:0]        tag,
  output logic [31:0]        repeats,
  input  wire                run,
  input  wire                over,
  output logic [8*BYTES-1:0] m_axis_tdata,
  output logic               m_axis_tvalid,
  input  wire                m_axis_tready,
  output logic               m_axis_tlast
);

  localparam int A = $clog2(2 * BEATS);
  localparam int L = BYTES > 1 ? $clog2(BYTES) : 1;
  localparam logic [A-1:0] SECOND = A'(BEATS);
  localparam logic [A-1:0] FIRST_LAST = A'(BEATS - 1), SECOND_LAST = A'(2 * BEATS - 1);

  (* ram_style = "block", no_rw_check *) logic [8*BYTES-1:0] beats[2*BEATS];

  // Of the two places, which is written, which is read, and which hold a frame.
  logic        into, from;
  logic [1:0]  full;
  logic [63:0] labels[2];

  assign free           = !full[into];
  assign kept           = full[from];
  assign {tag, repeats} = labels[from];

  always_ff @(posedge clk) begin
    if (keep) labels[into] <= {keep_tag, keep_repeats};
  end

  always_ff @(posedge clk) begin
    if (keep) begin
      into       <= !into;
      full[into] <= 1'b1;
    end
    if (over) begin
      from       <= !from;
      full[from] <= 1'b0;
    end
    if (rst) begin
      into <= 1'b0;
      from <= 1'b0;
      full <= 2'b00;
    end
  end

  // Writing: bytes beyond the frame, which are its CRC, come when nothing is written any more.
  logic [A-1:0]       at;
  logic               writes, fills;
  logic [L-1:0]       lane;
  logic [8*BYTES-1:0] word;

  if (BYTES == 1) begin : g_byte
    assign word = data;
  end else begin : g_bytes
    logic [8*BYTES-9:0] earlier;
    always_ff @(posedge clk) if (valid) earlier <= word[8*BYTES-1:8];
    assign word = {data, earlier};
  end

  assign fills = valid && writes && lane == L'(BYTES - 1);

  always_ff @(posedge clk) begin
    if (fills) beats[at] <= word;
  end

  always_ff @(posedge clk) begin
    if (begins) begin
      at     <= into ? SECOND : '0;
      writes <= free;
      lane   <= '0;
    end else if (valid) begin
      lane <= lane == L'(BYTES - 1) ? '0 : lane + 1'b1;
      if (fills) begin
        at     <= at + 1'b1;
        writes <= at != (into ? SECOND_LAST : FIRST_LAST);
      end
    end
    if (rst) writes <= 1'b0;
  end

  // Reading: the register of the RAM holds the beat that is offered.
  logic [A-1:0] next;
  logic         reads, more, last;
  logic [31:0]  left;

  assign last = next == (from ? SECOND_LAST : FIRST_LAST);
  assign more = reads && (m_axis_tready || !m_axis_tvalid);

  always_ff @(posedge clk) begin
    if (more) m_axis_tdata <= beats[next];
  end

  always_ff @(posedge clk) begin
    if (more) begin
      m_axis_tlast <= last;
      next         <= last ? (from ? SECOND : '0) : next + 1'b1;
      if (last) begin
        left  <= left - 1'b1;
        reads <= left != '0;
      end
    end
    m_axis_tvalid <= more || (m_axis_tvalid && !m_axis_tready);
    if (run) begin
      reads <= 1'b1;
      next  <= from ? SECOND : '0;
      left  <= repeats;
    end
    if (rst) begin
      reads         <= 1'b0;
      m_axis_tvalid <= 1'b0;
    end
  end

  `XNORFLOW_ASSERT_STREAM(m_axis)

endmodule

`default_nettype wire
