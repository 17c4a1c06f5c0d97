// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Which piece k lies in, as table_piece says, where STARTS are constants. Combinational.
// Limits: PIECES >= 2.
`default_nettype none

module constant_piece #(
  parameter  int                        PIECES   = 2,
  parameter  int                        K_W      = 8,
  parameter  bit                        K_SIGNED = 1'b0,
  parameter  bit [(PIECES-1)*K_W-1:0]   STARTS   = '0,
  localparam int                        PIECE_W  = $clog2(PIECES)
) (
  input  wire  [    K_W-1:0] k,
  output logic [PIECE_W-1:0] piece
);

  logic [PIECES-2:0] reached;

  for (genvar p = 0; p < PIECES - 1; p++) begin : g_start
    level_reached #(
      .IN_W  (K_W),
      .SIGNED(K_SIGNED),
      .LEVEL (STARTS[p*K_W+:K_W])
    ) u_level (
      .x(k),
      .y(reached[p])
    );
  end
  piece_number #(
    .PIECES(PIECES)
  ) u_number (
    .reached(reached),
    .piece  (piece)
  );

endmodule

`default_nettype wire
