# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which integers a layer can produce."""

from __future__ import annotations

from xnorflow.ir.types import ValueType

__all__ = ["dot_range", "threshold_range"]


def dot_range(width: int, value: ValueType) -> range:
    """All signed dot products of ``width`` binary weights with inputs of a type, ascending.

    Bits count as -1 and +1, so that every second integer is reached; other types as they are.
    """
    if value.is_binary:
        return range(-width, width + 1, 2)
    reach = width * max(-value.low, value.high)
    return range(-reach, reach + 1)


def threshold_range(width: int, value: ValueType) -> range:
    """All meaningful thresholds: the first is always reached, the last never.

    For bits they count the popcount, 0 to ``width`` + 1; else they are in units of the dot product.
    """
    if value.is_binary:
        return range(width + 2)
    reach = width * max(-value.low, value.high)
    return range(-reach, reach + 2)
