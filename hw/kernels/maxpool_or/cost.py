# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a maxpool_or, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from xnorflow.ir.kernel import Family, Resources
from xnorflow.kernels.maxpool_or.axis import Axis

__all__ = ["estimate"]


def estimate(lanes: int, beats: int, down: Axis, across: Axis, family: Family) -> Resources:
    """Primitives of the whole unit."""
    return Resources()
