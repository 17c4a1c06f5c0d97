# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How xnor_popcount.sv divides its lanes, and its latency: in Python what xnor_pkg.sv says."""

from __future__ import annotations

from math import ceil

__all__ = ["chunks", "count_latency", "groups", "odd", "popcount_latency"]


def chunks(lanes: int) -> list[int]:
    """Lanes of each chunk, up to 32, the larger ones first."""
    count = ceil(lanes / 32)
    return [lanes // count + (index < lanes % count) for index in range(count)]


def odd(lanes: int) -> int:
    """Lanes of a chunk's xnor_count: an even chunk's last lane goes another way."""
    return (lanes - 1) | 1


def groups(lanes: int) -> int:
    """Groups of up to eleven lanes of an xnor_count, an odd number."""
    return ((lanes + 10) // 11) | 1


def count_latency(lanes: int) -> int:
    """Cycles of an xnor_count: one more where its lanes are several groups."""
    return 2 if groups(lanes) == 1 else 3


def popcount_latency(lanes: int) -> int:
    """Cycles of an xnor_popcount: of its first chunk, and one a level of the tree."""
    sizes = chunks(lanes)
    return count_latency(odd(sizes[0])) + (len(sizes) - 1).bit_length()
