// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// What both ends of the serial line agree on; README.md describes it.
`default_nettype none

package uart_pkg;

  // SLIP (RFC 1055): a packet ends with END; END and ESC inside it are told by two bytes.
  localparam logic [7:0] END     = 8'hC0;
  localparam logic [7:0] ESC     = 8'hDB;
  localparam logic [7:0] ESC_END = 8'hDC;
  localparam logic [7:0] ESC_ESC = 8'hDD;

  // Kinds of packets; an answer is its request with the top bit set.
  localparam logic [7:0] INFO     = 8'h01;
  localparam logic [7:0] FRAME    = 8'h02;
  localparam logic [7:0] COUNTERS = 8'h03;
  localparam logic [7:0] ANSWER   = 8'h80;
  localparam logic [7:0] FAULT    = 8'hFF;

  // Bytes in front of a packet's content, and behind it.
  localparam int HEAD = 5;
  localparam int TAIL = 4;

  // CRC-32 of IEEE 802.3, lowest bit first, of which both ends start with all ones.
  localparam logic [31:0] CRC_START   = 32'hFFFFFFFF;
  // What the register holds behind a packet and its inverted CRC.
  localparam logic [31:0] CRC_RESIDUE = 32'hDEBB20E3;

  function automatic logic [31:0] crc_after(input logic [31:0] held, input logic [7:0] data);
    integer i;
    crc_after = held ^ {24'd0, data};
    for (i = 0; i < 8; i = i + 1) begin
      crc_after = crc_after[0] ? (crc_after >> 1) ^ 32'hEDB88320 : crc_after >> 1;
    end
  endfunction

endpackage

`default_nettype wire
