# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Many parameter sets of each kernel, drawn by chance: what cost models are held against."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module

from sim.case import Case
from xnorflow.hardware.catalog import adapters, kernels

__all__ = ["Draw", "draw", "draws"]

Draw = Callable[[random.Random], Case]


@cache
def draws() -> Mapping[str, Draw]:
    """For each kernel, what draws one point of its grid: ``draw`` of grid.py in its folder."""
    names = sorted({*kernels(), *adapters()})
    return {name: import_module(f"xnorflow.kernels.{name}.grid").draw for name in names}


_SEEN = 1000
"""After so many points in a row that have come before there are hardly any others."""


def draw(kernel: str, count: int, seed: int) -> list[Case]:
    """The first so many points of a kernel's grid that a seed brings, all different.

    Fewer where the grid has no more, as far as chance tells.
    """
    rng = random.Random(f"{kernel} {seed}")
    found: dict[str, Case] = {}
    seen = 0
    while len(found) < count and seen < _SEEN:
        case = draws()[kernel](rng)
        seen = seen + 1 if case.name in found else 0
        found.setdefault(case.name, case)
    return list(found.values())
