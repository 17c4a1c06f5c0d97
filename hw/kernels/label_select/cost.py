# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a label_select, part by part as the SystemVerilog builds it.

The coefficients are fitted to Yosys over 2 to 100 classes of 4 to 13 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import rom_lut, skid, varying_lanes
from xnorflow.ir.types import ValueType

__all__ = ["LabelSelectShape", "estimate"]

Bits = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class LabelSelectShape:
    """Everything that a label_select's cost depends on.

    Attributes:
        pe: classes a beat.
        beats: a frame.
        value_bits: bits of a value that is compared, less a sign that never is negative.
        index_bits: of a class's number.
        offsets: bits [beats, lanes, bits of a value] that are added, or None.
        source: of what comes in.
    """

    pe: int
    beats: int
    value_bits: int
    index_bits: int
    offsets: Bits | None
    source: ValueType

    @property
    def levels(self) -> tuple[int, ...]:
        """Nodes on each level of the tree; the first are the lanes of a beat."""
        sizes = [self.pe]
        while sizes[-1] > 1:
            sizes.append((sizes[-1] + 1) // 2)
        return tuple(sizes)


def estimate(shape: LabelSelectShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    parts = [_tree(shape, family), skid(shape.index_bits)]
    if shape.offsets is not None:
        parts.append(_offsets(shape.offsets, shape.source, family))
    if shape.beats > 1:
        parts.append(_best(shape, family))
    if family.fabric.shift_depth:
        parts.append(_shift_registers(shape))
    return sum(parts, Resources())


def _compare_lut(bits: int, family: Family) -> float:
    """A comparator; what it chooses takes one of two bits in, but for the lane's lowest bit."""
    if family.fabric is Fabric.LUT6:
        return 1.0 if bits <= 2 else bits / 2 + 2.3
    return 1.9 * bits + 1.8


def _tree(shape: LabelSelectShape, family: Family) -> Resources:
    """Comparators, and multiplexers of values and lanes; a lone root's value is not kept."""
    lut, ff = 0.0, 0
    for level, (below, nodes) in enumerate(zip(shape.levels, shape.levels[1:], strict=False)):
        keeps_value = shape.beats > 1 or nodes > 1
        kept = shape.value_bits if keeps_value else 0
        compares = below // 2
        lut += compares * (_compare_lut(shape.value_bits, family) + kept + level)
        ff += nodes * (kept + level + 1) - (below % 2) * (level + 1) + 1
    return Resources(lut=round(lut), ff=ff)


def _offsets(bits: Bits, source: ValueType, family: Family) -> Resources:
    """Adders, and the table that a counter of beats reads."""
    beats, lanes, width = bits.shape
    if family.fabric is Fabric.LUT6:
        lut = _sums_lut6(bits, source)
    else:
        lut = _sums_lut4(beats, lanes, width)
    address = (beats - 1).bit_length()
    counter = address + 2 if address else 0
    return Resources(lut=lut + counter, ff=lanes * width + 1 + address)


def _sums_lut6(bits: Bits, source: ValueType) -> int:
    """A bit to which ever a 1 is added takes a LUT.

    Above what comes in there is nothing to add to, or a copy of the sign, which is inverted once
    for all ones that are constant.
    """
    beats = len(bits)
    ones = bits.max(axis=0)
    varies: npt.NDArray[np.bool_] = np.not_equal(ones, bits.min(axis=0))
    lut = int(ones[:, : source.bits].sum())
    if source.signed:
        above, changing = ones[:, source.bits :], varies[:, source.bits :]
        lut += int(changing.sum() + (above & ~changing).any(axis=1).sum())
    if beats == 1:
        return lut
    return lut + rom_lut(beats, varying_lanes(varies.ravel(), beats), Fabric.LUT6)


def _sums_lut4(beats: int, lanes: int, width: int) -> int:
    table = beats / 16 if beats > 32 else 2 if beats > 8 else 0
    return lanes * (width + 2 + width * ceil(table))


def _best(shape: LabelSelectShape, family: Family) -> Resources:
    """The best beat so far, its index, and where the frame stands."""
    index, bits = shape.index_bits, shape.value_bits
    compare = _compare_lut(bits, family) + (0 if family.fabric is Fabric.LUT6 else bits)
    adder = index if shape.pe > 1 else 0
    stages = len(shape.levels) - 1 + int(shape.offsets is not None)
    return Resources(lut=round(compare) + adder + index + 5, ff=bits + 2 * index + 2 + stages)


def _shift_registers(shape: LabelSelectShape) -> Resources:
    """Registers without reset in a row of three or more become SRL16E."""
    saved, run = Resources(), int(shape.offsets is not None)
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
