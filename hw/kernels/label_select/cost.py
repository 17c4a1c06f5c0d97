# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a label_select, part by part as the SystemVerilog builds it.

The coefficients are fitted to Yosys over 2 to 100 classes of 4 to 13 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.ir.kernel import Family, Resources

__all__ = ["Shape", "estimate"]


@dataclass(frozen=True)
class Shape:
    """Everything that a label_select's cost depends on."""

    pe: int
    beats: int
    value_bits: int
    index_bits: int
    has_offsets: bool

    @property
    def levels(self) -> tuple[int, ...]:
        """Nodes on each level of the tree; the first are the lanes of a beat."""
        sizes = [self.pe]
        while sizes[-1] > 1:
            sizes.append((sizes[-1] + 1) // 2)
        return tuple(sizes)


def estimate(shape: Shape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    parts = [_tree(shape, family), _skid(shape)]
    if shape.has_offsets:
        parts.append(_offsets(shape, family))
    if shape.beats > 1:
        parts.append(_best(shape, family))
    if family == "xc7":
        parts.append(_shift_registers(shape))
    return sum(parts, Resources())


def _compare_lut(bits: int, family: Family) -> float:
    return bits / 2 + 2.3 if family == "xc7" else 1.9 * bits + 1.8


def _tree(shape: Shape, family: Family) -> Resources:
    """Comparators, and multiplexers of values and lanes; a lone root's value is not kept."""
    lut, ff = 0.0, 0
    for level, (below, nodes) in enumerate(zip(shape.levels, shape.levels[1:], strict=False)):
        keeps_value = shape.beats > 1 or nodes > 1
        kept = shape.value_bits if keeps_value else 0
        compares = below // 2
        lut += compares * (_compare_lut(shape.value_bits, family) + kept + level)
        ff += nodes * (kept + level + 1) - (below % 2) * (level + 1) + 1
    return Resources(lut=round(lut), ff=ff)


def _skid(shape: Shape) -> Resources:
    return Resources(lut=shape.index_bits + 4, ff=2 * shape.index_bits + 4)


def _offsets(shape: Shape, family: Family) -> Resources:
    """Adders, and the table that a counter of beats reads."""
    bits = shape.pe * shape.value_bits
    adder = 1.55 if shape.beats > 1 else 0.5
    lut = adder * bits if family == "xc7" else bits + 2.0 * shape.pe
    address = (shape.beats - 1).bit_length()
    if address > 5:
        lut += bits * (ceil(shape.beats / 64) if family == "xc7" else ceil(shape.beats / 16))
    elif address > 3:
        lut += bits / 3 if family == "xc7" else 2 * bits
    counter = address + 2 if address else 0
    return Resources(lut=round(lut) + counter, ff=bits + 1 + address)


def _best(shape: Shape, family: Family) -> Resources:
    """The best beat so far, its index, and where the frame stands."""
    index, bits = shape.index_bits, shape.value_bits
    compare = _compare_lut(bits, family) + (0 if family == "xc7" else bits)
    adder = index if shape.pe > 1 else 0
    stages = len(shape.levels) - 1 + int(shape.has_offsets)
    return Resources(lut=round(compare) + adder + index + 5, ff=bits + 2 * index + 2 + stages)


def _shift_registers(shape: Shape) -> Resources:
    """Registers without reset in a row of three or more become SRL16E."""
    saved, run = Resources(), 1 if shape.has_offsets else 0
    lengths = []
    for below in shape.levels[:-1]:
        if below % 2 == 0:
            lengths.append(run)
            run = 0
        run += 1
    lengths.append(run)
    for length in lengths:
        if length >= 3:
            saved += Resources(lut=shape.value_bits + 1, ff=-length * (shape.value_bits + 1))
    return saved
