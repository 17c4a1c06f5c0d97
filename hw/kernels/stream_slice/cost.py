# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a stream_slice; fitted to Yosys."""

from __future__ import annotations

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import skid
from xnorflow.kernels.stream_slice.shape import SliceShape

__all__ = ["estimate"]

_CONTROL_LUT = {Fabric.LUT6: (1.5, 0.75, 3.4), Fabric.LUT4: (5, 1.5, 6)}
"""What there always is, then for each bit of the numbers of beat and pixel, and for each end of the
range that is amid a pixel."""


def estimate(shape: SliceShape, family: Family) -> Resources:
    """Two counters in front of a skid buffer."""
    control, each, end = _CONTROL_LUT[family.fabric]
    counted = sum((count - 1).bit_length() for count in (shape.beats, shape.pixels))
    ends = (shape.first > 0) + (shape.first + shape.kept < shape.beats)
    lut = round(control + each * counted + end * ends)
    return skid(shape.width) + Resources(lut=lut, ff=counted)
