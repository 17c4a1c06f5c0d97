// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// One bit of a function of one value: y is bit x of TRUTH. Combinational. Limits: IN_W <= 8.
//
// Synthesis makes much of a large truth table, and of some functions more than of others. So a
// function of more than four inputs is cut at the sixth: the lower six give, in a LUT6 each, the few
// bits that say what function of the upper inputs is left (two such functions, hence one bit, for a
// threshold). What is left is small enough to share a LUT with whatever follows. A function that
// depends on four inputs or fewer is left alone for that.

`default_nettype none

module element_function #(
    parameter int unsigned        IN_W  = 8,
    parameter bit [(1<<IN_W)-1:0] TRUTH = '0
) (
    input  wire  [IN_W-1:0] x,
    output logic            y
);

`ifndef SYNTHESIS

  assign y = TRUTH[x];

`else

  localparam int unsigned LOW_W  = (IN_W < 6) ? IN_W : 6;
  localparam int unsigned HIGHS  = 1 << (IN_W - LOW_W);
  localparam int unsigned KINDS  = 1 << HIGHS;

  // An input is needed where the function differs between places with and without it.
  function automatic bit [IN_W-1:0] needed();
    bit [(1<<IN_W)-1:0] without;
    for (int unsigned b = 0; b < IN_W; b++) begin
      without = ((1 << IN_W)'(1) << (1 << b)) - (1 << IN_W)'(1);
      for (int unsigned s = 2 << b; s < 1 << IN_W; s = s << 1) without = without | without << s;
      needed[b] = ((TRUTH ^ TRUTH >> (1 << b)) & without) != '0;
    end
  endfunction

  // What is left of the function, a bit for each value of the upper inputs, given the lower ones.
  function automatic bit [HIGHS-1:0] left_of(input int unsigned low);
    for (int unsigned h = 0; h < HIGHS; h++) left_of[h] = TRUTH[(h<<LOW_W)+low];
  endfunction

  function automatic bit [KINDS-1:0] all_left();
    all_left = '0;
    for (int unsigned low = 0; low < 1 << LOW_W; low++) all_left[left_of(low)] = 1'b1;
  endfunction

  localparam bit [IN_W-1:0]  NEEDED = needed();
  localparam bit [KINDS-1:0] LEFT   = all_left();
  localparam int unsigned    CODE_W = $clog2($countones(LEFT));

  if ($countones(NEEDED) <= 4) begin : g_whole
    assign y = TRUTH[x];
  end else begin : g_cut
    // The number of each function among those that are left.
    function automatic bit [KINDS*HIGHS-1:0] numbers();
      int unsigned count;
      count = 0;
      for (int unsigned k = 0; k < KINDS; k++) begin
        numbers[k*HIGHS+:HIGHS] = HIGHS'(count);
        if (LEFT[k]) count = count + 1;
      end
    endfunction

    localparam bit [KINDS*HIGHS-1:0] NUMBERS = numbers();

    function automatic bit [63:0] code_table(input int unsigned b);
      code_table = '0;
      for (int unsigned low = 0; low < 1 << LOW_W; low++) begin
        code_table[low] = NUMBERS[32'(left_of(low))*HIGHS+b];
      end
    endfunction

    function automatic bit [(HIGHS<<CODE_W)-1:0] of_codes();
      of_codes = '0;
      for (int unsigned k = 0; k < KINDS; k++) begin
        for (int unsigned h = 0; h < HIGHS; h++) begin
          if (LEFT[k]) of_codes[(h<<CODE_W)+32'(NUMBERS[k*HIGHS+:HIGHS])] = ((k >> h) & 1) != 0;
        end
      end
    endfunction

    localparam bit [(HIGHS<<CODE_W)-1:0] OF_CODES = of_codes();
    localparam int unsigned              REST_W   = IN_W - LOW_W + CODE_W;

    logic [CODE_W-1:0] code;
    for (genvar b = 0; b < CODE_W; b++) begin : g_code
      table_lut #(
          .INIT(code_table(b))
      ) u_lut (
          .i(6'(x[LOW_W-1:0])),
          .o(code[b])
      );
    end
    logic [REST_W-1:0] rest;
    if (IN_W > 6) begin : g_upper
      assign rest = {x[IN_W-1:6], code};
    end else begin : g_no_upper
      assign rest = code;
    end
    if (REST_W > 4) begin : g_lut
      table_lut #(
          .INIT(64'(OF_CODES))
      ) u_lut (
          .i(6'(rest)),
          .o(y)
      );
    end else begin : g_shared
      assign y = OF_CODES[rest];
    end
  end

`endif

endmodule

`default_nettype wire
