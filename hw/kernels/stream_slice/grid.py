# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of stream_slice, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.point import fold, narrower
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.stream_slice import StreamSlice

__all__ = ["draw"]

_UNITS = (1, 3, 8, 12, 16, 32, 64)
"""Channels of which range and rest are multiples, as groups are."""
_PARTS = (1, 2, 3, 4, 5, 8)
_PIXELS = ((), (3, 3), (8, 8), (14, 14), (56, 56))
_VALUES = (
    *(BIPOLAR, BIPOLAR, ValueType(4, signed=True), ValueType(8), ValueType(8, signed=True)),
    *(ValueType(3), ValueType(11, signed=True), ValueType(16, signed=True)),
)
_MOST_BITS = 256
"""Of a beat."""


def draw(rng: random.Random) -> Case:
    """Any type, any range."""
    unit, parts, pixels = rng.choice(_UNITS), rng.choice(_PARTS), rng.choice(_PIXELS)
    start = rng.randrange(parts)
    stop = rng.randint(start + 1, parts)
    value, op = rng.choice(_VALUES), Slice(unit * start, unit * stop)
    before = TensorType((*pixels, unit * parts), value)
    after = TensorType((*pixels, op.stop - op.start), value)
    name = f"{'x'.join(map(str, before.shape))}_{op.start}_{op.stop}_{value}"
    layer = Layer(name, op, ("x",), "y", (before,), after)
    case = fold(rng, StreamSlice(), layer, narrower(value.bits, _MOST_BITS))
    assert case is not None, "one element at a time always fits"
    return case
