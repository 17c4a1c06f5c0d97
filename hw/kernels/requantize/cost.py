# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF, block RAM and DSP of a requantize unit; the coefficients are fitted to Yosys."""

from __future__ import annotations

from math import ceil

import numpy as np

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import packed, skid, table_lut
from xnorflow.kernels.requantize.shape import RequantizeShape, Table
from xnorflow.kernels.requantize.sums import sums
from xnorflow.kernels.requantize.words import Bits, line_words, start_words
from xnorflow.kernels.threshold.cost import level_lut

__all__ = ["estimate"]


def estimate(shape: RequantizeShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    return (
        skid(shape.lanes * shape.pieces.out.bits)
        + _control(shape, family.fabric)
        + _choice(shape, family.fabric)
        + _tables(shape, family)
        + sums(shape, family)
    )


def _control(shape: RequantizeShape, fabric: Fabric) -> Resources:
    """A counter of beats, and what is under way."""
    bits, delay = (shape.phases - 1).bit_length(), shape.delay
    is_shifted = 3 <= delay <= fabric.shift_depth
    return Resources(
        lut=(bits + 2 if bits else 1) + is_shifted, ff=bits + delay * (1 if is_shifted else 2)
    )


def _choice(shape: RequantizeShape, fabric: Fabric) -> Resources:
    """Comparators, and the pieces' number."""
    pieces = shape.pieces
    if pieces.count == 1:
        return Resources()
    bits, starts = pieces.entry.bits, pieces.count - 1
    if shape.starts is None:
        levels = pieces.starts - pieces.entry.low
        lut = sum(level_lut(int(n), bits, fabric) + 1 for n in levels.ravel())
        return Resources(lut=lut * (shape.lanes // pieces.rows))
    compare = 0.7 * bits + 0.4 if fabric is Fabric.LUT6 else 8 + 1.6 * max(0, bits - 8)
    number = sum(ceil((starts >> bit) / 5) for bit in range(pieces.piece_bits)) if starts > 1 else 0
    return Resources(lut=round(shape.lanes * (starts * compare + number)))


def _tables(shape: RequantizeShape, family: Family) -> Resources:
    """Both tables, with registers in front and behind, and the inputs' that wait for them."""
    total = Resources()
    lanes, bits = shape.lanes, shape.pieces.entry.bits
    phase = (shape.phases - 1).bit_length()
    if shape.starts:
        total += _table(shape.starts, start_words(shape), family) + Resources(ff=2 * phase)
    if shape.lines:
        total += _table(shape.lines, line_words(shape), family)
        if not shape.lines.in_block(family):
            total += Resources(ff=phase + lanes * shape.pieces.piece_bits)
    return total + Resources(ff=lanes * bits * (shape.start_delay + shape.line_delay))


def _table(table: Table, words: Bits, family: Family) -> Resources:
    """Memories of words [memories, words, bits], one for all where they are alike."""
    if table.in_block(family):
        one = packed(table.depth, table.width, family)
        return Resources(table.count * one.lut, table.count * table.width, table.count * one.bram18)
    lut = sum(table_lut(own, family.fabric) for own in words)
    ff = sum(int((own != own[0]).any(axis=0).sum()) for own in words)
    times = table.count // len(words)
    return Resources(lut * times, ff * times)
