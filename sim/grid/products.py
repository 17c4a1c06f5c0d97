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
from xnorflow.kernels.int_mvu import IntMvu
from xnorflow.kernels.xnor_mvu import XnorMvu

__all__ = ["int_mvu", "xnor_mvu"]

_ROWS = (1, 2, 5, 10, 16, 24, 64, 100, 128, 256, 512, 1024)
_COLUMNS = (1, 3, 7, 16, 49, 64, 72, 125, 256, 288, 576, 784, 1024)
_BYTES_ROWS = (1, 3, 6, 10, 16, 32, 64, 96, 128)
_BYTES_COLUMNS = (1, 3, 4, 9, 18, 25, 27, 48, 75, 147, 784)
_VALUES = (
    *(ValueType(8), ValueType(8, signed=True)) * 3,
    *(ValueType(bits) for bits in (2, 3, 4, 6)),
    *(ValueType(bits, signed=True) for bits in (1, 2, 3, 5)),
)
_IMAGES = ((1, 1), (1, 9), (3, 3), (5, 7), (12, 12), (30, 30))
_KINDS = ("one", "one", "raw", "edges", "columns", "all")
"""How pixels' thresholds differ: not, at the image's edges, by column, or all; raw has none."""

_MOST_LANES = 6000
_MOST_LUT_BITS = 1 << 17
"""Of a table in LUTs: some 3,000 LUTs."""


def xnor_mvu(rng: random.Random) -> Case:
    """Binary inputs."""
    return _point(rng, XnorMvu(), rng.choice(_ROWS), rng.choice(_COLUMNS), BIPOLAR)


def int_mvu(rng: random.Random) -> Case:
    """Inputs of one to eight bits, signed and not."""
    rows, columns = rng.choice(_BYTES_ROWS), rng.choice(_BYTES_COLUMNS)
    return _point(rng, IntMvu(), rows, columns, rng.choice(_VALUES))


def _point(rng: random.Random, kernel: Kernel, rows: int, columns: int, value: ValueType) -> Case:
    image = rng.choice((None, rng.choice(_IMAGES)))
    how = rng.choice(_KINDS if image else _KINDS[:3])
    layer = _layer(rows, columns, value, image, how)
    most = _MOST_LANES // (1 if value == BIPOLAR else value.bits)

    def fits(folding: Folding) -> bool:
        lanes, table = folding.pe * folding.simd, rows * columns
        return lanes <= most and (folding.storage != "lutram" or table <= _MOST_LUT_BITS)

    case = fold(rng, kernel, layer, fits)
    assert case is not None, "one lane at a time always fits"
    return case


def _layer(
    rows: int, columns: int, value: ValueType, image: tuple[int, int] | None, how: str
) -> Layer:
    """Random weights, and thresholds about the middle of the sums; none is always or never met."""
    rng = np.random.default_rng([rows, columns, value.bits])
    reach = columns * max(-value.low, value.high)
    low, high = (0, columns) if value == BIPOLAR else (-reach, reach)
    kinds = None if image is None else _kinds(*image, how)
    thresholds = None
    if how != "raw":
        sets = () if kinds is None else (int(kinds.max()) + 1,)
        middle = rng.normal((low + high) / 2, 1 + (high - low) / 8, (*sets, rows))
        thresholds = np.clip(np.round(middle), low + 1, high).astype(np.int32)
    result = bits_for_range(-reach, reach) if thresholds is None else BIPOLAR
    size = "" if image is None else f"_{image[0]}x{image[1]}"
    return Layer(
        name=f"{value}_{rows}_{columns}{size}_{how}",
        op=Dense(rng.integers(0, 2, (rows, columns)).astype(np.uint8), thresholds, kinds),
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
