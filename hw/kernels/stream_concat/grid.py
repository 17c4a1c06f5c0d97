# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of stream_concat, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.point import fold, narrower
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.stream_concat import StreamConcat

__all__ = ["draw"]

_CHANNELS = (1, 3, 8, 12, 16, 24, 64, 96, 100, 256)
_PIXELS = ((), (3, 3), (8, 8), (14, 14))
_VALUES = (
    *(BIPOLAR, BIPOLAR, ValueType(4, signed=True), ValueType(8), ValueType(8, signed=True)),
    *(ValueType(3), ValueType(11, signed=True), ValueType(16, signed=True)),
)
_MOST_BITS = 256
"""Of a beat."""


def draw(rng: random.Random) -> Case:
    """Any type, any channels."""
    channels, pixels = (rng.choice(_CHANNELS), rng.choice(_CHANNELS)), rng.choice(_PIXELS)
    value = rng.choice(_VALUES)
    kinds = tuple(TensorType((*pixels, count), value) for count in channels)
    out = TensorType((*pixels, sum(channels)), value)
    name = f"{'x'.join(map(str, (*pixels, channels[0])))}_{channels[1]}_{value}"
    layer = Layer(name, Concat(), ("a", "b"), "y", kinds, out)
    case = fold(rng, StreamConcat(), layer, narrower(value.bits, _MOST_BITS))
    assert case is not None, "one element at a time always fits"
    return case
