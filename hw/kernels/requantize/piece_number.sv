// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// How many of some ascending starts are reached: the first ones are, or none. Combinational.
//
// Bit b of the number changes with every start whose own number, from 1 on, is a multiple of 2**b: it is
// the parity of those that are reached. Limits: PIECES >= 2.
`default_nettype none

module piece_number #(
  parameter  int PIECES  = 2,
  localparam int PIECE_W = $clog2(PIECES)
) (
  input  wire  [ PIECES-2:0] reached,
  output logic [PIECE_W-1:0] piece
);

  always_comb begin
    piece = '0;
    for (int b = 0; b < PIECE_W; b++) begin
      for (int p = 1; p < PIECES; p++) begin
        if (p % (1 << b) == 0) piece[b] = piece[b] ^ reached[p-1];
      end
    end
  end

endmodule

`default_nettype wire
