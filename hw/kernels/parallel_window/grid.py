# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of parallel_window, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.images import window_point
from xnorflow.kernels.parallel_window import ParallelWindow

__all__ = ["draw"]


def draw(rng: random.Random) -> Case:
    """The images of sliding_window, a whole window a beat."""
    return window_point(rng, ParallelWindow())
