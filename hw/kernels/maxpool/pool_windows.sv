// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// What the windows that are open along one axis have seen so far, for DEPTH places side by side.
//
// Each time en is high place `at`, the next of DEPTH in turn, sees x: if a window starts there, the
// others grow one older; every open window then keeps the larger of x and what it held, lane by
// lane, of W bits each. `oldest` is what the window that ends first has seen before, in the same
// cycle. A window that ends is not stored any more, so OPEN
// is ceil((kernel - 1) / stride) only. Limits: OPEN >= 1; BLOCK only for DEPTH >= 3.
//
// At one place, only what was stored there the last time is read, and replaced: single-port
// distributed RAM, at half a LUT a bit up to 32 places. Block RAM (BLOCK) is read a step ahead, each
// time `reads` is high, at `next_at`, where `at` will be then. The registers that make `at` have initial
// values, or Yosys would take them for registers of the memory, and build others beside them.
`default_nettype none

module pool_windows #(
  parameter  int LANES   = 8,
  parameter  int W       = 1,
  parameter  bit SIGNED  = 1'b0,
  parameter  int DEPTH   = 4,
  parameter  int KERNEL  = 2,
  parameter  int STRIDE  = 2,
  parameter  bit BLOCK   = 1'b0,
  localparam int OPEN    = (KERNEL - 2) / STRIDE + 1,
  localparam int PLACE_W = DEPTH == 1 ? 1 : $clog2(DEPTH)
) (
  input  wire                clk,
  input  wire                en,
  input  wire                reads,
  input  wire  [PLACE_W-1:0] at,
  input  wire  [PLACE_W-1:0] next_at,
  input  wire  [LANES*W-1:0] x,
  input  wire                starts,
  input  wire                keep,   // low: nothing has been seen before
  output logic [LANES*W-1:0] oldest
);

  localparam int WORD_W = LANES * W;
  localparam int ALL_W  = OPEN * WORD_W;

  if (KERNEL < 2 || DEPTH < 1 || (BLOCK && DEPTH < 3)) begin : g_check
    $error("pool_windows: KERNEL must be at least 2, and DEPTH 3 with BLOCK");
  end

  logic [ALL_W-1:0] held, next;

  assign oldest = held[ALL_W-1-:WORD_W];

  if (STRIDE == 1 || KERNEL == 2) begin : g_fresh
    // The youngest window starts here, or is read before anything else is stored.
    assign next[WORD_W-1:0] = x;
    logic unused;
    assign unused = &{1'b0, starts, keep};
  end else begin : g_youngest
    pool_max #(
      .LANES (LANES),
      .W     (W),
      .SIGNED(SIGNED)
    ) u_max (
      .x     (x),
      .held  (held[WORD_W-1:0]),
      .keep  (keep && !starts),
      .result(next[WORD_W-1:0])
    );
  end

  if (OPEN > 1) begin : g_older
    logic [ALL_W-WORD_W-1:0] grown;
    assign grown = STRIDE == 1 || starts ? held[ALL_W-WORD_W-1:0] : held[ALL_W-1:WORD_W];
    if (STRIDE > 1 && W == 1 && !SIGNED) begin : g_plain
      // The choice above shares the LUT of an OR that is not named.
      assign next[ALL_W-1:WORD_W] = {(OPEN - 1) {x}} | (grown & {(ALL_W - WORD_W) {keep}});
    end else begin : g_max
      pool_max #(
        .LANES ((OPEN - 1) * LANES),
        .W     (W),
        .SIGNED(SIGNED)
      ) u_max (
        .x     ({(OPEN - 1) {x}}),
        .held  (grown),
        .keep  (keep),
        .result(next[ALL_W-1:WORD_W])
      );
    end
  end

  if (DEPTH == 1) begin : g_register
    always_ff @(posedge clk) begin
      if (en) held <= next;
    end
  end else if (DEPTH == 2) begin : g_registers
    logic [ALL_W-1:0] other;
    always_ff @(posedge clk) begin
      if (en) begin
        other <= next;
        held  <= other;
      end
    end
  end else if (BLOCK) begin : g_block
    // The two places differ, or nothing is stored.
    (* ram_style = "block", no_rw_check *) logic [ALL_W-1:0] memory[DEPTH];
    always_ff @(posedge clk) begin
      if (en) memory[at] <= next;
      if (reads) held <= memory[next_at];
    end
  end else begin : g_memory
    (* ram_style = "distributed" *)
    logic [ALL_W-1:0] memory[DEPTH];
    assign held = memory[at];
    always_ff @(posedge clk) begin
      if (en) memory[at] <= next;
    end
  end

  logic unused_places;
  assign unused_places = &{1'b0, at, next_at, reads};

endmodule

`default_nettype wire
