# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What stands between two layers: buffers and changes of width."""

from __future__ import annotations

import random
from math import lcm

from sim.case import Case, joint_case
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.fifo import Fifo
from xnorflow.kernels.skid_buffer import SkidBuffer
from xnorflow.kernels.width_converter import WidthConverter

__all__ = ["fifo", "skid_buffer", "width_converter"]

_WIDTHS = (1, 2, 3, 5, 8, 16, 24, 32, 49, 64, 128, 256, 512, 1024)
_DEPTHS = (1, 2, 3, 4, 9, 17, 32, 33, 64, 100, 129, 256, 500, 1024, 3000)
_MOST_STORED = 1 << 16
"""Bits."""

_LANES = (1, 2, 3, 4, 6, 8, 9, 12, 16, 24, 32, 49, 64, 100, 128, 256)
_BITS = (1, 1, 1, 2, 8)
_MOST_WIDTH = 512
_MOST_PHASES = 64
"""Beats of both sides until they begin together again."""


def fifo(rng: random.Random) -> Case:
    """1 to 1024 bits, 1 to 3000 beats."""
    while True:
        width, depth = rng.choice(_WIDTHS), rng.choice(_DEPTHS)
        if width * depth <= _MOST_STORED:
            stream = Stream(width, 1, 1)
            return joint_case(f"{width}x{depth}", Fifo(), stream, stream, depth)


def width_converter(rng: random.Random) -> Case:
    """Any ratio of 1 to 256 lanes."""
    while True:
        lanes, other, bits = rng.choice(_LANES), rng.choice(_LANES), rng.choice(_BITS)
        period = lcm(lanes, other)
        phases = max(period // lanes, period // other)
        if lanes != other and phases <= _MOST_PHASES and max(lanes, other) * bits <= _MOST_WIDTH:
            source, sink = (Stream(n, bits, period // n) for n in (lanes, other))
            name = f"{bits}x{lanes}to{other}"
            return joint_case(name, WidthConverter(), source, sink)


def skid_buffer(rng: random.Random) -> Case:
    """1 to 2000 bits."""
    width = rng.randint(1, rng.choice((8, 100, 2000)))
    stream = Stream(width, 1, 1)
    return joint_case(str(width), SkidBuffer(), stream, stream)
