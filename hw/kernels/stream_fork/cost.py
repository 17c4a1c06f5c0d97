# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a stream_fork."""

from __future__ import annotations

from math import ceil

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import skid

__all__ = ["estimate"]

_FURTHER_INPUTS = {"xc7": 5, "ecp5": 3}
"""That a LUT adds to a function that is cut into LUTs."""


def estimate(width: int, copies: int, family: Family) -> Resources:
    """A skid buffer, and for each copy a bit that says it is taken, with two functions of it.

    Whether all are taken is a function of two bits a copy.
    """
    all_taken = ceil((2 * copies - 1) / _FURTHER_INPUTS[family])
    return skid(width) + Resources(lut=2 * copies + all_taken, ff=copies)
