# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of an xnor_mvu, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.ir.kernel import Family, Resources

__all__ = ["Shape", "estimate", "popcount_latency"]

_BRAM18_MODES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
"""Depth and width of a RAMB18 (7 Series Memory Resources, UG473) and, alike, of a DP16KD."""


@dataclass(frozen=True)
class Shape:
    """Everything that an xnor_mvu's cost depends on; storage is const, lutram or bram."""

    rows: int
    columns: int
    pe: int
    simd: int
    acc_bits: int
    thresholded: bool
    storage: str

    @property
    def beats(self) -> int:
        """Input beats a frame."""
        return self.columns // self.simd

    @property
    def passes(self) -> int:
        """Passes over a frame."""
        return self.rows // self.pe

    @property
    def ring_depth(self) -> int:
        """Beats that the replay buffer stores; 0 where the input is not replayed."""
        if self.passes == 1:
            return 0
        return 32 if self.beats <= 16 else 1 << (2 * self.beats - 1).bit_length()

    @property
    def steps(self) -> int:
        """Words of weights."""
        return self.beats * self.passes


def popcount_latency(lanes: int) -> int:
    """Cycles of xnor_popcount: 2 or 3 in a chunk of 31 lanes, one more a level of the tree."""
    return 2 if lanes <= 11 else 3 + (ceil(lanes / 31) - 1).bit_length()


def estimate(shape: Shape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    parts = (_weights, _popcounts, _accumulators, _input_side, _control)
    total = Resources()
    for part in parts:
        total += part(shape, family)
    return total


def _weights(shape: Shape, family: Family) -> Resources:
    width = shape.pe * shape.simd
    if shape.storage == "const":
        return Resources()
    if shape.storage == "bram":
        return Resources(ff=width, bram18=_bram18(shape.steps, width))
    return Resources(lut=_rom_lut(shape.steps, width, family), ff=width)


def _bram18(depth: int, width: int) -> int:
    return min(ceil(depth / d) * ceil(width / w) for d, w in _BRAM18_MODES)


def _rom_lut(depth: int, width: int, family: Family) -> int:
    """LUTs of a constant table whose bits are random."""
    if family == "ecp5":
        return width * max(2, ceil(1.85 * depth / 16))  # 7.4 LUT4 a bit 64 deep, as synthesised
    if depth <= 32:
        return (width + 1) // 2
    blocks = ceil(depth / 64)
    return width * (blocks + (0 if blocks == 1 else ceil((blocks - 1) / 3)))


def _popcounts(shape: Shape, family: Family) -> Resources:
    one = _popcount(shape.simd, shape.storage == "const", family)
    return Resources(lut=shape.pe * one.lut, ff=shape.pe * one.ff)


def _popcount(lanes: int, coded: bool, family: Family) -> Resources:
    """One xnor_popcount: chunks of up to 31 lanes and the tree that adds them."""
    chunks = ceil(lanes / 31)
    sizes = [lanes // chunks + (index < lanes % chunks) for index in range(chunks)]
    total = Resources()
    for size in sizes:
        total += _count(size, coded, family)
    row = [(size.bit_length(), 0) for size in sizes]
    while len(row) > 1:
        below, row = row, []
        for left, right in zip(below[::2], below[1::2], strict=False):
            bits = max(left[0], right[0])
            total += Resources(lut=_adder_lut(bits, family), ff=bits + 1)
            row.append((bits + 1, 0))
        if len(below) % 2:
            bits, waits = below[-1]
            total += _wait(bits, waits, family)
            row.append((bits, waits + 1))
    return total


def _wait(bits: int, waits: int, family: Family) -> Resources:
    """A register for a count that has no partner in the tree.

    Three registers in a row become one shift register in a LUT on xc7: at once for the two low
    bits, which left their column early, and in the second round for the others.
    """
    shifted = {0: 2, 1: bits - 2}.get(waits, 0) if family == "xc7" else 0
    return Resources(lut=shifted, ff=bits - 3 * shifted if waits < 2 else 0)


def _adder_lut(bits: int, family: Family) -> int:
    return bits if family == "xc7" else 2 * ceil((bits + 1) / 2)


def _count(lanes: int, coded: bool, family: Family) -> Resources:
    """One xnor_count: groups of up to eleven lanes, then a column a binary digit."""
    odd = lanes | 1
    groups = ((odd + 10) // 11) | 1
    pairs = (odd - groups) // 2
    columns = [groups, *(odd >> k for k in range(1, lanes.bit_length()))]
    adders = pairs + sum(bits // 2 for bits in columns)
    first = 0 if coded and pairs else groups
    ff = groups + pairs + len(columns)
    if groups > 1:
        ff += 2 + columns[1] // 2
    if family == "xc7":
        return Resources(lut=adders + first, ff=ff)
    products = lanes // 2 if coded else lanes  # five-input adders, of which constants void some
    return Resources(lut=2 * adders + products, ff=ff)


def _accumulators(shape: Shape, family: Family) -> Resources:
    """An adder a bit; the start values of more than 8 passes come from a table in LUTs.

    Without feedback and with one start value, only the bits added to a 1 need a LUT: half.
    """
    bits = shape.pe * shape.acc_bits
    table = _rom_lut(shape.passes, bits, family) if shape.passes > 8 else 0
    adders = (bits + 1) // 2 if shape.steps == 1 else bits
    outputs = shape.pe if shape.thresholded else bits
    return Resources(lut=adders + table, ff=bits + outputs)


def _input_side(shape: Shape, family: Family) -> Resources:
    """The replay buffer's memory, or the skid buffer's registers and multiplexers."""
    waiting = shape.simd * (2 if shape.storage == "bram" else 1)
    if shape.passes == 1:
        return Resources(lut=shape.simd + 4, ff=2 * shape.simd + 4 + waiting)
    return Resources(lut=_ring_lut(shape.ring_depth, shape.simd, family), ff=waiting)


def _ring_lut(depth: int, width: int, family: Family) -> int:
    """Distributed RAM: RAM32M (6 bits) and RAM64M (3 bits) are 4 LUT each."""
    if depth == 32:
        return 4 * ceil(width / 6)
    return 4 * ceil(width / 3) * (depth // 64) + (width * (depth // 64 - 1) + 2) // 3


def _control(shape: Shape, family: Family) -> Resources:
    """Counters and flags; fitted to synthesis, linear in the counters' widths."""
    step, beat = (shape.steps - 1).bit_length(), (shape.beats - 1).bit_length()
    flags = 3 * popcount_latency(shape.simd) // 2 + 6
    if shape.passes == 1:
        return Resources(lut=8 + beat, ff=flags + beat)
    ring = shape.ring_depth.bit_length()
    uneven = beat + 4 if shape.beats & (shape.beats - 1) else 0
    return Resources(lut=12 + 4 * ring + step + uneven, ff=flags + 4 * ring + step + 2 * beat)
