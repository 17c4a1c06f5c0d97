# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Many parameter sets of each kernel, drawn by chance: what cost models are held against."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from sim.case import Case
from sim.grid import branches, elements, images, joints, products

__all__ = ["DRAWS", "draw"]

DRAWS: Mapping[str, Callable[[random.Random], Case]] = {
    "xnor_mvu": products.xnor_mvu,
    "int_mvu": products.int_mvu,
    "sliding_window": images.sliding_window,
    "parallel_window": images.parallel_window,
    "maxpool_or": images.maxpool_or,
    "threshold": elements.threshold,
    "label_select": elements.label_select,
    "stream_fork": branches.stream_fork,
    "stream_add": branches.stream_add,
    "fifo": joints.fifo,
    "width_converter": joints.width_converter,
    "skid_buffer": joints.skid_buffer,
}
"""For each kernel, what draws one point of its grid."""

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
        case = DRAWS[kernel](rng)
        seen = seen + 1 if case.name in found else 0
        found.setdefault(case.name, case)
    return list(found.values())
