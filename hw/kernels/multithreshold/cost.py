# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a multithreshold unit; the coefficients are fitted to Yosys."""

from __future__ import annotations

from math import ceil

import numpy as np

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import Bits, column_lut4, packed, skid, table_lut, varying_lanes
from xnorflow.kernels.multithreshold.shape import MultithresholdShape

__all__ = ["estimate"]

_TWO_WORDS = 0.25
"""LUT6 that a comparison takes more behind a table of two words, for each bit. Fitted."""


def estimate(shape: MultithresholdShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    return (
        skid(shape.lanes * shape.layer.out_type.value.bits)
        + _control(shape, family)
        + _stages(shape, family)
        + _falls(shape, family.fabric)
    )


def _control(shape: MultithresholdShape, family: Family) -> Resources:
    """A counter of beats, and registers of what is under way: phases, valid and last."""
    bits, stages, fabric = shape.phase_bits, shape.stages, family.fabric
    is_shifted = 3 <= stages <= fabric.shift_depth
    is_last_asked = shape.table_stages(family) == stages or _varies(shape)
    held = bits * (stages - 1 + is_last_asked)
    return shape.counter + Resources(
        lut=int(is_shifted), ff=held + stages * (1 if is_shifted else 2)
    )


def _stages(shape: MultithresholdShape, family: Family) -> Resources:
    """Tables and comparisons, and registers of the input and of the bits found."""
    first, lanes = shape.table_stages(family), shape.lanes
    total = Resources(ff=_held(shape, first) * lanes // shape.row_lanes)
    for stage in range(first):
        words = shape.words(stage)
        lut = sum(_table(own, family.fabric) for own in words) / len(words)
        total += Resources(round(lut * lanes))
    for stage in range(first, shape.stages):
        one = packed(shape.depth(stage), shape.levels.bits, family)
        lut = one.lut + _compare(shape.levels.bits, 0, family.fabric)
        total += Resources(round(lut * lanes), bram18=one.bram18 * lanes)
    return total


def _held(shape: MultithresholdShape, first: int) -> int:
    """Registers of all rows abreast: the input up to the last stage that asks for it, and bits.

    Stages whose thresholds all inputs reach, or none does, ask for nothing, unless they are from
    ``first`` on in block RAM, which synthesis does not look into.
    """
    stages, never = shape.stages, 1 << shape.levels.entry_bits
    places = shape.levels.places
    asks = np.ones((stages, shape.row_lanes), dtype=bool)
    for stage in range(first):
        half = 1 << (stages - 1 - stage)
        own = places[:, half - 1 :: 2 * half][shape.order]
        asks[stage] = ~((own == 0).all(axis=(0, 2)) | (own == never).all(axis=(0, 2)))
    behind = np.arange(stages - 1, -1, -1)
    asked = np.maximum.accumulate(asks[::-1])
    return int(shape.levels.entry_bits * asked.sum() + (asks * behind[:, np.newaxis]).sum())


def _table(words: Bits, fabric: Fabric) -> float:
    """LUTs of a table in LUTs [words, bits], and of the comparison behind it."""
    if len(words) == 1:
        return _constant(words[0], fabric)
    lanes, width = (words != words[0]).any(axis=0), words.shape[1]
    if fabric is Fabric.LUT4:
        varies = int(lanes.sum())
        return _table_lut4(words[:, lanes]) + _compare(varies, width - varies, fabric)
    varies = min(width, varying_lanes(lanes, len(words)))
    more = _TWO_WORDS * width if len(words) == 2 else 0
    return table_lut(words, fabric) + _compare(varies, width - varies, fabric) + more


def _table_lut4(words: Bits) -> float:
    """LUT4 of bits that vary [words, bits]: some are alike, and some those of the place.

    A bit of many words is chosen among blocks of 16, of which those that are alike are one.
    """
    place = np.arange(len(words))
    wires = ((place[:, np.newaxis] >> np.arange(len(words).bit_length())) & 1).T
    kinds = {column.tobytes() for column in np.ascontiguousarray(words.T)}
    kinds -= {wire.tobytes() for wire in wires.astype(np.uint8)}
    blocks = range(0, len(words), 16)
    unlike = sum(len({kind[at : at + 16] for at in blocks}) for kind in kinds)
    return column_lut4(len(words)) * unlike / len(blocks)


def _constant(threshold: Bits, fabric: Fabric) -> int:
    """LUTs of a comparison with a constant, as level_reached.sv makes it."""
    if not threshold.any():
        return 0
    left = len(threshold) - int(np.argmax(threshold))
    return ceil((left - 1) / (fabric.lut_inputs - 1))


def _compare(varying: int, constant: int, fabric: Fabric) -> float:
    """LUTs of a comparison with so many bits that vary, and others that do not.

    With LUT6 these are two for each place of the carry chain, of six inputs each, but at its end.
    """
    if fabric is Fabric.LUT6:
        return (2 * varying + constant) / 3 - 0.3
    return varying + constant / 2


def _falls(shape: MultithresholdShape, fabric: Fabric) -> Resources:
    """Which rows fall, where that differs from beat to beat; and bits that are inverted."""
    turns, stages = shape.falls.astype(np.uint8), shape.stages
    varies = (turns != turns[0]).any(axis=0)
    signed = int(shape.levels.out.signed)
    inverted = np.where(turns[0], stages - signed, signed) * (fabric is Fabric.LUT6)
    lut = int(np.where(varies, stages, inverted).sum()) * shape.lanes // shape.row_lanes
    return Resources(lut + (table_lut(turns, fabric) if varies.any() else 0))


def _varies(shape: MultithresholdShape) -> bool:
    return bool((shape.falls != shape.falls[0]).any())
