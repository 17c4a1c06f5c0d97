# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a stream_add; fitted to Yosys."""

from __future__ import annotations

from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import skid
from xnorflow.ir.layer import Layer

__all__ = ["estimate"]

_CONTROL_LUT = {Fabric.LUT6: 5, Fabric.LUT4: 9}
"""Whether both inputs are there, and which one's frame is dropped."""
_BITS_CONTROL_LUT = {Fabric.LUT6: 7, Fabric.LUT4: 23}
"""The same where sums of bits follow."""
_CONTROL_FF = 2


def estimate(layer: Layer, folding: Folding, family: Family) -> Resources:
    """An adder a lane in front of a skid buffer.

    Of LUT4 it takes whole cells of the carry chain. The sum of two bits is stored in two.
    """
    lanes, bits = folding.pe, layer.out_type.value.bits
    if all(kind.value.is_bipolar for kind in layer.in_types):
        return skid(2 * lanes) + Resources(_BITS_CONTROL_LUT[family.fabric], _CONTROL_FF)
    control = Resources(_CONTROL_LUT[family.fabric], _CONTROL_FF)
    adder = _added_bits(layer) if family.fabric is Fabric.LUT6 else 2 * ceil(bits / 2)
    return control + skid(bits * lanes) + Resources(lut=lanes * adder)


def _added_bits(layer: Layer) -> int:
    """Bits of a sum that take a LUT6: above an unsigned input the carry chain suffices."""
    values = [kind.value for kind in layer.in_types]
    unsigned = (value.bits for value in values if not (value.signed or value.is_bipolar))
    return min((layer.out_type.value.bits, *unsigned))
