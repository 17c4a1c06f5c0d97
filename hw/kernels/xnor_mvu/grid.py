# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of xnor_mvu, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.products import product
from xnorflow.ir.types import BIPOLAR
from xnorflow.kernels.xnor_mvu import XnorMvu

__all__ = ["draw"]

_ROWS = (1, 2, 5, 10, 16, 24, 64, 100, 128, 256, 512, 1024)
_COLUMNS = (1, 3, 7, 16, 49, 64, 72, 125, 256, 288, 576, 784, 1024)


def draw(rng: random.Random) -> Case:
    """Bits of -1 and +1."""
    return product(rng, XnorMvu(), rng.choice(_ROWS), rng.choice(_COLUMNS), BIPOLAR)
