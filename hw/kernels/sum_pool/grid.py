# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of sum_pool, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.point import fold, narrower
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.kernels.sum_pool import SumPoolUnit

__all__ = ["draw"]

_SIZES = (1, 2, 4, 7, 8, 14, 28, 32, 56, 112)
_CHANNELS = (1, 3, 16, 48, 64, 128, 256)
_KERNELS = ((2, 2), (2, 2), (3, 3), (1, 4), (3, 2))
_GLOBAL = 0.4
"""Share of the pools whose window is the whole image."""
_VALUES = (BIPOLAR, BIPOLAR, ValueType(4), ValueType(8, signed=True), ValueType(11, signed=True))
_MOST_BITS = 512
"""Of a beat that is written."""


def draw(rng: random.Random) -> Case:
    """Bits and integers, windows side by side and over the whole image."""
    while True:
        image = (rng.choice(_SIZES), rng.choice(_SIZES), rng.choice(_CHANNELS))
        kernel = image[:2] if rng.random() < _GLOBAL else rng.choice(_KERNELS)
        stride = (kernel[0], kernel[1] + rng.choice((0, 0, 0, 1)))
        if kernel[0] > image[0] or kernel[1] > image[1]:
            continue
        layer = _layer(image, Sweep(kernel, stride), rng.choice(_VALUES))
        case = fold(rng, SumPoolUnit(), layer, narrower(layer.out_type.value.bits, _MOST_BITS))
        assert case is not None, "one channel at a time always fits"
        return case


def _layer(image: tuple[int, int, int], sweep: Sweep, value: ValueType) -> Layer:
    low, high = (sweep.area * value.code.of(end) for end in (value.low, value.high))
    sizes = ("x".join(map(str, n)) for n in (image, sweep.kernel, sweep.stride))
    out = TensorType((*sweep.positions(*image[:2]), image[2]), bits_for_range(low, high))
    name = f"{value}_" + "_".join(sizes)
    return Layer(name, SumPool(sweep), ("x",), "y", (TensorType(image, value),), out)
