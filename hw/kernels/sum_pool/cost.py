# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a sum_pool, part by part as the SystemVerilog builds it.

FFs are exact. Coefficients that are no whole numbers are fitted to Yosys.
"""

from __future__ import annotations

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import block_ring, single_port, skid
from xnorflow.kernels.sum_pool.shape import SumPoolShape

__all__ = ["estimate"]

_CONTROL_LUT = {Fabric.LUT6: (6.0, 1.5, 1.4), Fabric.LUT4: (12.0, 2.5, 4.0)}
"""Handshake, and for each bit of the counters and of a place that is counted."""

_NARROW, _NARROW_LUT = 4, 2.5
"""Bits of a sum up to which Yosys makes adders between registers of single LUT4, and of how many
more a bit."""


def estimate(shape: SumPoolShape, family: Family) -> Resources:
    """An adder a lane, in front of a skid buffer; the sums; and where the frame stands."""
    counters = _bits(shape.beats) + sum(axis.counter_bits for axis in shape.axes)
    starts = sum(axis.size > 1 and axis.stride > 1 for axis in shape.axes)
    place = _place_bits(shape, family)
    control, each, of_place = _CONTROL_LUT[family.fabric]
    total = skid(shape.width) + _sums(shape, family)
    lut = round(control + each * counters + of_place * place)
    return total + Resources(lut, counters + starts + 2 * place + 1)


def _sums(shape: SumPoolShape, family: Family) -> Resources:
    """Adders and where the sums are kept."""
    if not shape.adds:
        return Resources()
    lut = shape.pe * family.fabric.adder_lut(shape.acc_bits)
    if family.fabric is Fabric.LUT4 and not shape.block(family):
        lut += shape.width  # what is added to: a sum, or where sums start
    if shape.places == 1:
        narrow = family.fabric is Fabric.LUT4 and shape.acc_bits <= _NARROW
        return Resources(lut + narrow * round(_NARROW_LUT * shape.width), shape.width)
    if shape.block(family):
        return Resources(lut) + block_ring(shape.places, shape.width, family)
    return Resources(lut) + single_port(shape.width, shape.places, family)


def _place_bits(shape: SumPoolShape, family: Family) -> int:
    """Bits of a place that is counted: it is kept, and that of the window's first beat."""
    joined = not shape.block(family) and shape.beats & (shape.beats - 1) == 0
    if shape.axes[1].windows == 1 or joined or not shape.adds:
        return 0
    return _bits(shape.places)


def _bits(values: int) -> int:
    return (values - 1).bit_length()
