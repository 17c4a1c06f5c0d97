// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Which piece k lies in: how many of the STARTS, ascending, it reaches. Combinational.
//
// Starts count from the lowest k on. As they ascend, so are those that are reached the first ones, and a
// bit of their number is the parity of every second, fourth, ... of them.
// Limits: PIECES >= 2.
`default_nettype none

module table_piece #(
  parameter  int PIECES   = 2,
  parameter  int K_W      = 8,
  parameter  bit K_SIGNED = 1'b0,
  localparam int PIECE_W  = $clog2(PIECES)
) (
  input  wire  [             K_W-1:0] k,
  input  wire  [(PIECES-1)*K_W-1:0]   starts,
  output logic [         PIECE_W-1:0] piece
);

  logic [PIECES-2:0] reached;

  for (genvar p = 0; p < PIECES - 1; p++) begin : g_start
    assign reached[p] = (k ^ K_W'(K_SIGNED) << (K_W - 1)) >= starts[p*K_W+:K_W];
  end
  piece_number #(
    .PIECES(PIECES)
  ) u_number (
    .reached(reached),
    .piece  (piece)
  );

endmodule

`default_nettype wire
