# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of an xnor_mvu, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.hw_common.banked_rom import BankedRom
from xnorflow.hw_common.memory import rom_lut
from xnorflow.hw_common.mvu_start import Starts
from xnorflow.hw_common.mvu_steps import Steps
from xnorflow.ir.kernel import Family, Resources

__all__ = ["Shape", "estimate", "popcount_latency"]


@dataclass(frozen=True, eq=False)
class Shape:
    """Everything that an xnor_mvu's cost depends on.

    Attributes:
        input: its input side.
        starts: where its accumulators start.
        start_ones: bits of all rows' first start values that are 1.
        start_varying: bits of a word of start values that are not the same in all words.
        thresholded: whether outputs are bits.
        storage: const, lutram or bram.
    """

    input: Steps
    starts: Starts
    start_ones: int
    start_varying: int
    thresholded: bool
    storage: str

    @property
    def pe(self) -> int:
        """Rows at a time."""
        return self.starts.pe

    @property
    def simd(self) -> int:
        """Columns at a time."""
        return self.input.width

    @property
    def acc_bits(self) -> int:
        """Bits of an accumulator."""
        return self.starts.bits

    @property
    def table(self) -> BankedRom:
        """The weights, where they are in block RAM."""
        return BankedRom(self.input.steps, self.pe * self.simd)

    @property
    def weight_latency(self) -> int:
        """Cycles from a step to its weights."""
        return 2 if self.storage == "bram" else 1

    @property
    def delay(self) -> int:
        """Cycles from a step to the accumulators."""
        return self.weight_latency + popcount_latency(self.simd)


def popcount_latency(lanes: int) -> int:
    """Cycles of xnor_popcount: 2 or 3 in a chunk of 32 lanes, one more a level of the tree."""
    return 2 if lanes <= 12 else 3 + (ceil(lanes / 32) - 1).bit_length()


def estimate(shape: Shape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    total = shape.input.resources(family)
    total += shape.starts.resources(shape.delay, shape.start_varying, family)
    for part in (_weights, _popcounts, _accumulators):
        total += part(shape, family)
    return total


def _weights(shape: Shape, family: Family) -> Resources:
    """The memory; activations wait for block RAM."""
    width, steps = shape.pe * shape.simd, shape.input.steps
    if shape.storage == "const":
        return Resources()
    if shape.storage == "bram":
        return shape.table.resources + Resources(ff=shape.simd)
    if family == "ecp5":
        width = min(width, 1 << min(steps, 32))  # equal tables become one
    return Resources(lut=rom_lut(steps, width, family), ff=width)


def _popcounts(shape: Shape, family: Family) -> Resources:
    one = _popcount(shape.simd, shape.storage == "const", family)
    return Resources(lut=shape.pe * one.lut, ff=shape.pe * one.ff)


@dataclass(frozen=True)
class _Node:
    """Of the tree: bits of its sum, rounds it has waited, and registers of the bit left over."""

    bits: int
    rounds: int
    left_over: int


def _popcount(lanes: int, coded: bool, family: Family) -> Resources:
    """One xnor_popcount: chunks of up to 32 lanes and the tree that adds them."""
    chunks = ceil(lanes / 32)
    sizes = [lanes // chunks + (index < lanes % chunks) for index in range(chunks)]
    total = Resources()
    for size in sizes:
        total += _count((size - 1) | 1, coded, family)
        if size % 2 == 0:
            total += Resources(lut=1, ff=0 if coded else 1)
    late = popcount_latency(sizes[0]) - 1
    row = [_Node((size - 1).bit_length() or 1, 0, late * (1 - size % 2)) for size in sizes]
    while len(row) > 1:
        below, row = row, []
        for left, right in zip(below[::2], below[1::2], strict=False):
            bits = max(left.bits, right.bits)
            total += Resources(lut=_adder_lut(bits, family), ff=bits + 1)
            total += _delay(left.left_over, family)
            row.append(_Node(bits + 1, 0, right.left_over and right.left_over + 1))
        if len(below) % 2:
            last = below[-1]
            total += _wait(last.bits, last.rounds, family)
            row.append(_Node(last.bits, last.rounds + 1, last.left_over and last.left_over + 1))
    return total + _delay(row[0].left_over, family)


def _delay(registers: int, family: Family) -> Resources:
    """Registers in a row; three or more become one shift register in a LUT on xc7."""
    if registers > 2 and family == "xc7":
        return Resources(lut=1)
    return Resources(ff=registers)


def _wait(bits: int, waits: int, family: Family) -> Resources:
    """A register for a count that has no partner in the tree.

    Three registers in a row become a shift register: at once for the two low bits, which left
    their column early, and in the second round for the others.
    """
    shifted = {0: 2, 1: bits - 2}.get(waits, 0) if family == "xc7" else 0
    return Resources(lut=shifted, ff=bits - 3 * shifted if waits < 2 else 0)


def _adder_lut(bits: int, family: Family) -> int:
    return bits if family == "xc7" else 2 * ceil((bits + 1) / 2)


def _count(lanes: int, coded: bool, family: Family) -> Resources:
    """One xnor_count: groups of up to eleven lanes, then a column a binary digit."""
    groups = ((lanes + 10) // 11) | 1
    pairs = (lanes - groups) // 2
    columns = [groups, *(lanes >> k for k in range(1, lanes.bit_length()))]
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
    """An adder a bit, and registers; where a pass is one step, and has a threshold, of the top bit.

    Without feedback and with one start value, only the bits added to a 1 need a LUT. On ecp5 the
    choice among sum and start values is not part of the adder.
    """
    bits, starts = shape.pe * shape.acc_bits, shape.starts.depth
    adders = bits if shape.input.beats > 1 or starts > 1 else shape.start_ones
    if family == "ecp5":
        adders = shape.pe * _adder_lut(shape.acc_bits, family)
        adders += (2 * bits if 4 < starts <= 8 else bits) if shape.input.beats > 1 else 0
    if not shape.thresholded:
        return Resources(lut=adders, ff=2 * bits)
    return Resources(lut=adders, ff=shape.pe + (bits if shape.input.beats > 1 else shape.pe))
