# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of linear_mvu, drawn by chance."""

from __future__ import annotations

import random

import numpy as np

from sim.case import Case
from sim.grid.point import fold
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.types import TensorType, ValueType, bits_for_range
from xnorflow.kernels.linear_mvu import LinearMvu

__all__ = ["draw"]

_ROWS = (2, 3, 6, 10, 16, 100)
_COLUMNS = (3, 4, 9, 16, 25, 64, 256, 512)
_IMAGES = (None, None, None, (1, 9), (5, 7))
_VALUES = (
    *(ValueType(bits) for bits in (1, 4, 8, 12)),
    *(ValueType(bits, signed=True) for bits in (1, 3, 8, 11, 14, 16)),
)
_LEAST_STEPS = 4
"""A pixel: with fewer, what bits of weights are constant is left to chance."""
_MOST_PRODUCTS = 220
"""In one step: the DSP slices of a Zynq 7020."""
_MOST_LUT_WEIGHTS = 1 << 14
"""Of a table in LUTs: some 3,000 LUTs."""


def draw(rng: random.Random) -> Case:
    """Inputs of one to 16 bits, signed and not."""
    rows, columns = rng.choice(_ROWS), rng.choice(_COLUMNS)
    layer = _layer(rows, columns, rng.choice(_VALUES), rng.choice(_IMAGES))

    def fits(folding: Folding) -> bool:
        table = folding.storage != "lutram" or rows * columns <= _MOST_LUT_WEIGHTS
        products = folding.pe * folding.simd
        return table and products <= min(_MOST_PRODUCTS, rows * columns // _LEAST_STEPS)

    case = fold(rng, LinearMvu(), layer, fits)
    assert case is not None, "one product at a time always fits"
    return case


def _layer(rows: int, columns: int, value: ValueType, image: tuple[int, int] | None) -> Layer:
    rng = np.random.default_rng([rows, columns, value.bits])
    op = Linear(rng.integers(-128, 128, (rows, columns)).astype(np.int8))
    sums, outer = op.sums(value), image or ()
    size = "" if image is None else f"_{image[0]}x{image[1]}"
    before, result = TensorType((*outer, columns), value), bits_for_range(sums[0], sums[-1])
    after = TensorType((*outer, rows), result)
    return Layer(f"{value}_{rows}_{columns}{size}", op, ("x",), "y", (before,), after)
