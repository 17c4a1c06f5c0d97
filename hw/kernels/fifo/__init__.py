# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""fifo: a buffer that holds exactly so many beats."""

from __future__ import annotations

from xnorflow.ir.kernel import Adapter, Family, Instance, Resources
from xnorflow.ir.process import Order, Output, Process
from xnorflow.ir.types import Stream

__all__ = ["Fifo"]


class Fifo(Adapter):
    """Stores ``depth`` beats between two equal streams."""

    name = "fifo"
    summary = "buffer of exactly depth beats, in distributed RAM"
    sources = ("skid_buffer/skid_buffer.sv", "fifo.sv")

    def resources(self, source: Stream, sink: Stream, depth: int, family: Family) -> Resources:
        """Registers for depth 1 and 2, else distributed RAM and an output register.

        The constants are fitted to Yosys over widths 1 to 40 and depths 3 to 300.
        """
        bits = source.width + 1
        if depth == 1:
            return Resources(lut=2, ff=bits + 2)
        if depth == 2:
            return Resources(lut=bits + 3, ff=2 * bits + 2)
        address, count = (depth - 2).bit_length(), (depth - 1).bit_length()
        memory = _memory_xc7 if family == "xc7" else _memory_ecp5
        control = 9 + address + count // 2 if family == "xc7" else 14 + 9 * address // 2
        return Resources(memory(bits, 1 << address) + control, bits + 3 + 2 * address + count)

    def process(self, source: Stream, sink: Stream, depth: int) -> Process:
        """One cycle up to two beats, else two: into the memory, and out of it."""
        output = Output(depth, turn=1, latency=1 if depth <= 2 else 2)
        return Process(Order.of_beats(source.beats), source.beats, output)

    def instance(self, source: Stream, sink: Stream, depth: int) -> Instance:
        """Module and parameters."""
        return Instance("fifo", {"W": str(source.width), "DEPTH": str(depth)})


def _memory_xc7(bits: int, rows: int) -> int:
    """LUTs of RAM32M (6 bits of 32 rows in 4), or of RAM64M (3 bits of 64) with multiplexers."""
    if rows <= 32:
        return 4 * -(-bits // 6)
    blocks = rows // 64
    return 4 * blocks * -(-bits // 3) + bits * -(-(blocks - 1) // 3)


def _memory_ecp5(bits: int, rows: int) -> int:
    """LUTs of DPR16X4 (4 bits of 16 rows in 6) with multiplexers."""
    blocks = max(1, rows // 16)
    multiplexers = {1: 0, 2: 1, 4: 3, 8: 6, 16: 21}.get(blocks, blocks)
    return 6 * blocks * -(-bits // 4) + bits * multiplexers
