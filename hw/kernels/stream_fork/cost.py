# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a stream_fork; fitted to Yosys."""

from __future__ import annotations

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import skid

__all__ = ["estimate"]

_LUT = {Fabric.LUT6: (2.2, 2.4), Fabric.LUT4: (0.5, 3.5)}
"""Of the control, and for each copy more."""


def estimate(width: int, copies: int, family: Family) -> Resources:
    """A skid buffer, and for each copy a bit that says whether it is taken."""
    control, more = _LUT[family.fabric]
    return skid(width) + Resources(lut=round(control + more * copies), ff=copies)
