# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a threshold kernel; the coefficients are fitted to Yosys."""

from __future__ import annotations

from math import ceil

import numpy as np

from xnorflow.hw_common.memory import rom_lut, skid
from xnorflow.ir.kernel import Family, Resources
from xnorflow.ir.layer import Ints

__all__ = ["compare_cost", "fixed_cost", "look_up_cost"]


_LUT_A_BLOCK = 1.5
"""LUTs of a table's block of 64 words, and of the choice among blocks; fitted."""


def fixed_cost(width: int, functions: float, family: Family) -> Resources:
    """Functions of each lane, whose results the skid buffer stores.

    Args:
        width: bits of the output.
        functions: LUTs of all functions.
        family: whose primitives are counted.
    """
    return skid(width) + Resources(lut=round(functions) + 1)


def look_up_cost(lanes: int, phases: int, tables: Ints, bits: int, family: Family) -> Resources:
    """Each lane's tables in turn, by a counter of beats, in a ROM for each output bit.

    Args:
        lanes: elements a beat.
        phases: beats until the tables are taken again.
        tables: codes [elements until they repeat, input values].
        bits: of the output.
        family: whose primitives are counted.
    """
    repeated, levels = tables.shape
    depth, address = phases * levels, (phases - 1).bit_length()
    if family == "ecp5":
        lut = lanes * bits * depth / (11 if depth <= 64 else 16)
    elif depth <= 64:
        lut = rom_lut(depth, lanes * bits, family)
    else:
        blocks = bits * ceil(depth / 64) * lanes
        if levels >= 64:
            blocks = _varying_blocks(tables, bits) * lanes * phases // repeated
        lut = _LUT_A_BLOCK * blocks
    return skid(lanes * bits) + Resources(lut=round(lut) + address + 2, ff=address)


def _varying_blocks(tables: Ints, bits: int) -> int:
    """Blocks of 64 words, in the tables of each output bit, that are not constant."""
    words = tables.reshape(-1, 64)
    either = np.bitwise_or.reduce(words, axis=1) & ~np.bitwise_and.reduce(words, axis=1)
    return int(np.bitwise_count(either & ((1 << bits) - 1)).sum())


def compare_cost(words: Ints, bits: int, family: Family) -> Resources:
    """A threshold for each element: a table that a counter of beats reads, and comparators.

    Args:
        words: int32 [beats, lanes], {invert, threshold}.
        bits: of the input.
        family: whose primitives are counted.
    """
    beats, lanes = words.shape
    address = (beats - 1).bit_length()
    changes = int((words != words[0]).any(axis=0).sum())
    varies = np.bitwise_or.reduce(words ^ words[0], axis=0)
    columns = int(np.bitwise_count(varies).sum())
    if family == "xc7":
        table, compares = rom_lut(beats, columns, family), changes * (0.7 * bits + 0.4)
    else:
        table, compares = columns * beats / (16 if beats <= 16 else 11), 8.0 * changes
    lut = round(table + compares) + address + 2
    return skid(lanes) + Resources(lut=lut, ff=address)
