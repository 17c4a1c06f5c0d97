// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Puts packets into SLIP's framing, with an END in front that ends what noise may have begun, and
// their CRC behind.
//
// Beat format: a byte; tlast with a packet's last one. Limits: none.
`default_nettype none
`include "stream_assert.svh"

module packet_sender (
  input  wire        clk,
  input  wire        rst,
  input  wire  [7:0] s_axis_tdata,
  input  wire        s_axis_tvalid,
  output logic       s_axis_tready,
  input  wire        s_axis_tlast,
  output logic [7:0] m_axis_tdata,
  output logic       m_axis_tvalid,
  input  wire        m_axis_tready
);

  localparam logic [1:0] OPEN = 2'd0, BODY = 2'd1, CHECK = 2'd2, CLOSE = 2'd3;

  logic [1:0]  state;
  logic [1:0]  place;
  logic [31:0] crc;
  logic        second;
  logic [7:0]  plain;
  logic        special, moves, whole;

  assign plain   = state == BODY ? s_axis_tdata : ~crc[7:0];
  assign special = plain == uart_pkg::END || plain == uart_pkg::ESC;

  always_comb begin
    m_axis_tvalid = s_axis_tvalid || state == CHECK || state == CLOSE;
    if (state == OPEN || state == CLOSE) m_axis_tdata = uart_pkg::END;
    else if (!special) m_axis_tdata = plain;
    else if (!second) m_axis_tdata = uart_pkg::ESC;
    else m_axis_tdata = plain == uart_pkg::END ? uart_pkg::ESC_END : uart_pkg::ESC_ESC;
  end

  assign moves         = m_axis_tvalid && m_axis_tready;
  assign whole         = moves && (!special || second);
  assign s_axis_tready = whole && state == BODY;

  always_ff @(posedge clk) begin
    if (moves) second <= (state == BODY || state == CHECK) && special && !second;
    case (state)
      OPEN: begin
        crc   <= uart_pkg::CRC_START;
        place <= '0;
        if (moves) state <= BODY;
      end
      BODY:
      if (whole) begin
        crc <= uart_pkg::crc_after(crc, s_axis_tdata);
        if (s_axis_tlast) state <= CHECK;
      end
      CHECK:
      if (whole) begin
        crc   <= {8'd0, crc[31:8]};
        place <= place + 1'b1;
        if (place == 2'(uart_pkg::TAIL - 1)) state <= CLOSE;
      end
      CLOSE: if (moves) state <= OPEN;
    endcase
    if (rst) begin
      state  <= OPEN;
      second <= 1'b0;
    end
  end

  `XNORFLOW_ASSERT_STREAM(s_axis)

endmodule

`default_nettype wire
