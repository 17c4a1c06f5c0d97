# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of sliding_window, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.images import window_point
from xnorflow.kernels.sliding_window import SlidingWindow

__all__ = ["draw"]


def draw(rng: random.Random) -> Case:
    """Binary images mostly, and filled with any value."""
    return window_point(rng, SlidingWindow())
