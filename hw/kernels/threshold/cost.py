# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a threshold kernel; the coefficients are fitted to Yosys."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial
from math import ceil

import numpy as np

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import packed, rom_lut, skid
from xnorflow.ir.types import Ints
from xnorflow.kernels.threshold.shape import ThresholdShape
from xnorflow.kernels.threshold.tables import Tables

__all__ = ["cheapest", "estimate"]

_LUT_A_BLOCK = {Fabric.LUT6: 1.5, Fabric.LUT4: 4.5}
"""LUTs of a table's block of 64 words, and of the choice among blocks; fitted."""


@lru_cache(maxsize=1024)
def cheapest(shape: ThresholdShape, family: Family) -> ThresholdShape:
    """The shape with the tables that take least."""
    if shape.delay == 0:
        return shape
    shapes = (replace(shape, low_bits=n) for n in range(shape.tables.most_low_bits + 1))
    return min(shapes, key=partial(_price, family=family))


def _price(shape: ThresholdShape, family: Family) -> int:
    found = estimate(shape, family)
    return found.lut + family.block_ram.price.bank * found.bram18


def estimate(shape: ThresholdShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    total = skid(shape.lanes * shape.tables.bits) + shape.counter
    if shape.tables.are_levels:
        return total + (_levels if shape.phases == 1 else _compares)(shape, family.fabric)
    return (
        total + _words(shape, family) + _sums(shape, family.fabric) + Resources(ff=2 * shape.delay)
    )


def _levels(shape: ThresholdShape, fabric: Fabric) -> Resources:
    """A constant that each lane is held against."""
    bits = shape.tables.in_bits
    each = sum(_level(int(n) % (1 << bits), bits, fabric) for n in shape.tables.levels)
    return Resources(lut=each * (shape.lanes // shape.tables.period))


def _level(level: int, bits: int, fabric: Fabric) -> int:
    """LUTs of level_reached.sv, before the one that follows."""
    left = bits - (level & -level).bit_length() + 1 if level else 0
    inputs = fabric.lut_inputs
    return max(0, ceil((left - inputs + 2) / (inputs - 1)))


def _compares(shape: ThresholdShape, fabric: Fabric) -> Resources:
    """A level for each element: a table that a counter of beats reads, and comparators."""
    bits = shape.tables.in_bits
    words = shape.tables.levels[shape.order]
    changes = int((words != words[0]).any(axis=0).sum())
    varies = np.bitwise_or.reduce(words ^ words[0], axis=0)
    columns = int(np.bitwise_count(varies).sum())
    beats = shape.phases
    if fabric is Fabric.LUT6:
        table, compare = float(rom_lut(beats, columns, fabric)), 0.7 * bits + 0.4
    else:
        table, compare = columns * beats / (16 if beats <= 16 else 11), 8 + 1.6 * max(0, bits - 8)
    return Resources(lut=round(table + changes * compare))


def _words(shape: ThresholdShape, family: Family) -> Resources:
    """The tables, and the register behind them."""
    if shape.in_block:
        return _block(shape, family)
    lut = (_functions_lut if shape.has_functions else _table_lut)(shape, family.fabric)
    ff = shape.lanes * len({*_columns(shape.tables, shape.low_bits)}) if shape.delay else 0
    return Resources(lut=round(lut), ff=ff)


def _block(shape: ThresholdShape, family: Family) -> Resources:
    """A block RAM, or as many as a table needs, for each lane, or for two of the same table."""
    width = len(_columns(shape.tables, shape.low_bits))
    tables = ceil(shape.lanes / 2) if shape.rows == 1 else shape.lanes
    depth = shape.phases << shape.place_bits
    one = packed(depth, width, family) if width else Resources()
    return Resources(tables * one.lut, shape.lanes * width, tables * one.bram18)


def _functions_lut(shape: ThresholdShape, fabric: Fabric) -> float:
    """LUTs of the functions of all lanes."""
    cut, registered = shape.are_cut(fabric), shape.delay > 0
    each = sum(
        count * (f.cut_lut(registered) if cut else f.whole_lut(fabric, registered))
        for f, count in shape.tables.functions(shape.low_bits).items()
    )
    return each * (shape.lanes // shape.tables.period)


def _table_lut(shape: ThresholdShape, fabric: Fabric) -> float:
    """LUTs of tables that are taken in turn, in a ROM for each bit of a word."""
    places, phases = 1 << shape.place_bits, shape.phases
    depth, width = phases * places, shape.lanes * shape.word_bits
    if depth <= 64:
        return width * depth / 11 if fabric is Fabric.LUT4 else rom_lut(depth, width, fabric)
    blocks = width * depth / 64
    if places >= 64:
        varying = _varying_blocks(shape.tables.words(shape.low_bits))
        blocks = varying * shape.lanes * phases / shape.tables.period
    return _LUT_A_BLOCK[fabric] * blocks


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


def _sums(shape: ThresholdShape, fabric: Fabric) -> Resources:
    """The lower bits of the input, until they are added to a word.

    With LUT6 a carry chain takes LUTs only for bits that are added to each other.
    """
    words = shape.tables.words(shape.low_bits) % (1 << shape.low_bits)
    added = int(np.bitwise_or.reduce(words, axis=None)).bit_count()
    if added == 0:
        return Resources()
    adder = added if fabric is Fabric.LUT6 else fabric.adder_lut(shape.word_bits)
    return Resources(lut=shape.lanes * adder, ff=shape.lanes * shape.delay * shape.low_bits)
