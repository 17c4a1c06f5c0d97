// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Output side's control of a matrix-vector unit: when its accumulators start, at what, and end.
//
// Steps come as mvu_steps makes them (m_cut one cycle later) and reach the accumulators DELAY
// cycles with `en` later, at least 3. `adding`: a step is there; `opens`: it is the first of its
// pass, which starts at `start`. `done` and `last` come with the accumulators' new values:
// these are a pass's results, and the frame's last.
//
// A frame is PIXELS pixels, row by row with COLUMNS in a row, or ends with the pixel that is cut.
// Pixels are of KINDS kinds, each with start values of its own. The kind follows from the class
// of the pixel's row (R_W bits from ROW_CLASS) and of its column (C_W bits from COLUMN_CLASS):
// K_W bits from KIND, number row class * 2**C_W + column class.
// Word {kind, pass} of the start table, pass in clog2(PASSES) bits, is W bits: START in LUTs, or
// with BLOCK the file FILE_000.hex in block RAM.

`default_nettype none

module mvu_start #(
    parameter  int unsigned               PASSES       = 4,
    parameter  int unsigned               DELAY        = 3,
    parameter  int unsigned               W            = 8,
    parameter  int unsigned               PIXELS       = 1,
    parameter  int unsigned               COLUMNS      = PIXELS,
    parameter  int unsigned               KINDS        = 1,
    parameter  int unsigned               R_W          = 1,
    parameter  int unsigned               C_W          = 1,
    localparam int unsigned               K_W          = (KINDS == 1) ? 1 : $clog2(KINDS),
    localparam int unsigned               ROWS         = PIXELS / COLUMNS,
    parameter  bit [ROWS*R_W-1:0]         ROW_CLASS    = '0,
    parameter  bit [COLUMNS*C_W-1:0]      COLUMN_CLASS = '0,
    parameter  bit [(K_W<<(R_W+C_W))-1:0] KIND         = '0,
    localparam int unsigned               PASS_BITS    = $clog2(PASSES),
    localparam int unsigned               STARTS       = ((KINDS - 1) << PASS_BITS) + PASSES,
    parameter  bit                        BLOCK        = 1'b0,
    localparam int unsigned               TABLE_W      = BLOCK ? 1 : STARTS * W,
    parameter  bit [TABLE_W-1:0]          START        = '0,
    parameter                             FILE         = ""
) (
    input  wire          clk,
    input  wire          rst,
    input  wire          en,
    input  wire          step_valid,
    input  wire          step_pass_end,
    input  wire          step_pixel_end,
    input  wire          step_cut,        // one cycle after the others
    output logic         adding,
    output logic         opens,
    output logic [W-1:0] start,
    output logic         done,
    output logic         last
);

  localparam int unsigned PASS_W  = (PASSES == 1) ? 1 : PASS_BITS;
  localparam int unsigned ADDR_W  = (STARTS == 1) ? 1 : $clog2(STARTS);
  localparam int unsigned PIXEL_W = (PIXELS == 1) ? 1 : $clog2(PIXELS);

  // Where pixels and passes are counted: a block RAM wants its address two cycles early.
  localparam int unsigned EARLY = BLOCK ? 2 : 0;
  localparam int unsigned AT    = DELAY - 1 - EARLY;

  if (DELAY < 3 || PIXELS % COLUMNS != 0) begin : g_check
    $error("mvu_start: DELAY must be at least 3, and COLUMNS must divide PIXELS");
  end

  // Flags with a reset, though they need none: a shift register in a LUT has none, so that no LUT
  // is spent on them. Vivado's attribute shreg_extract would do too, but Yosys does not know it.
  logic [DELAY-1:0] valid;
  logic [DELAY-1:0] ends_pass;
  logic [   AT : 0] ends_pixel;
  always_ff @(posedge clk) begin
    if (rst) begin
      valid      <= '0;
      ends_pass  <= '0;
      ends_pixel <= '0;
    end else if (en) begin
      valid      <= DELAY'({valid, step_valid});
      ends_pass  <= DELAY'({ends_pass, step_pass_end});
      ends_pixel <= (AT + 1)'({ends_pixel, step_pixel_end});
    end
  end

  // The pass, and whether the frame ends with this pixel.
  logic [PASS_W-1:0] pass;
  logic              at_end;
  logic              next_pass;
  logic              next_pixel;
  logic              frame_end;
  assign next_pass  = en && valid[AT] && ends_pass[AT];
  assign next_pixel = en && valid[AT] && ends_pixel[AT];
  assign frame_end  = ends_pixel[AT] && at_end;

  always_ff @(posedge clk) begin
    if (rst) pass <= '0;
    else if (next_pass) pass <= ends_pixel[AT] ? '0 : pass + PASS_W'(1);
  end

  logic [ADDR_W-1:0] addr;
  if (PIXELS == 1) begin : g_one_pixel
    assign at_end = 1'b1;
    assign addr   = ADDR_W'(pass);
    wire unused = &{step_cut, next_pixel};
  end else begin : g_pixels
    logic [AT:0] cut;
    assign cut[0] = step_cut;
    for (genvar k = 1; k <= AT; k++) begin : g_cut
      always_ff @(posedge clk) begin
        if (rst) cut[k] <= 1'b0;
        else if (en) cut[k] <= cut[k-1];
      end
    end
    if (KINDS == 1) begin : g_one_kind
      logic [PIXEL_W-1:0] pixel;
      assign at_end = cut[AT] || pixel == PIXEL_W'(PIXELS - 1);
      assign addr   = ADDR_W'(pass);
      always_ff @(posedge clk) begin
        if (rst) pixel <= '0;
        else if (next_pixel) pixel <= at_end ? '0 : pixel + PIXEL_W'(1);
      end
    end else begin : g_kinds
      localparam int unsigned COLUMN_W = (COLUMNS == 1) ? 1 : $clog2(COLUMNS);
      localparam int unsigned ROW_W    = (ROWS == 1) ? 1 : $clog2(ROWS);
      logic [COLUMN_W-1:0] column;
      logic [   ROW_W-1:0] row;
      logic [     C_W-1:0] column_class;
      logic [     R_W-1:0] row_class;
      logic [     K_W-1:0] kind;
      logic                row_end;
      assign row_end = column == COLUMN_W'(COLUMNS - 1);
      assign at_end  = cut[AT] || (row_end && row == ROW_W'(ROWS - 1));
      always_ff @(posedge clk) begin
        if (rst) begin
          column <= '0;
          row    <= '0;
        end else if (next_pixel) begin
          column <= (cut[AT] || row_end) ? '0 : column + COLUMN_W'(1);
          if (at_end) row <= '0;
          else if (row_end) row <= row + ROW_W'(1);
        end
      end
      lut_rom #(
          .DEPTH(COLUMNS),
          .W    (C_W),
          .TABLE(COLUMN_CLASS)
      ) u_column (
          .addr(column),
          .word(column_class)
      );
      lut_rom #(
          .DEPTH(ROWS),
          .W    (R_W),
          .TABLE(ROW_CLASS)
      ) u_row (
          .addr(row),
          .word(row_class)
      );
      lut_rom #(
          .DEPTH(1 << (R_W + C_W)),
          .W    (K_W),
          .TABLE(KIND)
      ) u_kind (
          .addr({row_class, column_class}),
          .word(kind)
      );
      if (PASSES == 1) begin : g_kind_only
        assign addr = kind;
      end else begin : g_kind_and_pass
        assign addr = {kind, pass};
      end
    end
  end

  if (BLOCK) begin : g_block
    banked_rom #(
        .DEPTH(STARTS),
        .W    (W),
        .FILE (FILE)
    ) u_start (
        .clk (clk),
        .en  (en),
        .addr(addr),
        .q   (start)
    );
  end else if (STARTS <= 8) begin : g_in_adder
    // Few enough for the adders' LUTs to take in.
    always_comb begin
      start = '0;
      for (int unsigned f = 0; f < STARTS; f++) begin
        if (addr == ADDR_W'(f)) start = START[f*W+:W];
      end
    end
  end else begin : g_table
    lut_rom #(
        .DEPTH(STARTS),
        .W    (W),
        .TABLE(START)
    ) u_start (
        .addr(addr),
        .word(start)
    );
  end

  logic [EARLY:0] ends_frame;
  assign adding = valid[DELAY-1];
  assign last   = ends_frame[EARLY];
  always_ff @(posedge clk) begin
    if (en) ends_frame <= (EARLY + 1)'({ends_frame, frame_end});
    if (rst) begin
      opens <= 1'b1;
      done  <= 1'b0;
    end else if (en) begin
      done <= adding && ends_pass[DELAY-1];
      if (adding) opens <= ends_pass[DELAY-1];
    end
  end

endmodule

`default_nettype wire
