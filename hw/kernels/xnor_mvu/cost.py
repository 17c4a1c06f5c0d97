# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of an xnor_mvu, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.xnor_popcount import chunks, count_latency, groups, odd
from xnorflow.kernels.xnor_mvu.shape import XnorMvuShape

__all__ = ["estimate"]


def estimate(shape: XnorMvuShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    total = shape.shell(2, family)
    for part in (_weights, _popcounts, _accumulators):
        total += part(shape, family)
    return total


def _weights(shape: XnorMvuShape, family: Family) -> Resources:
    """The memory; activations wait for block RAM. What is constant is no part of it."""
    if shape.storage == "const":
        return Resources()
    if shape.storage == "bram":
        return shape.lanes.block_ram(family) + Resources(ff=shape.simd)
    lanes, fabric = shape.lanes, family.fabric
    return Resources(lut=lanes.rom_lut(fabric), ff=lanes.kept(fabric))


def _popcounts(shape: XnorMvuShape, family: Family) -> Resources:
    """Popcounts; of constants, equal ones are made once, and so are equal products left over.

    Where weights from memory are constant, so are the products that have a LUT of their own.
    """
    coded, rows = shape.storage == "const", shape.different[0]
    one, left_over = _popcount(shape.simd, coded, family)
    lut = rows * one.lut
    if not coded and family.fabric is Fabric.LUT6:
        constant = 1 - shape.lanes.varying / shape.lanes.count
        lut -= round(constant * rows * _products(shape.simd))
    alone = min(rows, 1 << shape.input.steps) if coded else rows
    return Resources(lut + alone * left_over.lut, rows * one.ff + alone * left_over.ff)


@dataclass(frozen=True)
class _Node:
    """Of the tree: bits of its sum, rounds it has waited, and registers of the bit left over."""

    bits: int
    rounds: int
    left_over: int


@lru_cache(maxsize=1024)
def _popcount(lanes: int, coded: bool, family: Family) -> tuple[Resources, Resources]:
    """One xnor_popcount: chunks of up to 32 lanes, and the tree; and what even chunks leave over.

    That is a product each, and its registers.
    """
    sizes = chunks(lanes)
    total = sum((_count(odd(size), coded, family) for size in sizes), Resources())
    even = sum(size % 2 == 0 for size in sizes)
    left_over = Resources(lut=even, ff=0 if coded else even)
    late = count_latency(odd(sizes[0])) - 1
    row = [_Node((size - 1).bit_length() or 1, 0, late * (1 - size % 2)) for size in sizes]
    while len(row) > 1:
        below, row = row, []
        for left, right in zip(below[::2], below[1::2], strict=False):
            bits = max(left.bits, right.bits)
            total += Resources(lut=family.fabric.adder_lut(bits), ff=bits + 1)
            left_over += _delay(left.left_over, family)
            row.append(_Node(bits + 1, 0, right.left_over and right.left_over + 1))
        if len(below) % 2:
            last = below[-1]
            total += _wait(last.bits, last.rounds, family)
            row.append(_Node(last.bits, last.rounds + 1, last.left_over and last.left_over + 1))
    return total, left_over + _delay(row[0].left_over, family)


def _products(lanes: int) -> int:
    """Products of a row that take a LUT each: a group's first, and those left over."""
    return sum(groups(odd(size)) + (size % 2 == 0) for size in chunks(lanes))


def _delay(registers: int, family: Family) -> Resources:
    """Registers in a row; three or more become one shift register, where there are any."""
    if registers > 2 and family.fabric.shift_depth:
        return Resources(lut=1)
    return Resources(ff=registers)


def _wait(bits: int, waits: int, family: Family) -> Resources:
    """A register for a count that has no partner in the tree.

    Three registers in a row become a shift register: at once for the two low bits, which left
    their column early, and in the second round for the others.
    """
    shifted = {0: 2, 1: bits - 2}.get(waits, 0) if family.fabric.shift_depth else 0
    return Resources(lut=shifted, ff=bits - 3 * shifted if waits < 2 else 0)


def _count(lanes: int, coded: bool, family: Family) -> Resources:
    """One xnor_count: groups of up to eleven lanes, then a column a binary digit."""
    number = groups(lanes)
    pairs = (lanes - number) // 2
    columns = [number, *(lanes >> k for k in range(1, lanes.bit_length()))]
    adders = pairs + sum(bits // 2 for bits in columns)
    first = 0 if coded and pairs else number
    ff = number + pairs + len(columns)
    if number > 1:
        ff += 2 + columns[1] // 2
    if family.fabric is Fabric.LUT6:
        return Resources(lut=adders + first, ff=ff)
    products = lanes // 2 if coded else lanes  # five-input adders, of which constants void some
    return Resources(lut=2 * adders + products, ff=ff)


def _accumulators(shape: XnorMvuShape, family: Family) -> Resources:
    """An adder a bit, and registers; where a pass is one step, and has a threshold, of the top bit.

    Without feedback, only bits to which a 1 is added need a LUT. With LUT4 the choice among sum and
    start values is not part of the adder.
    """
    rows, starts = shape.different[1], shape.starts.choices
    bits = shape.pe * shape.acc_bits
    adders = bits if shape.input.beats > 1 else ceil(shape.starts.ones * rows / shape.pe)
    if family.fabric is Fabric.LUT4:
        adders = shape.pe * family.fabric.adder_lut(shape.acc_bits)
        adders += (2 * bits if 4 < starts <= 8 else bits) if shape.input.beats > 1 else 0
    if not shape.thresholded:
        return Resources(lut=adders, ff=2 * (bits + shape.fine * shape.pe))
    return Resources(lut=adders, ff=shape.pe + (bits if shape.input.beats > 1 else shape.pe))
