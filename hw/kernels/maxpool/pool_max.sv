// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// For each lane the larger of x and, if it is kept, `held`. Combinational.
//
// Lanes are integers of W bits, signed or not; the larger of two bits is their OR. Limits: LANES
// and W at least 1.
`default_nettype none

module pool_max #(
  parameter int LANES  = 4,
  parameter int W      = 8,
  parameter bit SIGNED = 1'b0
) (
  input  wire  [LANES*W-1:0] x,
  input  wire  [LANES*W-1:0] held,
  input  wire                keep,
  output logic [LANES*W-1:0] result
);

  if (W == 1 && !SIGNED) begin : g_bits
    pool_or #(
      .W(LANES)
    ) u_or (
      .x     (x),
      .held  (held),
      .keep  (keep),
      .result(result)
    );
  end else begin : g_integers
    for (genvar n = 0; n < LANES; n++) begin : g_lane
      logic larger;

      pool_larger #(
        .W     (W),
        .SIGNED(SIGNED)
      ) u_larger (
        .x     (x[n*W+:W]),
        .held  (held[n*W+:W]),
        .keep  (keep),
        .larger(larger)
      );

      dual_mux #(
        .W(W)
      ) u_mux (
        .zero  (x[n*W+:W]),
        .one   (held[n*W+:W]),
        .choice(larger),
        .q     (result[n*W+:W])
      );
    end
  end

endmodule

`default_nettype wire
