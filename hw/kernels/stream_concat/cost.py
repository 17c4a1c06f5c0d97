# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a stream_concat; fitted to Yosys."""

from __future__ import annotations

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import mux_lut, skid

__all__ = ["estimate"]

_CONTROL_LUT = {Fabric.LUT6: (11, 1.7), Fabric.LUT4: (29, 2.7)}
"""Whose turn it is and which frame is dropped, and for each bit of the beat's number."""
_CONTROL_FF = 4


def estimate(width: int, beats: tuple[int, int], family: Family) -> Resources:
    """A choice of two words in front of a skid buffer."""
    control, each = _CONTROL_LUT[family.fabric]
    counted = (max(beats) - 1).bit_length()
    lut = mux_lut(2, width, family.fabric) + round(control + each * counted)
    return skid(width) + Resources(lut=lut, ff=_CONTROL_FF + counted)
