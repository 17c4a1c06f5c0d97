# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a stream_add; fitted to Yosys."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.constant_product import product_lut
from xnorflow.hw_common.memory import skid
from xnorflow.ir.layer import Layer
from xnorflow.kernels.stream_add.sums import add_of, sum_bits

__all__ = ["estimate"]

_CONTROL_LUT = {Fabric.LUT6: 5, Fabric.LUT4: 9}
"""Whether both inputs are there, and which one's frame is dropped."""
_BITS_CONTROL_LUT = {Fabric.LUT6: 7, Fabric.LUT4: 23}
"""The same where sums of bits follow."""
_CONTROL_FF = 2


def estimate(layer: Layer, folding: Folding, family: Family) -> Resources:
    """An adder a lane in front of a skid buffer, and constant products in front of that.

    Of LUT4 it takes whole cells of the carry chain. The plain sum of two bits is stored in two.
    """
    lanes, op = folding.pe, add_of(layer)
    if _are_bits(layer) and op.factors == (1, 1) and not op.saturates:
        return skid(2 * lanes) + Resources(_BITS_CONTROL_LUT[family.fabric], _CONTROL_FF)
    control = Resources(_CONTROL_LUT[family.fabric], _CONTROL_FF)
    each = _adder(layer, family) + _clamp(layer, family) + sum(_products(layer, family))
    return control + skid(_kept_bits(layer) * lanes) + Resources(lut=lanes * each)


def _are_bits(layer: Layer) -> bool:
    return all(kind.value.is_bipolar for kind in layer.in_types)


def _kept_bits(layer: Layer) -> int:
    """Of a sum in the buffer: all, or the low ones and what tells how it saturates."""
    value = layer.out_type.value
    if not add_of(layer).saturates:
        return value.bits
    low = value.bits - value.signed
    signed = any(kind.value.signed or kind.value.is_bipolar for kind in layer.in_types)
    beyond = low > 0 and sum_bits(layer) - 1 > low
    return low + beyond + signed


def _adder(layer: Layer, family: Family) -> int:
    """Bits of a sum that both numbers have; above an unsigned one a LUT6's carry chain suffices.

    A sum of two bits times constants is a choice of four: a LUT6's, which the buffer has.
    """
    bits, shift = sum_bits(layer), max(map(_trailing, add_of(layer).factors))
    if family.fabric is Fabric.LUT4:
        return ceil(bits / 2) if _are_bits(layer) else 2 * ceil((bits - shift) / 2)
    return 0 if _are_bits(layer) else min(bits, *_unsigned(layer)) - shift


def _unsigned(layer: Layer) -> Iterator[int]:
    """Bits of unsigned numbers, and of the sum."""
    yield sum_bits(layer)
    for kind, factor in zip(layer.in_types, add_of(layer).factors, strict=True):
        if not (kind.value.signed or kind.value.is_bipolar):
            yield (factor * kind.value.high).bit_length()


def _products(layer: Layer, family: Family) -> Iterator[int]:
    """Those of integers; a bit chooses between constants."""
    for kind, factor in zip(layer.in_types, add_of(layer).factors, strict=True):
        if not kind.value.is_bipolar:
            yield product_lut(kind.value, factor, family)


def _clamp(layer: Layer, family: Family) -> int:
    """A LUT a bit behind the buffer, but for the sign; in front, whether a sum is beyond."""
    value = layer.out_type.value
    if not add_of(layer).saturates:
        return 0
    low = value.bits - value.signed
    upper = sum_bits(layer) - low
    if family.fabric is Fabric.LUT6:
        return low + (0 if upper <= 6 else 1 + upper // 3)
    return low + (0 if upper <= 2 else 1 if upper <= 4 else upper + 1)


def _trailing(factor: int) -> int:
    """Zeros at a factor's low end."""
    return (factor & -factor).bit_length() - 1
