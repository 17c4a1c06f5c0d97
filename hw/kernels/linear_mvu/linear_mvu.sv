// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Matrix-vector unit of integer weights and integers: sums of products.
//
// Beats: in, SIMD integers of IN_W bits, signed or not, MW / SIMD a pixel; out, PE sums of ACC_W
// bits, MH / PE a pixel, row 0 in the low bits; a frame is PIXELS pixels. Cycles a pixel:
// (MH / PE) * (MW / SIMD), without bubbles. A step at cycle t reaches the output at
// t + clog2(SIMD) + 5. Around the datapath stands an mvu_shell, which takes RING, RING_BLOCK and
// what follows from PIXELS on.
// Limits: PE divides MH, SIMD divides MW, IN_W at most 16; ACC_W holds every sum. A pass ends early
// at tlast where MH = PE. A frame that tlast ends early ends with that pixel.
//
// STORAGE 1: weights in LUTs. STORAGE 2: block RAM, from WEIGHT_FILE. WEIGHTS word s holds those of
// step s, pass-major, WEIGHT_W bits each in two's complement, row p's from p * SIMD * WEIGHT_W on.
// START is what sums start at.

`default_nettype none

module linear_mvu #(
    parameter  int unsigned          IN_W        = 8,
    parameter  bit                   IN_SIGNED   = 1'b1,
    parameter  int unsigned          MW          = 8,
    parameter  int unsigned          MH          = 4,
    parameter  int unsigned          PE          = 2,
    parameter  int unsigned          SIMD        = 4,
    parameter  int unsigned          ACC_W       = 19,
    parameter  int unsigned          STORAGE     = 1,
    localparam int unsigned          WEIGHT_W    = 8,
    localparam int unsigned          TABLE_W     = (STORAGE == 2) ? 1 : MH * MW * WEIGHT_W,
    parameter  bit [TABLE_W-1:0]     WEIGHTS     = '0,
    parameter                        WEIGHT_FILE = "",
    parameter  int unsigned          WEIGHT_BANK = (MH / PE) * (MW / SIMD),
    parameter  int unsigned          RING        = 32,
    parameter  bit                   RING_BLOCK  = 1'b0,
    parameter  int unsigned          PIXELS      = 1,
    parameter  int unsigned          COLUMNS     = PIXELS,
    localparam int unsigned          START_W     = MH * ACC_W,
    parameter  bit [START_W-1:0]     START       = '0
) (
    input  wire                  clk,
    input  wire                  rst,
    input  wire  [SIMD*IN_W-1:0] s_axis_tdata,
    input  wire                  s_axis_tvalid,
    output logic                 s_axis_tready,
    input  wire                  s_axis_tlast,
    output logic [ PE*ACC_W-1:0] m_axis_tdata,
    output logic                 m_axis_tvalid,
    input  wire                  m_axis_tready,
    output logic                 m_axis_tlast,
    output logic                 busy
);

  localparam int unsigned PASSES = MH / PE;
  localparam int unsigned BEATS  = MW / SIMD;
  localparam int unsigned STEPS  = PASSES * BEATS;
  localparam int unsigned STEP_W = (STEPS == 1) ? 1 : $clog2(STEPS);
  localparam int unsigned X_W    = IN_SIGNED ? IN_W : IN_W + 1;
  localparam int unsigned LEVELS = $clog2(SIMD);
  localparam int unsigned DELAY  = 3 + LEVELS;  // integers and weights 2, rows 1 + LEVELS

  if (MH % PE != 0 || MW % SIMD != 0 || STORAGE < 1 || STORAGE > 2) begin : g_check
    $error("linear_mvu: PE must divide MH, SIMD must divide MW, and STORAGE be 1 or 2");
  end
  if (IN_W < 1 || IN_W > 16) begin : g_check_width
    $error("linear_mvu: IN_W must be 1 to 16");
  end

  logic                             en;
  logic [               STEP_W-1:0] step;
  logic [            SIMD*IN_W-1:0] data;
  logic                             adding;
  logic                             first;
  logic [PE-1:0][ACC_W-1:0]         start;
  logic [             PE*ACC_W-1:0] result;
  logic [             SIMD*X_W-1:0] xs;
  logic [PE-1:0][SIMD*WEIGHT_W-1:0] weight;

  mvu_shell #(
      .W         (SIMD * IN_W),
      .OUT_W     (PE * ACC_W),
      .PE        (PE),
      .ACC_W     (ACC_W),
      .BEATS     (BEATS),
      .PASSES    (PASSES),
      .DELAY     (DELAY),
      .RING      (RING),
      .RING_BLOCK(RING_BLOCK),
      .PIXELS    (PIXELS),
      .COLUMNS   (COLUMNS),
      .START     (START)
  ) u_shell (
      .clk          (clk),
      .rst          (rst),
      .s_axis_tdata (s_axis_tdata),
      .s_axis_tvalid(s_axis_tvalid),
      .s_axis_tready(s_axis_tready),
      .s_axis_tlast (s_axis_tlast),
      .m_axis_tdata (m_axis_tdata),
      .m_axis_tvalid(m_axis_tvalid),
      .m_axis_tready(m_axis_tready),
      .m_axis_tlast (m_axis_tlast),
      .busy         (busy),
      .en           (en),
      .step         (step),
      .data         (data),
      .adding       (adding),
      .first        (first),
      .start        (start),
      .result       (result)
  );

  // Integers come a cycle after their step, and wait for weights, which come two after.
  for (genvar k = 0; k < SIMD; k++) begin : g_lane
    always_ff @(posedge clk) begin
      if (en) xs[k*X_W+:X_W] <= X_W'({IN_SIGNED && data[(k+1)*IN_W-1], data[k*IN_W+:IN_W]});
    end
  end

  mvu_weights #(
      .DEPTH  (STEPS),
      .W      (PE * SIMD * WEIGHT_W),
      .LATENCY(2),
      .BLOCK  (STORAGE == 2),
      .TABLE  (WEIGHTS),
      .FILE   (WEIGHT_FILE),
      .BANK   (WEIGHT_BANK)
  ) u_weights (
      .clk (clk),
      .en  (en),
      .step(step),
      .word(weight)
  );

  for (genvar p = 0; p < PE; p++) begin : g_row
    logic signed [X_W+WEIGHT_W+LEVELS-1:0] sum;
    linear_row #(
        .SIMD    (SIMD),
        .X_W     (X_W),
        .WEIGHT_W(WEIGHT_W),
        .LEVELS  (LEVELS)
    ) u_row (
        .clk    (clk),
        .en     (en),
        .xs     (xs),
        .weights(weight[p]),
        .sum    (sum)
    );
    wire unused = &{1'b0, sum};  // upper bits, which few weights make no use of
    if (SIMD == 1 && X_W > 1) begin : g_slice
      // The DSP slice that multiplies also adds up, so that all is left to synthesis.
      logic [ACC_W-1:0] acc;
      always_ff @(posedge clk) begin
        if (en && adding) acc <= ACC_W'(sum) + (first ? start[p] : acc);
      end
      assign result[p*ACC_W+:ACC_W] = acc;
    end else begin : g_fabric
      mvu_accumulator #(
          .W(ACC_W)
      ) u_accumulator (
          .clk   (clk),
          .en    (en && adding),
          .first (first),
          .start (start[p]),
          .flip  (1'b0),
          .addend(ACC_W'(sum)),
          .carry (1'b0),
          .acc   (result[p*ACC_W+:ACC_W])
      );
    end
  end

endmodule

`default_nettype wire
