# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a threshold kernel; the coefficients are fitted to Yosys."""

from __future__ import annotations

from math import ceil

import numpy as np

from xnorflow.ir.kernel import Family, Resources
from xnorflow.ir.layer import Ints

__all__ = ["compare_cost", "fixed_cost", "look_up_cost"]

_MONOTONE = {
    "xc7": (0.0, 0.0, 0.0, 0.0, 0.0, 1.1, 1.5, 1.1, 1.4),
    "ecp5": (0.0, 0.0, 0.0, 0.7, 3.0, 4.1, 6.0, 5.0, 5.0),
}
_ANY = {
    "xc7": (0.0, 0.0, 0.0, 0.0, 0.0, 1.2, 2.6, 3.0, 6.4),
    "ecp5": (0.0, 0.0, 0.0, 1.0, 3.0, 7.1, 7.0, 14.0, 22.0),
}
"""LUTs beside the skid buffer's own for functions of 0 to 8 inputs: those that change once as the
input rises, and those that change often."""
_MANY_CHANGES = 8


def fixed_cost(lanes: int, rows: Ints, bits: int, family: Family) -> Resources:
    """A function of each lane for each output bit.

    Args:
        lanes: elements a beat.
        rows: output bits [1 or lanes, input values], together as an integer.
        bits: of the output.
        family: whose primitives are counted.
    """
    columns = ((row >> bit) & 1 for row in rows for bit in range(bits))
    lut = lanes // len(rows) * sum(_function_lut(column, family) for column in columns)
    return _skid(lanes * bits) + Resources(lut=round(lut))


def look_up_cost(lanes: int, phases: int, levels: int, bits: int, family: Family) -> Resources:
    """Each lane's tables in turn, by a counter of beats: ROMs of ``phases * levels`` words."""
    depth, address = phases * levels, (phases - 1).bit_length()
    a_bit = _rom_xc7(depth) if family == "xc7" else depth / (11 if depth <= 64 else 16)
    lut = round(lanes * bits * a_bit) + address + 2
    return _skid(lanes * bits) + Resources(lut=lut, ff=address)


def compare_cost(words: Ints, bits: int, word_bits: int, family: Family) -> Resources:
    """A threshold for each element: a table that a counter of beats reads, and comparators.

    Args:
        words: int32 [beats, lanes], {invert, threshold}.
        bits: of the input.
        word_bits: bits of a word.
        family: whose primitives are counted.
    """
    beats, lanes = words.shape
    address = (beats - 1).bit_length()
    if family == "xc7":
        table = lanes * word_bits * _rom_xc7(beats)
        compares = lanes * (0.7 * bits + 0.4)
    else:
        changes = (words != words[0]).any(axis=0)
        varies = np.bitwise_or.reduce(words ^ words[0], axis=0)
        table = sum(int(v).bit_count() for v in varies) * beats / (16 if beats <= 16 else 11)
        compares = 8.0 * int(changes.sum())
    lut = round(table + compares) + address + 2
    return _skid(lanes) + Resources(lut=lut, ff=address)


def _function_lut(column: Ints, family: Family) -> float:
    """LUTs of a function by how many inputs it depends on, and how often it changes."""
    needed = _support(column)
    least, most = _MONOTONE[family][needed], _ANY[family][needed]
    changes = int(np.count_nonzero(np.diff(column)))
    return least + (most - least) * min(1.0, max(0, changes - 1) / _MANY_CHANGES)


def _support(column: Ints) -> int:
    """Number of inputs that the function depends on."""
    bits = len(column).bit_length() - 1
    cube = column.reshape((2,) * bits)
    return sum(bool((cube.take(0, axis) != cube.take(1, axis)).any()) for axis in range(bits))


def _rom_xc7(depth: int) -> float:
    """LUTs a bit of lut_rom: a half up to 32 words, else one for 64 words and multiplexers."""
    if depth <= 32:
        return 0.5
    blocks = ceil(depth / 64)
    return blocks + ceil((blocks - 1) / 3)


def _skid(width: int) -> Resources:
    return Resources(lut=width + 4, ff=2 * width + 4)
