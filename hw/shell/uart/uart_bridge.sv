// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// An accelerator on a serial line: frames in, answers out, in packets with a CRC; README.md has the
// protocol. What arrives damaged is counted, told and dropped, and leaves no other trace. One frame at
// a time is in the accelerator, so that the cycles it takes are its own, while the next one arrives.
//
// m_axis_*: to the accelerator, IN_BEATS beats a frame of IN_BYTES bytes; s_axis_*: from it, which
// always accepts. Both numbers must be those of the accelerator.
// CLOCK_HZ: of clk. STEP: bits of the line a cycle, in units of 2^-24.
// DESIGN: which design this is, for the host to compare.
// Limits: at least 4 cycles a bit; frames and an answer fit in the block RAM that the part has.
`default_nettype none

module uart_bridge #(
  parameter int           CLOCK_HZ  = 50_000_000,
  parameter int           STEP      = 1006633,
  parameter int           IN_BEATS  = 4,
  parameter int           IN_BYTES  = 1,
  parameter int           OUT_BEATS = 1,
  parameter int           OUT_BYTES = 1,
  parameter logic [255:0] DESIGN    = '0
) (
  input  wire                     clk,
  input  wire                     rst,
  input  wire                     rx,
  output logic                    tx,
  output logic [8*IN_BYTES-1:0]   m_axis_tdata,
  output logic                    m_axis_tvalid,
  input  wire                     m_axis_tready,
  output logic                    m_axis_tlast,
  input  wire  [8*OUT_BYTES-1:0]  s_axis_tdata,
  input  wire                     s_axis_tvalid,
  output logic                    s_axis_tready,
  input  wire                     s_axis_tlast
);

  localparam logic [7:0] VERSION = 8'd1;
  localparam int WORD        = 4;  // bytes of a number
  localparam int IN_SIZE     = IN_BEATS * IN_BYTES;
  localparam int OUT_SIZE    = OUT_BEATS * OUT_BYTES;
  localparam int SHORT       = uart_pkg::HEAD + uart_pkg::TAIL;
  localparam int OF_FRAME    = uart_pkg::HEAD + WORD + IN_SIZE + uart_pkg::TAIL;
  localparam int N           = $clog2(OF_FRAME + 2);

  // What arrives.
  logic [7:0]   rx_data, data;
  logic         rx_valid, rx_fault, valid, done, good;
  logic [N-1:0] index, length;

  uart_rx #(
    .STEP(STEP)
  ) u_rx (
    .clk(clk),
    .rst(rst),
    .line(rx),
    .data(rx_data),
    .valid(rx_valid),
    .fault(rx_fault)
  );

  packet_receiver #(
    .LONGEST(OF_FRAME)
  ) u_receiver (
    .clk(clk),
    .rst(rst),
    .in_data(rx_data),
    .in_valid(rx_valid),
    .in_fault(rx_fault),
    .data(data),
    .valid(valid),
    .index(index),
    .done(done),
    .good(good),
    .length(length)
  );

  // A frame's packet: kind, tag, how often to repeat it, the frame.
  logic [7:0]  kind;
  logic [31:0] tag, repeats;
  logic        is_frame, keep, refuse, fault, asks_info, asks_counters, room;

  always_ff @(posedge clk) begin
    if (valid && index == '0) kind <= data;
    if (valid && index < N'(uart_pkg::HEAD)) tag <= {data, tag[31:8]};
    if (valid && index < N'(uart_pkg::HEAD + WORD)) repeats <= {data, repeats[31:8]};
    if (valid && index == N'(uart_pkg::HEAD + WORD - 1)) room <= free;
  end

  assign is_frame      = good && kind == uart_pkg::FRAME && length == N'(OF_FRAME);
  assign keep          = done && is_frame && room;
  assign refuse        = done && is_frame && !room;
  assign asks_info     = done && good && kind == uart_pkg::INFO && length == N'(SHORT);
  assign asks_counters = done && good && kind == uart_pkg::COUNTERS && length == N'(SHORT);
  assign fault         = done && !is_frame && !asks_info && !asks_counters;

  // The frames and the accelerator.
  logic        free, kept, run, over, running, begun, answered, sent;
  logic [31:0] cycles, left, run_tag, run_repeats, result_tag;

  frame_store #(
    .BEATS(IN_BEATS),
    .BYTES(IN_BYTES)
  ) u_frames (
    .clk(clk),
    .rst(rst),
    .begins(valid && index == N'(uart_pkg::HEAD + WORD - 1)),
    .data(data),
    .valid(valid && kind == uart_pkg::FRAME && index > N'(uart_pkg::HEAD + WORD - 1)),
    .keep(keep),
    .keep_tag(tag),
    .keep_repeats(repeats),
    .free(free),
    .kept(kept),
    .tag(run_tag),
    .repeats(run_repeats),
    .run(run),
    .over(over),
    .m_axis_tdata(m_axis_tdata),
    .m_axis_tvalid(m_axis_tvalid),
    .m_axis_tready(m_axis_tready),
    .m_axis_tlast(m_axis_tlast)
  );

  localparam int B = OUT_BEATS > 1 ? $clog2(OUT_BEATS) : 1;
  logic [B-1:0] beat, reading;
  logic         ends;
  logic [8*OUT_BYTES-1:0] result;
  logic [8*OUT_BYTES-1:0] results[OUT_BEATS];

  assign s_axis_tready = 1'b1;
  assign ends          = s_axis_tvalid && s_axis_tlast;
  assign run           = kept && !running && !answered;
  assign over          = running && ends && left == '0;

  always_ff @(posedge clk) begin
    if (s_axis_tvalid) results[beat] <= s_axis_tdata;
    result <= results[reading];
  end

  always_ff @(posedge clk) begin
    if (over) result_tag <= run_tag;
    if (s_axis_tvalid) beat <= ends ? '0 : beat + 1'b1;
    if (run) begin
      left   <= run_repeats;
      begun  <= 1'b0;
      cycles <= '0;
    end else begin
      if (ends) left <= left - 1'b1;
      if (m_axis_tvalid && m_axis_tready) begun <= 1'b1;
      if (running && begun) cycles <= cycles + 1'b1;
    end
    running  <= run || (running && !over);
    answered <= over || (answered && !sent);
    if (rst) begin
      beat     <= '0;
      running  <= 1'b0;
      answered <= 1'b0;
    end
  end

  // What is waiting to be told, and how much there was to tell of.
  logic        info_waits, counters_wait;
  logic [2:0]  faults_wait;
  logic [31:0] info_tag, counters_tag, frames, faults, refused;
  logic        tells_info, tells_counters, tells_fault;

  always_ff @(posedge clk) begin
    if (asks_info) info_tag <= tag;
    if (asks_counters) counters_tag <= tag;
    info_waits    <= asks_info || (info_waits && !tells_info);
    counters_wait <= asks_counters || (counters_wait && !tells_counters);
    if ((fault || refuse) && !tells_fault && faults_wait != '1) faults_wait <= faults_wait + 1'b1;
    if (!(fault || refuse) && tells_fault) faults_wait <= faults_wait - 1'b1;
    if (over) frames <= frames + 1'b1;
    if (fault) faults <= faults + 1'b1;
    if (refuse) refused <= refused + 1'b1;
    if (rst) begin
      info_waits    <= 1'b0;
      counters_wait <= 1'b0;
      faults_wait   <= '0;
      frames        <= '0;
      faults        <= '0;
      refused       <= '0;
    end
  end

  // What is being told.
  localparam int OF_INFO     = 1 + 32 + 4 * WORD;
  localparam int OF_COUNTERS = 3 * WORD;
  localparam int OF_ANSWER   = WORD + OUT_SIZE;
  localparam int MOST        = OF_ANSWER > OF_INFO ? OF_ANSWER : OF_INFO;
  localparam int P           = $clog2(MOST + uart_pkg::HEAD);
  localparam int A           = $clog2(OF_INFO);
  localparam int L           = OUT_BYTES > 1 ? $clog2(OUT_BYTES) : 1;
  localparam logic [7:0] ANSWER = uart_pkg::ANSWER;
  localparam logic [8*OF_INFO-1:0] ABOUT = {
    32'd2, 32'(CLOCK_HZ), 32'(OUT_SIZE), 32'(IN_SIZE), DESIGN, VERSION
  };

  logic         picks, starts, busy, next, ended;
  logic [7:0]   told_kind, about, number, content;
  logic [31:0]  told_tag;
  logic [P-1:0] size;
  logic [A-1:0] at;
  logic [2:0]   counted;
  logic [L-1:0] lane;

  // What is picked waits no more, so that the same may be asked for while it is told.
  assign picks          = !busy && !starts;
  assign tells_fault    = picks && faults_wait != '0;
  assign tells_info     = picks && faults_wait == '0 && info_waits;
  assign tells_counters = picks && faults_wait == '0 && !info_waits && counters_wait;
  assign sent           = ended && told_kind == (uart_pkg::FRAME | ANSWER);

  always_ff @(posedge clk) begin
    starts <= picks && (faults_wait != '0 || info_waits || counters_wait || answered);
    if (picks) begin
      if (tells_fault) begin
        told_kind <= uart_pkg::FAULT;
        told_tag  <= '0;
        size      <= '0;
      end else if (tells_info) begin
        told_kind <= uart_pkg::INFO | ANSWER;
        told_tag  <= info_tag;
        size      <= P'(OF_INFO);
      end else if (tells_counters) begin
        told_kind <= uart_pkg::COUNTERS | ANSWER;
        told_tag  <= counters_tag;
        size      <= P'(OF_COUNTERS);
      end else begin
        told_kind <= uart_pkg::FRAME | ANSWER;
        told_tag  <= result_tag;
        size      <= P'(OF_ANSWER);
      end
    end
    if (rst) starts <= 1'b0;
  end

  // Cycles come in front of the accelerator's answer, whose beats go lowest byte first.
  always_ff @(posedge clk) begin
    if (starts) begin
      counted <= 3'(WORD);
      lane    <= '0;
      reading <= '0;
    end else if (next) begin
      if (counted != '0) counted <= counted - 1'b1;
      else begin
        lane <= lane == L'(OUT_BYTES - 1) ? '0 : lane + 1'b1;
        if (lane == L'(OUT_BYTES - 1)) reading <= reading + 1'b1;
      end
    end
  end

  always_ff @(posedge clk) begin
    about <= ABOUT[8*at+:8];
    case (at[3:2])
      2'd0: number <= told_kind == (uart_pkg::FRAME | ANSWER) ? cycles[8*at[1:0]+:8]
                                                              : frames[8*at[1:0]+:8];
      2'd1: number <= faults[8*at[1:0]+:8];
      default: number <= refused[8*at[1:0]+:8];
    endcase
    if (told_kind == (uart_pkg::INFO | ANSWER)) content <= about;
    else if (told_kind == (uart_pkg::FRAME | ANSWER) && counted == '0) content <= result[8*lane+:8];
    else content <= number;
  end

  logic [7:0] told;
  logic       says, heard, last;

  packet_writer #(
    .MOST(MOST),
    .TABLE(OF_INFO)
  ) u_writer (
    .clk(clk),
    .rst(rst),
    .start(starts),
    .kind(told_kind),
    .tag(told_tag),
    .size(size),
    .busy(busy),
    .done(ended),
    .at(at),
    .next(next),
    .content(content),
    .m_axis_tdata(told),
    .m_axis_tvalid(says),
    .m_axis_tready(heard),
    .m_axis_tlast(last)
  );

  logic [7:0] tx_data;
  logic       tx_valid, tx_ready;

  packet_sender u_sender (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(told),
    .s_axis_tvalid(says),
    .s_axis_tready(heard),
    .s_axis_tlast(last),
    .m_axis_tdata(tx_data),
    .m_axis_tvalid(tx_valid),
    .m_axis_tready(tx_ready)
  );

  uart_tx #(
    .STEP(STEP)
  ) u_tx (
    .clk(clk),
    .rst(rst),
    .s_axis_tdata(tx_data),
    .s_axis_tvalid(tx_valid),
    .s_axis_tready(tx_ready),
    .line(tx)
  );

endmodule

`default_nettype wire
