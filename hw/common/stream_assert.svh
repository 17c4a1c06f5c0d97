// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// Protocol assertion for one AXI4-Stream: once tvalid rises it stays, with stable tdata and tlast,
// until tready accepts the beat. Active in Verilator simulations built with --assert, nothing
// anywhere else. P is the ports' common prefix; clk and rst must be in scope. STREAMS: of COUNT
// streams of W bits that stand side by side in the bits of such ports.
`ifndef XNORFLOW_STREAM_ASSERT_SVH
`define XNORFLOW_STREAM_ASSERT_SVH
`ifdef VERILATOR
`define XNORFLOW_ASSERT_STREAM(P)                                                              \
  always_ff @(posedge clk) begin : P``_held                                                    \
    if (!rst && $past(!rst && P``_tvalid && !P``_tready)) begin                                \
      assert (P``_tvalid) else $error(`"P``_tvalid fell before the beat was accepted`");       \
      assert ($stable(P``_tdata)) else $error(`"P``_tdata changed before it was accepted`");   \
      assert ($stable(P``_tlast)) else $error(`"P``_tlast changed before it was accepted`");   \
    end                                                                                        \
  end
`define XNORFLOW_ASSERT_STREAMS(P, COUNT, W)                                                   \
  for (genvar p = 0; p < COUNT; p++) begin : P``_streams                                       \
    always_ff @(posedge clk) begin                                                             \
      if (!rst && $past(!rst && P``_tvalid[p] && !P``_tready[p])) begin                        \
        assert (P``_tvalid[p]) else $error(`"P``_tvalid fell before the beat was accepted`");  \
        assert ($stable(P``_tdata[p*W+:W]))                                                    \
          else $error(`"P``_tdata changed before it was accepted`");                           \
        assert ($stable(P``_tlast[p]))                                                         \
          else $error(`"P``_tlast changed before it was accepted`");                           \
      end                                                                                      \
    end                                                                                        \
  end
`else
`define XNORFLOW_ASSERT_STREAM(P)
`define XNORFLOW_ASSERT_STREAMS(P, COUNT, W)
`endif
`endif
