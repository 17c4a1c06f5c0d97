# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How much a stored Design may hold: a small file must not unfold into terabytes."""

from __future__ import annotations

from math import prod

from xnorflow.files.strict import Strict

__all__ = ["INT32", "MAX_ELEMENTS", "numbers", "shape"]

INT32 = 1 << 31
"""Integers are below it, and not below its negative."""
MAX_ELEMENTS = 1 << 28
"""Of a tensor or of an array."""


def numbers(entry: Strict, low: int, limits: tuple[int, ...]) -> tuple[int, ...]:
    """As many whole numbers as there are limits, each from ``low`` to its limit.

    Raises:
        XnorflowError: as Strict says.
    """
    items = entry.items()
    if len(items) != len(limits):
        raise entry.error(f"of {len(limits)} numbers, not {len(items)}")
    return tuple(item.whole(low, high) for item, high in zip(items, limits, strict=True))


def shape(entry: Strict, limits: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of an array that is no larger than any may be.

    Raises:
        XnorflowError: as Strict says.
    """
    found = numbers(entry, 1, limits)
    if prod(found) > MAX_ELEMENTS:
        raise entry.error(f"of at most {MAX_ELEMENTS} elements, not {prod(found)}")
    return found
