# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Matrix-vector units: from one weight to 1024 x 1024, over vectors and images."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

from sim.case import Case
from sim.grid.point import fold
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range

__all__ = ["dense_layer", "product"]

_IMAGES = ((1, 1), (1, 9), (3, 3), (5, 7), (12, 12), (30, 30))
_KINDS = ("one", "one", "raw", "edges", "columns", "all")
"""How pixels' thresholds differ: not, at the image's edges, by column, or all; raw sums have none,
but offsets where they are of pixels."""

_MOST_LANES = 6000
_MOST_LUT_BITS = 1 << 17
"""Of a table in LUTs: some 3,000 LUTs."""


def product(rng: random.Random, kernel: Kernel, rows: int, columns: int, value: ValueType) -> Case:
    """A product of so many rows and columns, of a vector or of an image's pixels."""
    image = rng.choice((None, rng.choice(_IMAGES)))
    how = rng.choice(_KINDS if image else _KINDS[:3])
    layer = dense_layer(rows, columns, value, image, how)
    most = _MOST_LANES // (1 if value == BIPOLAR else value.bits)

    def fits(folding: Folding) -> bool:
        lanes, table = folding.pe * folding.simd, rows * columns
        return lanes <= most and (folding.storage != "lutram" or table <= _MOST_LUT_BITS)

    case = fold(rng, kernel, layer, fits)
    assert case is not None, "one lane at a time always fits"
    return case


def dense_layer(
    rows: int, columns: int, value: ValueType, image: tuple[int, int] | None, how: str
) -> Layer:
    """Random weights, and thresholds about the middle of the sums; none is always or never met."""
    rng = np.random.default_rng([rows, columns, value.bits])
    reach = columns * max(-value.low, value.high)
    low, high = (0, columns) if value == BIPOLAR else (-reach, reach)
    kinds = None if image is None else _kinds(*image, how)
    thresholds, offsets = None, None
    if how == "raw" and image is not None:
        offsets = np.round(rng.normal(0, 1 + reach / 8, rows)).astype(np.int32)
    elif how != "raw":
        sets = () if kinds is None else (int(kinds.max()) + 1,)
        middle = rng.normal((low + high) / 2, 1 + (high - low) / 8, (*sets, rows))
        thresholds = np.clip(np.round(middle), low + 1, high).astype(np.int32)
    op = Dense(rng.integers(0, 2, (rows, columns)).astype(np.uint8), thresholds, kinds, offsets)
    sums = op.sums(value)
    result = bits_for_range(sums[0], sums[-1]) if thresholds is None else BIPOLAR
    size = "" if image is None else f"_{image[0]}x{image[1]}"
    return Layer(
        name=f"{value}_{rows}_{columns}{size}_{how}",
        op=op,
        inputs=("x",),
        output="y",
        in_types=(TensorType((*(image or ()), columns), value),),
        out_type=TensorType((*(image or ()), rows), result),
    )


def _kinds(height: int, width: int, how: str) -> npt.NDArray[np.int32] | None:
    """The row of thresholds of each pixel, int32 [height * width]."""
    down, across = np.divmod(np.arange(height * width, dtype=np.int32), width)
    edge_down = 3 * (down == 0) + 6 * (down == height - 1)
    edge_across = (across == 0) + 2 * (across == width - 1)
    ways = {"edges": edge_down + edge_across, "columns": edge_across, "all": down * width + across}
    return ways[how].astype(np.int32) if how in ways else None
