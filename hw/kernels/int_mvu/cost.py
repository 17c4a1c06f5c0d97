# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of an int_mvu, part by part as the SystemVerilog builds it.

The constants are fitted to what Yosys makes of single units. With LUT4, of which an adder takes two
for two bits, they are coarse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.lanes import Lanes
from xnorflow.kernels.int_mvu.codes import tree
from xnorflow.kernels.int_mvu.shape import IntMvuShape

__all__ = ["estimate"]

_FREE = Resources()

_FEW = 12
"""Weights of a lane, over rows and steps, up to which all may well be the same."""


@dataclass(frozen=True)
class _Node:
    """A sum in the tree: how many lanes, for how many rounds it has waited, and from which on."""

    lanes: int
    rounds: int = 0
    lane: int = 0


def estimate(shape: IntMvuShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    total = shape.shell(1, family)
    rows = _fixed_rows if shape.storage == "const" else _rows
    for part in (_codes, _terms, rows, _accumulators):
        total += part(shape, family)
    return total


def _codes(shape: IntMvuShape, family: Family) -> Resources:
    """The memory, a register a lane, and the signs that wait beside the tree."""
    if shape.storage == "const":
        return _FREE
    pe, lanes = shape.pe, Lanes(shape.bits)
    unused = 0 if _signs(shape) else pe
    if shape.storage == "bram":
        total = lanes.block_ram(family)
    else:
        kept = lanes.kept(family.fabric)
        late = 0 if lanes.depth == 1 else (lanes.depth - 1).bit_length()
        total = Resources(lanes.rom_lut(family.fabric), kept - unused + late)
    one = sum((_sign(wait, family) for wait in _waits(shape)), _FREE)
    return total + _times(pe, one)


def _signs(shape: IntMvuShape) -> bool:
    """Whether anything asks for the sign of a step's sum."""
    return shape.input.beats > 1 or not shape.thresholded


def _waits(shape: IntMvuShape) -> Iterator[int]:
    """Registers of each chunk's sign, behind the one that it comes in."""
    if _signs(shape):
        yield shape.row_latency
    for chunk in range(1, len(shape.chunks)):
        yield (chunk & -chunk).bit_length()


def _sign(wait: int, family: Family) -> Resources:
    """With the register in front, three in a row become a shift register, where there are any."""
    if family.fabric.shift_depth and wait >= 2:
        return Resources(lut=1, ff=-1)
    return Resources(ff=wait)


def _terms(shape: IntMvuShape, family: Family) -> Resources:
    """Two adders a pair of lanes, and registers; of constants, what no row takes goes."""
    bits, total, lane = shape.in_bits, _FREE, 0
    if _single(shape, family):  # one shift register from the input to all rows
        held = shape.input.passes > 1 and (shape.input.beats == 1 or shape.input.block(family))
        return Resources(ff=2 * bits) if held else Resources(bits, -bits)
    for size in shape.chunks:
        for pair in range(size // 2):
            leads = pair == 0 and size % 2 == 0 and shape.storage != "const"
            kinds = _choices(shape, lane, pair)
            total += Resources(kinds * family.fabric.adder_lut(bits), kinds * (bits + 1) - leads)
        if size % 2:
            total += Resources(int(not shape.layer.in_type.value.signed), bits)
        lane += size
    return total


def _single(shape: IntMvuShape, family: Family) -> bool:
    """Whether there is but one lane, with nothing to add, in shift registers."""
    return shape.chunks == [1] and family.fabric.shift_depth > 0


def _choices(shape: IntMvuShape, lane: int, pair: int) -> int:
    """How many of a pair's sum and difference are needed; with many weights, it is both."""
    if shape.storage != "const" and shape.pe * shape.input.steps > _FEW:
        return 2
    return len(np.unique(shape.codes.bits[..., lane + 2 * pair + 1]))


def _rows(shape: IntMvuShape, family: Family) -> Resources:
    """Chunks of the terms, and the tree that adds them."""
    if _single(shape, family):
        return _FREE
    total = sum((_chunk(shape, size, family) for size in shape.chunks), _FREE)
    nodes = [_Node(size) for size in shape.chunks]
    while len(nodes) > 1:
        below, nodes = nodes, []
        for left, right in zip(below[::2], below[1::2], strict=False):
            bits = shape.sum_bits(left.lanes + right.lanes)
            alike = bits - max(shape.sum_bits(left.lanes), shape.sum_bits(right.lanes))
            complement = bits if family.fabric is Fabric.LUT4 else 0
            total += Resources(family.fabric.adder_lut(bits - alike) + complement, bits)
            nodes.append(_Node(left.lanes + right.lanes))
        if len(below) % 2:
            total += _wait(shape.sum_bits(below[-1].lanes), below[-1].rounds, family)
            nodes.append(_Node(below[-1].lanes, below[-1].rounds + 1))
    return _times(shape.pe, total)


def _wait(bits: int, rounds: int, family: Family) -> Resources:
    """A register for a sum that is alone in its node; with two in front, a shift register."""
    if not family.fabric.shift_depth or rounds == 0:
        return Resources(ff=bits)
    return Resources(bits, -2 * bits) if rounds == 1 else _FREE


def _chunk(shape: IntMvuShape, lanes: int, family: Family) -> Resources:
    """Half a LUT a bit to choose what leads, then one a bit for each pair that is added.

    In the first of these adders all bits above both numbers' signs are one.
    """
    bits, in_bits = shape.sum_bits(lanes), shape.in_bits
    adders = (lanes - 1) // 2
    alike = bits - in_bits - 1 if adders else 0
    lead = 0 if lanes % 2 else in_bits
    if family.fabric is Fabric.LUT6:
        return Resources(ceil(lead / 2) + adders * bits - alike, bits)
    return Resources(lead + adders * (in_bits + 1 + family.fabric.adder_lut(bits)), bits)


def _fixed_rows(shape: IntMvuShape, family: Family) -> Resources:
    """Each different sum once, however many rows have it in common."""
    total, nodes, lane = _FREE, [], 0
    for size in shape.chunks:
        node = _Node(size, 0, lane)
        adder = family.fabric.adder_lut(shape.sum_bits(size) - 1) if size == 3 else 0
        total += _times(_different(shape, node), Resources(adder, shape.sum_bits(size)))
        nodes.append(node)
        lane += size
    for sizes in tree(len(nodes), shape.folding):
        below, nodes = iter(nodes), []
        for size in sizes:
            first, *others = (next(below) for _ in range(size))
            if not others:
                one = _wait(shape.sum_bits(first.lanes), first.rounds, family)
                node = replace(first, rounds=first.rounds + 1)
            else:
                node = _Node(first.lanes + sum(other.lanes for other in others), 0, first.lane)
                bits = shape.sum_bits(node.lanes)
                adders = 1 if family.fabric is Fabric.LUT6 else len(others)
                one = Resources(adders * family.fabric.adder_lut(bits), bits)
            total += _times(_different(shape, node), one)
            nodes.append(node)
    return total


def _different(shape: IntMvuShape, node: _Node) -> int:
    """Of a node's sums in all rows, those that differ by more than their sign."""
    rows = shape.codes.bits[0, :, 0, node.lane + 1 : node.lane + node.lanes]
    return len(np.unique(rows, axis=0))


def _accumulators(shape: IntMvuShape, family: Family) -> Resources:
    """An adder a bit, complement and start value included, and registers; or of them the top bit.

    Where neither a sum before nor a choice of start values comes in, only the bits that are added
    to a 1 need a LUT. With more than four start values there are seven inputs, too many for one.
    """
    pe, beats, starts = shape.pe, shape.input.beats, shape.starts.choices
    bits = pe * shape.acc_bits
    adders = pe * family.fabric.adder_lut(shape.acc_bits)
    if beats == 1:
        adders = _inverted(shape)
    elif family.fabric is Fabric.LUT4:
        adders += bits if starts == 1 else 3 * bits // 2  # one of two numbers, and a complement
    elif 4 < starts <= 8:
        adders += shape.starts.functions
    if shape.thresholded:
        return Resources(adders, pe + (bits if beats > 1 else pe))
    turned = bits
    if shape.storage == "const":
        turned = int(shape.codes.negative.sum()) * shape.acc_bits
    return Resources(adders + turned, 2 * bits + pe)


def _inverted(shape: IntMvuShape) -> int:
    """Bits of sums that are inverted, to be added to a 1; once for all rows with the same sum."""
    if shape.storage != "const" or shape.starts.choices > 1:
        return shape.starts.ones
    rows = shape.codes.bits[0, :, 0, 1:]
    _, alike = np.unique(rows, axis=0, return_inverse=True)
    ones = np.zeros(len(rows), np.int64)
    np.bitwise_or.at(ones, alike.ravel(), shape.starts.lanes[0])
    return int(np.bitwise_count(ones).sum())


def _times(count: int, one: Resources) -> Resources:
    return Resources(count * one.lut, count * one.ff, count * one.bram18)
