# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a threshold kernel; the coefficients are fitted to Yosys."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from math import ceil

import numpy as np

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import packed, rom_lut, skid
from xnorflow.ir.types import Ints
from xnorflow.kernels.threshold.shape import ThresholdShape
from xnorflow.kernels.threshold.tables import Tables

__all__ = ["cheapest", "estimate"]

_LUT_A_BLOCK = {"xc7": 1.5, "ecp5": 4.5}
"""LUTs of a table's block of 64 words, and of the choice among blocks; fitted."""
_LUT_A_BRAM18 = 32
"""So many LUTs may be spent on shorter tables to save a block RAM, as in banked_rom.py."""
_INPUTS = {"xc7": 6, "ecp5": 4}
"""Of a LUT."""


@lru_cache(maxsize=1024)
def cheapest(shape: ThresholdShape) -> ThresholdShape:
    """The shape with the tables that take least."""
    if shape.delay == 0:
        return shape
    shapes = (replace(shape, low_bits=n) for n in range(shape.tables.most_low_bits + 1))
    return min(shapes, key=_price)


def _price(shape: ThresholdShape) -> int:
    found = estimate(shape)
    return found.lut + _LUT_A_BRAM18 * found.bram18


def estimate(shape: ThresholdShape) -> Resources:
    """Primitives of the whole unit."""
    total = skid(shape.lanes * shape.tables.bits) + _phase(shape)
    if shape.tables.are_levels:
        return total + (_levels if shape.phases == 1 else _compares)(shape)
    return total + _words(shape) + _sums(shape) + Resources(ff=2 * shape.delay)


def _phase(shape: ThresholdShape) -> Resources:
    """A counter of beats."""
    bits = (shape.phases - 1).bit_length()
    return Resources(lut=bits + 2 if bits else 1, ff=bits)


def _levels(shape: ThresholdShape) -> Resources:
    """A constant that each lane is held against."""
    bits = shape.tables.in_bits
    each = sum(_level(int(n) % (1 << bits), bits, shape.family) for n in shape.tables.levels)
    return Resources(lut=each * (shape.lanes // shape.tables.period))


def _level(level: int, bits: int, family: Family) -> int:
    """LUTs of level_reached.sv, before the one that follows."""
    left = bits - (level & -level).bit_length() + 1 if level else 0
    inputs = _INPUTS[family]
    return max(0, ceil((left - inputs + 2) / (inputs - 1)))


def _compares(shape: ThresholdShape) -> Resources:
    """A level for each element: a table that a counter of beats reads, and comparators."""
    bits, family = shape.tables.in_bits, shape.family
    words = np.resize(shape.tables.levels, shape.rows).reshape(shape.phases, shape.lanes)
    changes = int((words != words[0]).any(axis=0).sum())
    varies = np.bitwise_or.reduce(words ^ words[0], axis=0)
    columns = int(np.bitwise_count(varies).sum())
    beats = shape.phases
    if family == "xc7":
        table, compare = float(rom_lut(beats, columns, family)), 0.7 * bits + 0.4
    else:
        table, compare = columns * beats / (16 if beats <= 16 else 11), 8 + 1.6 * max(0, bits - 8)
    return Resources(lut=round(table + changes * compare))


def _words(shape: ThresholdShape) -> Resources:
    """The tables, and the register behind them."""
    if shape.in_block:
        return _block(shape)
    lut = _functions_lut(shape) if shape.has_functions else _table_lut(shape)
    ff = shape.lanes * len({*_columns(shape.tables, shape.low_bits)}) if shape.delay else 0
    return Resources(lut=round(lut), ff=ff)


def _block(shape: ThresholdShape) -> Resources:
    """A block RAM, or as many as a table needs, for each lane, or for two of the same table."""
    width = len(_columns(shape.tables, shape.low_bits))
    tables = ceil(shape.lanes / 2) if shape.rows == 1 else shape.lanes
    one = packed(shape.phases << shape.place_bits, width) if width else Resources()
    return Resources(tables * one.lut, shape.lanes * width, tables * one.bram18)


def _functions_lut(shape: ThresholdShape) -> float:
    """LUTs of the functions of all lanes."""
    cut, registered = shape.are_cut, shape.delay > 0
    each = sum(
        count * (f.cut_lut(registered) if cut else f.whole_lut(shape.family, registered))
        for f, count in shape.tables.functions(shape.low_bits).items()
    )
    return each * (shape.lanes // shape.tables.period)


def _table_lut(shape: ThresholdShape) -> float:
    """LUTs of tables that are taken in turn, in a ROM for each bit of a word."""
    places, phases = 1 << shape.place_bits, shape.phases
    depth, width = phases * places, shape.lanes * shape.word_bits
    if depth <= 64:
        return width * depth / 11 if shape.family == "ecp5" else rom_lut(depth, width, "xc7")
    blocks = width * depth / 64
    if places >= 64:
        varying = _varying_blocks(shape.tables.words(shape.low_bits))
        blocks = varying * shape.lanes * phases / shape.tables.period
    return _LUT_A_BLOCK[shape.family] * blocks


def _varying_blocks(words: Ints) -> int:
    """Blocks of 64 words, in each bit of the tables, that are not constant."""
    blocks = words.reshape(-1, 64)
    either = np.bitwise_or.reduce(blocks, axis=1) & ~np.bitwise_and.reduce(blocks, axis=1)
    return int(np.bitwise_count(either).sum())


@lru_cache(maxsize=32)
def _columns(tables: Tables, low_bits: int) -> list[bytes]:
    """What bits of all words are not constant."""
    words = tables.words(low_bits).ravel()
    bits = (words >> np.arange(tables.bits + low_bits)[:, np.newaxis]) & 1
    return [b.tobytes() for b in bits[(bits != bits[:, :1]).any(axis=1)].astype(np.uint8)]


def _sums(shape: ThresholdShape) -> Resources:
    """The lower bits of the input, until they are added to a word.

    On xc7 a carry chain takes LUTs only for bits that are added to each other.
    """
    words = shape.tables.words(shape.low_bits) % (1 << shape.low_bits)
    added = int(np.bitwise_or.reduce(words, axis=None)).bit_count()
    if added == 0:
        return Resources()
    adder = added if shape.family == "xc7" else 2 * ceil((shape.word_bits + 1) / 2)
    return Resources(lut=shape.lanes * adder, ff=shape.lanes * shape.delay * shape.low_bits)
