# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of maxpool, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.images import image_point
from xnorflow.ir.types import BIPOLAR, ValueType
from xnorflow.kernels.maxpool import MaxPoolUnit

__all__ = ["draw"]


_VALUES = (BIPOLAR, BIPOLAR, BIPOLAR, ValueType(4), ValueType(8, signed=True), ValueType(16))


def draw(rng: random.Random) -> Case:
    """Images of bits and of integers."""
    return image_point(rng, MaxPoolUnit(), rng.choice(_VALUES), None)
