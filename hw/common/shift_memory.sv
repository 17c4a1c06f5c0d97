// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Memory into which words are shifted: `out` is the word that was put `at` puts before the last.
// Combinational from `at` to `out`; it has no reset and needs no address to write.
//
// A LUT is 32 places of a bit. What synthesis makes of a description with an address is not certain,
// so where XNORFLOW_LUT6 says that the part has shift registers the primitive is named, with the
// multiplexers beside the LUTs of a slice; elsewhere the words are registers.
// Limits: W >= 1, 2 to 128 words, which are the four LUTs of a slice.

`default_nettype none

module shift_memory #(
    parameter  int unsigned W     = 8,
    parameter  int unsigned DEPTH = 32,
    localparam int unsigned A     = $clog2(DEPTH)
) (
    input  wire          clk,
    input  wire          put,
    input  wire  [W-1:0] in,
    input  wire  [A-1:0] at,
    output logic [W-1:0] out
);

  if (DEPTH < 2 || DEPTH > 128) begin : g_check
    $error("shift_memory: DEPTH must be 2 to 128");
  end

`ifdef XNORFLOW_LUT6
  localparam int unsigned BLOCKS = (DEPTH + 31) / 32;

  logic [6:0] place;
  assign place = 7'(at);

  for (genvar b = 0; b < W; b++) begin : g_bit
    // Beyond the last block nothing is ever addressed.
    logic [3:0] found;
    logic [BLOCKS:0] passed;
    assign passed[0] = in[b];
    for (genvar k = 0; k < 4; k++) begin : g_block
      if (k < BLOCKS) begin : g_shift
        SRLC32E u_shift (
            .Q  (found[k]),
            .Q31(passed[k+1]),
            .A  (place[4:0]),
            .CE (put),
            .CLK(clk),
            .D  (passed[k])
        );
      end else begin : g_none
        assign found[k] = 1'b0;
      end
    end

    if (BLOCKS == 1) begin : g_one
      assign out[b] = found[0];
    end else begin : g_choice
      logic low, high;
      MUXF7 u_low (
          .O (low),
          .I0(found[0]),
          .I1(found[1]),
          .S (place[5])
      );
      if (BLOCKS == 2) begin : g_two
        assign high   = 1'b0;
        assign out[b] = low;
      end else begin : g_four
        MUXF7 u_high (
            .O (high),
            .I0(found[2]),
            .I1(found[3]),
            .S (place[5])
        );
        MUXF8 u_out (
            .O (out[b]),
            .I0(low),
            .I1(high),
            .S (place[6])
        );
      end
    end
  end
`else
  logic [DEPTH-1:0][W-1:0] words;

  always_ff @(posedge clk) begin
    if (put) words <= {words[DEPTH-2:0], in};
  end

  assign out = words[at];
`endif

endmodule

`default_nettype wire
