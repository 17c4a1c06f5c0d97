# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""fifo: a buffer that holds exactly so many beats."""

from __future__ import annotations

from math import ceil

from xnorflow.hardware.family import Family
from xnorflow.hardware.kernel import Adapter, Instance
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.hw_common.memory import block_pays, block_ring, ring_lut, skid
from xnorflow.timing.process import Order, Output, Process

__all__ = ["Fifo"]

_SRL_DEPTH = 129
"""Beats of the deepest one in shift registers, of which a slice joins four."""
_POINTERS_LUT = 2
"""What the counters of a RAM's two addresses take on xc7: most of it is carry chain."""


class Fifo(Adapter):
    """Stores ``depth`` beats between two equal streams."""

    name = "fifo"
    summary = "buffer of exactly depth beats, in registers, shift registers or RAM"
    sources = ("skid_buffer/skid_buffer.sv", "common/shift_memory.sv", "fifo.sv")

    def matches(self, source: Stream, sink: Stream, depth: int) -> bool:
        """Equal streams, and a beat or more."""
        return source == sink and depth >= 1

    def resources(self, source: Stream, sink: Stream, depth: int, family: Family) -> Resources:
        """Registers for depth 1 and 2, else a memory and its output register.

        The constants are fitted to Yosys over widths 1 to 40 and depths 3 to 3000.
        """
        bits = source.width + 1
        if depth == 1:
            return Resources(lut=2, ff=bits + 2)
        if depth == 2:
            return skid(source.width)
        address, rows = (depth - 2).bit_length(), _rows(depth)
        storage = _storage(bits, depth, family)
        rest = _control(address, storage, family)
        if storage == "srl":
            return Resources(lut=_srl_lut(bits, depth), ff=bits) + rest
        if storage == "bram":
            return block_ring(rows, bits, family) + rest
        return Resources(lut=ring_lut(rows, bits, family), ff=bits) + rest

    def process(self, source: Stream, sink: Stream, depth: int) -> Process:
        """One cycle up to two beats, else two: into the memory, and out of it."""
        output = Output(depth, turn=1, latency=1 if depth <= 2 else 2)
        return Process(Order.of_beats(source.beats), source.beats, output)

    def instance(self, source: Stream, sink: Stream, depth: int) -> Instance:
        """Module and parameters."""
        bits, parameters = source.width + 1, {"W": str(source.width), "DEPTH": str(depth)}
        if depth > 2 and _storage(bits, depth, "ecp5") == "bram":
            parameters["IN_BRAM"] = "1'b1"
        if depth > 2 and _storage(bits, depth, "xc7") == "srl":
            parameters["IN_SRL"] = "1'b1"
        return Instance("fifo", parameters)


def _control(address: int, storage: str, family: Family) -> Resources:
    """Handshake and fill count; for RAM also where beats are written and read."""
    pointers = 0 if storage == "srl" else 2 * address
    if family == "xc7":
        lut = 5 + 8 * address // 5 + (_POINTERS_LUT if pointers else 0)
    else:
        lut = 7 + 9 * address // 2 + (7 if storage == "lutram" else 0)
    return Resources(lut, 3 + address + pointers)


def _storage(bits: int, depth: int, family: Family) -> str:
    """The cheapest of ``srl``, ``lutram`` and ``bram`` for more than two beats."""
    rows = _rows(depth)
    lut, cheapest = ring_lut(rows, bits, "xc7"), "lutram"
    srl = _srl_lut(bits, depth)
    if family == "xc7" and depth <= _SRL_DEPTH and srl <= lut + _POINTERS_LUT:
        lut, cheapest = srl, "srl"
    return "bram" if block_pays(lut, rows, bits) else cheapest


def _rows(depth: int) -> int:
    """Words of a RAM that holds all beats but the one in the output register."""
    return 1 << (depth - 2).bit_length()


def _srl_lut(bits: int, depth: int) -> int:
    """LUTs of shift registers, 32 beats of a bit each: SRLC32E, joined by MUXF7 and MUXF8."""
    return bits * ceil((depth - 1) / 32)
