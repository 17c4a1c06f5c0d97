# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF, block RAM and DSP of a requantize unit; the coefficients are fitted to Yosys."""

from __future__ import annotations

from math import ceil

import numpy as np

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import Bits, column_lut4, packed, skid, table_lut
from xnorflow.kernels.requantize.lanes import Lanes, kept, times
from xnorflow.kernels.requantize.shape import RequantizeShape, Table
from xnorflow.kernels.requantize.sums import sums, upper_bits
from xnorflow.kernels.requantize.words import line_words, start_words

__all__ = ["estimate"]


def estimate(shape: RequantizeShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    lanes = Lanes.of(shape, family)
    return (
        skid(shape.lanes * shape.pieces.out.bits)
        + _control(shape, family.fabric)
        + _choice(shape, family.fabric)
        + _tables(shape, family)
        + times(sums(shape, lanes, family.fabric), shape.lanes / lanes.count)
    )


def _control(shape: RequantizeShape, fabric: Fabric) -> Resources:
    """A counter of beats, and what is under way."""
    delay = shape.delay
    is_shifted = 3 <= delay <= fabric.shift_depth
    return shape.counter + Resources(lut=int(is_shifted), ff=delay * (1 if is_shifted else 2))


def _choice(shape: RequantizeShape, fabric: Fabric) -> Resources:
    """Comparators, and the pieces' number."""
    pieces, starts = shape.pieces, shape.pieces.count - 1
    if starts == 0:
        return Resources()
    bits = pieces.entry.bits
    if shape.starts is None:
        levels = (pieces.starts - pieces.entry.low).ravel().tolist()
        lut = sum(_level_lut(level, bits, fabric) for level in levels)
        return Resources(lut=lut * shape.lanes // pieces.rows)
    compare = 0.7 * bits + 0.4 if fabric is Fabric.LUT6 else 8 + 0.85 * max(0, bits - 8)
    number = sum(ceil((starts >> bit) / 5) for bit in range(pieces.piece_bits))
    return Resources(lut=round(shape.lanes * (starts * compare + number * (starts > 1))))


def _level_lut(level: int, bits: int, fabric: Fabric) -> int:
    """LUTs of level_reached.sv, of which the last one is what a register or a parity follows."""
    left, inputs = upper_bits(level, bits), fabric.lut_inputs
    if left <= 1:
        return 0
    return max(1, ceil((left - 1) / (inputs - 1)))


def _tables(shape: RequantizeShape, family: Family) -> Resources:
    """Both tables, with registers in front and behind, and those of inputs that wait for them."""
    total = Resources()
    phase = shape.phase_bits
    if shape.starts:
        total += _table(shape.starts, start_words(shape), 1, family)
        total += Resources(ff=2 * phase)
    if shape.lines:
        total += _table(
            shape.lines, line_words(shape.unrepeated), 1 << shape.pieces.piece_bits, family
        )
        if not shape.lines.in_block(family):
            total += Resources(ff=phase + shape.lanes * shape.pieces.piece_bits)
    waits = shape.start_delay + (shape.line_delay if shape.digits else 0)
    return total + Resources(ff=shape.lanes * shape.pieces.entry.bits * waits)


def _table(table: Table, words: Bits, pieces: int, family: Family) -> Resources:
    """Memories of words [memories, words, bits], one for all where they are alike."""
    if table.in_block(family):
        one = packed(table.depth, table.width, family)
        return times(Resources(one.lut, table.width, one.bram18), table.count)
    total = Resources()
    for own in words:
        columns = int(kept(own, family.fabric).sum())
        is_lut6 = family.fabric is Fabric.LUT6
        lut = table_lut(own, family.fabric) if is_lut6 else _table_lut4(own, columns, pieces)
        total += Resources(lut, columns)
    return times(total, table.count / len(words))


def _table_lut4(words: Bits, columns: int, pieces: int) -> int:
    """LUT4 of a table whose words are lines of so many pieces for each beat.

    Few kinds of beats are told apart first.
    """
    kinds = len(np.unique(words.reshape(len(words) // pieces, -1), axis=0))
    told = (kinds - 1).bit_length() * column_lut4(len(words) // pieces)
    return round(
        min(columns * column_lut4(len(words)), told + columns * column_lut4(kinds * pieces))
    )
