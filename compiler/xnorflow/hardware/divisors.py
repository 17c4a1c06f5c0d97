# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The divisors of a number: how many parts of equal size something can be cut into."""

from __future__ import annotations

from math import isqrt

__all__ = ["divisors"]


def divisors(number: int) -> tuple[int, ...]:
    """All divisors of a positive number, ascending."""
    low = [k for k in range(1, isqrt(number) + 1) if number % k == 0]
    high = [number // k for k in reversed(low) if k * k != number]
    return (*low, *high)
