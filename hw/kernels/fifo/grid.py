# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of fifo, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case, joint_case
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.fifo import Fifo

__all__ = ["draw"]

_WIDTHS = (1, 2, 3, 5, 8, 16, 24, 32, 49, 64, 128, 256, 512, 1024)
_DEPTHS = (1, 2, 3, 4, 9, 17, 32, 33, 64, 100, 129, 256, 500, 1024, 3000)
_MOST_STORED = 1 << 16
"""Bits."""


def draw(rng: random.Random) -> Case:
    """1 to 1024 bits, 1 to 3000 beats."""
    while True:
        width, depth = rng.choice(_WIDTHS), rng.choice(_DEPTHS)
        if width * depth <= _MOST_STORED:
            stream = Stream(width, 1, 1)
            return joint_case(f"{width}x{depth}", Fifo(), stream, stream, depth)
