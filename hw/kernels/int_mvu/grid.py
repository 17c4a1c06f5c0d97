# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of int_mvu, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.products import product
from xnorflow.ir.types import ValueType
from xnorflow.kernels.int_mvu import IntMvu

__all__ = ["draw"]

_ROWS = (1, 3, 6, 10, 16, 32, 64, 96, 128)
_COLUMNS = (1, 3, 4, 9, 18, 25, 27, 48, 75, 147, 784)
_VALUES = (
    *(ValueType(8), ValueType(8, signed=True)) * 3,
    *(ValueType(bits) for bits in (2, 3, 4, 6)),
    *(ValueType(bits, signed=True) for bits in (1, 2, 3, 5, 9)),
)


def draw(rng: random.Random) -> Case:
    """Inputs of one to nine bits, signed and not."""
    rows, columns = rng.choice(_ROWS), rng.choice(_COLUMNS)
    return product(rng, IntMvu(), rows, columns, rng.choice(_VALUES))
