// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// A sum that saturates: what is kept of it in a buffer, and what that becomes behind it.
//
// W bits in two's complement, of which the sign may be 1 where NEGATIVE, become the nearest number
// of OUT_W bits, SIGNED or not. Kept are the low bits without the sign, whether the sum is beyond
// them, and its sign: so the logic is divided between both sides of the buffer, and what is kept is
// hardly wider than the result. Combinational.
// Limits: OUT_W is less than W; KEPT_W as said.
`default_nettype none

module stream_add_clamp #(
  parameter int W        = 10,
  parameter bit NEGATIVE = 1'b1,
  parameter int OUT_W    = 8,
  parameter bit SIGNED   = 1'b0,
  parameter int KEPT_W   = 10
) (
  input  wire  [     W-1:0] sum,
  output logic [KEPT_W-1:0] kept,
  input  wire  [KEPT_W-1:0] held,
  output logic [ OUT_W-1:0] clamped
);

  localparam int LOW_W = SIGNED ? OUT_W - 1 : OUT_W;
  localparam int UPPER = W - 1 - LOW_W;

  if (OUT_W < 1 || OUT_W >= W || KEPT_W != LOW_W + (UPPER > 0 ? 1 : 0) + (NEGATIVE ? 1 : 0))
  begin : g_check
    $error("stream_add_clamp: OUT_W must be less than W, and KEPT_W as the low bits and flags");
  end

  logic beyond, negative;

  if (NEGATIVE) begin : g_sign
    assign kept[KEPT_W-1] = sum[W-1];
    assign negative       = held[KEPT_W-1];
  end else begin : g_no_sign
    assign negative = 1'b0;
  end

  if (UPPER > 0) begin : g_upper
    assign kept[LOW_W] = sum[W-2:LOW_W] != {UPPER{sum[W-1]}};
    assign beyond      = held[LOW_W];
  end else begin : g_no_upper
    assign beyond = 1'b0;
  end

  if (SIGNED) begin : g_signed
    assign clamped[OUT_W-1] = negative;
  end

  // Of an unsigned result nothing is left below 0; of a signed one all bits but the sign are turned.
  if (LOW_W > 0) begin : g_low
    wire sets   = beyond && !negative;
    wire clears = negative && (!SIGNED || beyond);
    assign kept[LOW_W-1:0]    = sum[LOW_W-1:0];
    assign clamped[LOW_W-1:0] = {LOW_W{!clears}} & ({LOW_W{sets}} | held[LOW_W-1:0]);
  end else begin : g_sign_only
    wire unused = &{1'b0, beyond};
  end

endmodule

`default_nettype wire
