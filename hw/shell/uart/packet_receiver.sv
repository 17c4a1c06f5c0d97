// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Takes SLIP's framing off the bytes of a serial line and checks each packet's CRC.
//
// in_valid, in_fault: a byte, or one that was damaged.
// valid: a byte of a packet, and how many of it came before (at most LONGEST).
// done: a packet has ended, of `length` bytes (at most LONGEST + 1), CRC included; good: its CRC
// holds and nothing of it was damaged. What damaged bytes alone make up is a packet that is not good;
// an END behind another says nothing. Limits: LONGEST >= 1.
`default_nettype none

module packet_receiver #(
  parameter  int LONGEST = 16,
  localparam int N       = $clog2(LONGEST + 2)
) (
  input  wire          clk,
  input  wire          rst,
  input  wire  [7:0]   in_data,
  input  wire          in_valid,
  input  wire          in_fault,
  output logic [7:0]   data,
  output logic         valid,
  output logic [N-1:0] index,
  output logic         done,
  output logic         good,
  output logic [N-1:0] length
);

  logic         escaped, broken;
  logic [31:0]  crc;
  logic [N-1:0] count;
  logic [7:0]   meant;
  logic         ends, escapes, takes;

  assign ends    = in_valid && in_data == uart_pkg::END;
  assign escapes = in_valid && in_data == uart_pkg::ESC && !escaped;
  assign takes   = in_valid && !ends && !escapes;
  assign meant   = !escaped ? in_data : in_data == uart_pkg::ESC_END ? uart_pkg::END : uart_pkg::ESC;

  always_ff @(posedge clk) begin
    data   <= meant;
    index  <= count;
    valid  <= takes;
    length <= count;
    good   <= !broken && !escaped && crc == uart_pkg::CRC_RESIDUE && count > N'(uart_pkg::HEAD + uart_pkg::TAIL - 1);
    done   <= ends && (count != '0 || broken || escaped);

    if (in_fault) broken <= 1'b1;
    if (escapes) escaped <= 1'b1;
    if (takes) begin
      escaped <= 1'b0;
      crc     <= uart_pkg::crc_after(crc, meant);
      if (escaped && in_data != uart_pkg::ESC_END && in_data != uart_pkg::ESC_ESC) broken <= 1'b1;
      if (count != N'(LONGEST + 1)) count <= count + 1'b1;
    end
    if (rst || ends) begin
      escaped <= 1'b0;
      broken  <= 1'b0;
      crc     <= uart_pkg::CRC_START;
      count   <= '0;
    end
    if (rst) begin
      valid <= 1'b0;
      done  <= 1'b0;
    end
  end

endmodule

`default_nettype wire
