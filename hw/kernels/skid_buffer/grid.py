# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of skid_buffer, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case, joint_case
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.skid_buffer import SkidBuffer

__all__ = ["draw"]


def draw(rng: random.Random) -> Case:
    """1 to 2000 bits."""
    width = rng.randint(1, rng.choice((8, 100, 2000)))
    stream = Stream(width, 1, 1)
    return joint_case(str(width), SkidBuffer(), stream, stream)
