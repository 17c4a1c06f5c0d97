// SPDX-FileCopyrightText: 2026 The xnorflow authors
// SPDX-License-Identifier: Apache-2.0
//
// How xnor_popcount divides its lanes, and the latency that follows: the only place in
// SystemVerilog where either is said.
//
// Chunks of up to 32 lanes go to an xnor_count each, that divides its own into groups of up to
// eleven. xnor_popcount.py says the same for cost and cycles; tests/test_popcount_latency.py holds
// the two together.

`default_nettype none

package xnor_pkg;

  function automatic int unsigned chunks(input int unsigned lanes);
    chunks = (lanes + 31) / 32;
  endfunction

  // Lanes of an xnor_count, of a chunk's: an even chunk's last lane goes another way.
  function automatic int unsigned odd(input int unsigned lanes);
    odd = (lanes - 1) | 1;
  endfunction

  // Groups of an xnor_count, an odd number, so that its lowest digit has nothing left over.
  function automatic int unsigned groups(input int unsigned lanes);
    groups = ((lanes + 10) / 11) | 1;
  endfunction

  // Cycles of an xnor_count: a register behind the groups, one behind the sum of several groups'
  // bits, and one behind the count.
  function automatic int unsigned count_latency(input int unsigned lanes);
    count_latency = (groups(lanes) == 1) ? 2 : 3;
  endfunction

  // Cycles of an xnor_popcount: those of its first chunk, which is the largest, and one a level of
  // the tree. Of several chunks all have more than 15 lanes, and so several groups.
  function automatic int unsigned popcount_latency(input int unsigned lanes);
    popcount_latency = count_latency(odd((lanes + chunks(lanes) - 1) / chunks(lanes)))
                     + $clog2(chunks(lanes));
  endfunction

endpackage

`default_nettype wire
