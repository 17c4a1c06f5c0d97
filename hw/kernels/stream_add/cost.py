# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a stream_add; fitted to Yosys."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import skid
from xnorflow.ir.layer import Layer

__all__ = ["estimate"]

_CONTROL = Resources(lut=5, ff=2)
"""Whether both inputs are there, and which one's frame is dropped."""


def estimate(layer: Layer, folding: Folding, family: Family) -> Resources:
    """An adder a lane in front of a skid buffer; two bits' sum has two bits that are not always 0."""
    lanes, bits = folding.pe, layer.out_type.value.bits
    if all(kind.value.is_binary for kind in layer.in_types):
        return _CONTROL + skid(2 * lanes)
    return _CONTROL + skid(bits * lanes) + Resources(lut=lanes * bits)
