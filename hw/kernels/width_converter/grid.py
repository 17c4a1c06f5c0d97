# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of width_converter, drawn by chance."""

from __future__ import annotations

import random
from math import lcm

from sim.case import Case, joint_case
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.width_converter import WidthConverter

__all__ = ["draw"]

_LANES = (1, 2, 3, 4, 6, 8, 9, 12, 16, 24, 32, 49, 64, 100, 128, 256)
_BITS = (1, 1, 1, 2, 8)
_MOST_WIDTH = 512
_MOST_PHASES = 64
"""Beats of both sides until they begin together again."""


def draw(rng: random.Random) -> Case:
    """Any ratio of 1 to 256 lanes."""
    while True:
        lanes, other, bits = rng.choice(_LANES), rng.choice(_LANES), rng.choice(_BITS)
        period = lcm(lanes, other)
        phases = max(period // lanes, period // other)
        if lanes != other and phases <= _MOST_PHASES and max(lanes, other) * bits <= _MOST_WIDTH:
            source, sink = (Stream(n, bits, period // n) for n in (lanes, other))
            name = f"{bits}x{lanes}to{other}"
            return joint_case(name, WidthConverter(), source, sink)
