# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""fifo: a buffer that holds exactly so many beats."""

from __future__ import annotations

from xnorflow.hw_common.memory import block_pays, block_ring, ring_lut
from xnorflow.ir.kernel import Adapter, Family, Instance, Resources
from xnorflow.ir.process import Order, Output, Process
from xnorflow.ir.types import Stream

__all__ = ["Fifo"]


class Fifo(Adapter):
    """Stores ``depth`` beats between two equal streams."""

    name = "fifo"
    summary = "buffer of exactly depth beats, in registers, distributed or block RAM"
    sources = ("skid_buffer/skid_buffer.sv", "fifo.sv")

    def resources(self, source: Stream, sink: Stream, depth: int, family: Family) -> Resources:
        """Registers for depth 1 and 2, else RAM and its output register.

        The constants are fitted to Yosys over widths 1 to 40 and depths 3 to 3000.
        """
        bits = source.width + 1
        if depth == 1:
            return Resources(lut=2, ff=bits + 2)
        if depth == 2:
            return Resources(lut=bits + 3, ff=2 * bits + 2)
        address, count = (depth - 2).bit_length(), (depth - 1).bit_length()
        control = 9 + address + count // 2 if family == "xc7" else 14 + 9 * address // 2
        rest = Resources(control, 3 + 2 * address + count)
        if _in_bram(bits, depth):
            return block_ring(1 << address, bits, family) + rest
        return Resources(lut=ring_lut(1 << address, bits, family), ff=bits) + rest

    def process(self, source: Stream, sink: Stream, depth: int) -> Process:
        """One cycle up to two beats, else two: into the memory, and out of it."""
        output = Output(depth, turn=1, latency=1 if depth <= 2 else 2)
        return Process(Order.of_beats(source.beats), source.beats, output)

    def instance(self, source: Stream, sink: Stream, depth: int) -> Instance:
        """Module and parameters."""
        parameters = {"W": str(source.width), "DEPTH": str(depth)}
        if _in_bram(source.width + 1, depth):
            parameters["IN_BRAM"] = "1'b1"
        return Instance("fifo", parameters)


def _in_bram(bits: int, depth: int) -> bool:
    """Whether a deep and wide one is in block RAM."""
    rows = 1 << (depth - 2).bit_length()
    return depth > 2 and block_pays(ring_lut(rows, bits, "xc7"), rows, bits)
