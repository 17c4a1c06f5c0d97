# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of label_select, drawn by chance."""

from __future__ import annotations

import random

import numpy as np

from sim.case import Case
from sim.grid.point import fold, narrower
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.types import TensorType, ValueType, bits_for_range
from xnorflow.kernels.label_select import LabelSelect

__all__ = ["draw"]

_MOST_BITS = 784
"""Of a beat that is read."""
_CLASSES = (2, 3, 10, 10, 16, 43, 100, 200, 1000)
_CLASS_BITS = (2, 5, 8, 11, 14)
_SPREADS = (0, 0, 3, 40, 900)


def draw(rng: random.Random) -> Case:
    """2 to 1000 classes."""
    value = ValueType(rng.choice(_CLASS_BITS), signed=rng.random() < 0.8)
    layer = _labels(rng.choice(_CLASSES), value, rng.choice(_SPREADS))
    case = fold(rng, LabelSelect(), layer, narrower(value.bits, _MOST_BITS))
    assert case is not None, "one class at a time always fits"
    return case


def _labels(classes: int, value: ValueType, spread: int) -> Layer:
    rng = random.Random(1000 * classes + spread)
    offsets = [rng.randint(-spread, spread) for _ in range(classes)]
    return Layer(
        name=f"{value}_{classes}_{spread}",
        op=ArgMax(np.array(offsets, dtype=np.int32)),
        inputs=("x",),
        output="y",
        in_types=(TensorType((classes,), value),),
        out_type=TensorType((1,), bits_for_range(0, classes - 1)),
    )
