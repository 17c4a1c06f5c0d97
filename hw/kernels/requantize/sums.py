# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What products, sums and clips of a requantize unit take; the coefficients are fitted to Yosys."""

from __future__ import annotations

from math import ceil

import numpy as np

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.kernels.requantize.corridor import Numbers
from xnorflow.kernels.requantize.shape import RequantizeShape

__all__ = ["sums"]

_ADDERS_A_CYCLE = 3


def sums(shape: RequantizeShape, family: Family) -> Resources:
    """Of all lanes."""
    each = _clip(shape, family.fabric)
    if shape.multiplies:
        each += _multiplied(shape, family.fabric)
    elif shape.digits and shape.lines is None:
        return _fixed(shape, family.fabric) + _times(each, shape.lanes)
    elif shape.digits:
        each += _recoded(shape, family.fabric)
    return _times(each, shape.lanes)


def _times(one: Resources, count: int) -> Resources:
    return Resources(one.lut * count, one.ff * count, one.bram18 * count, one.dsp * count)


def _clip(shape: RequantizeShape, fabric: Fabric) -> Resources:
    """Whether a quotient is out of range; the skid buffer's LUTs choose, if there is room."""
    return Resources()


def _multiplied(shape: RequantizeShape, fabric: Fabric) -> Resources:
    """A DSP slice, which has all registers but those of the offset; or a multiplier without any."""
    return Resources(dsp=1)


def _recoded(shape: RequantizeShape, fabric: Fabric) -> Resources:
    """An adder a digit, and one for the rest of the offset."""
    pieces, digits, factor = shape.pieces, shape.digits, shape.factor_bits
    rest = shape.high_bits
    lut = digits * (factor + 1) + rest
    cuts = [i for i in range(3, digits + 1, 3) if i < shape.adders]
    shifted = rest + 2 * max(0, digits - 6) if len(cuts) >= 2 else 0
    ff = pieces.quotient_bits
    for cut in cuts:
        ff += factor + 1 + (0 if len(cuts) >= 2 else rest)
        if cut < digits:
            ff += pieces.entry.bits + max(0, 2 * (min(digits, 6) - cut)) + 1
    return Resources(lut=lut + shifted, ff=ff - shifted)


def _fixed(shape: RequantizeShape, fabric: Fabric) -> Resources:
    """The same with constants, of which zeros take nothing."""
    return Resources()
