# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a product with a constant, constant_product.sv, takes."""

from __future__ import annotations

from itertools import pairwise

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.ir.types import ValueType, bits_for_range

__all__ = ["product_lut"]


def product_lut(value: ValueType, factor: int, family: Family) -> int:
    """LUTs of a product with numbers of a type: a sum of the digits of either sign, and the rest.

    Where both sums are 0, above one and below the other, their difference takes none.
    """
    half = factor // 2
    plus, minus = (factor + half) & ~half, half & ~(factor + half)
    lut = _sum_lut(value, plus, family)
    if not minus:
        return lut
    lut += _sum_lut(value, minus, family)
    bits = bits_for_range(factor * value.low, factor * value.high).bits - _places(minus)[-1]
    if family.fabric is Fabric.LUT4:
        return lut + family.fabric.adder_lut(bits) + value.bits
    apart = 0 if value.signed else _places(plus)[-1] - _places(minus)[0] - value.bits
    return lut + bits - max(0, apart)


def _sum_lut(value: ValueType, digits: int, family: Family) -> int:
    """LUTs of a digit_sum.

    With LUT6 the carry chain suffices where one of an adder's two numbers is 0: below the lowest
    digit so far, and above an unsigned number.
    """
    bits = bits_for_range(digits * value.low, digits * value.high).bits
    lut = 0
    for above, place in pairwise(_places(digits)):
        common = max(0, (bits if value.signed else place + value.bits) - above)
        if family.fabric is Fabric.LUT6 or common == 0:
            lut += common
        else:
            lut += family.fabric.adder_lut(bits - place - 1)
    return lut


def _places(digits: int) -> list[int]:
    """Of the ones of a number, descending."""
    return [place for place in reversed(range(digits.bit_length())) if digits >> place & 1]
