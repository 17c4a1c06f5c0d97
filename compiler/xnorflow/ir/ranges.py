# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which integers a layer can produce."""

from __future__ import annotations

from math import gcd

from xnorflow.ir.types import ValueType

__all__ = ["dot_range", "threshold_range"]


def dot_range(width: int, value: ValueType) -> range:
    """All dot products of ``width`` weights of -1 and +1 with what a type's integers stand for.

    They are ascending; of bipolar bits every second integer is reached.
    """
    reach = width * value.largest
    # Another stored integer moves a sum by steps, another sign by twice what is stored.
    return range(-reach, reach + 1, gcd(value.code.step, 2 * value.code.offset))


def threshold_range(width: int, value: ValueType) -> range:
    """All meaningful thresholds: the first is always reached, the last never.

    For bipolar bits they are popcounts, (dot product + ``width``) / 2, 0 to ``width`` + 1; else
    they are dot products.
    """
    if value.is_bipolar:
        return range(width + 2)
    reach = width * value.largest
    return range(-reach, reach + 2)
