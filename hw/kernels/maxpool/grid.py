# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of maxpool, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.images import image_point
from xnorflow.ir.types import BIPOLAR
from xnorflow.kernels.maxpool import MaxPoolUnit

__all__ = ["draw"]


def draw(rng: random.Random) -> Case:
    """Images of bits."""
    return image_point(rng, MaxPoolUnit(), BIPOLAR, None)
