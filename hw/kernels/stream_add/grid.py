# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of stream_add, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.point import fold, narrower
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.kernels.stream_add import StreamAdd

__all__ = ["draw"]

_ELEMENTS = (1, 3, 8, 12, 24, 64, 100, 256)
_VALUES = (
    *(BIPOLAR, BIPOLAR, ValueType(4, signed=True), ValueType(8), ValueType(8, signed=True)),
    *(ValueType(3), ValueType(11, signed=True), ValueType(16, signed=True)),
)
_MOST_BITS = 512
"""Of all streams on one side."""


def draw(rng: random.Random) -> Case:
    """Integers and bits, in any order."""
    elements = rng.choice(_ELEMENTS)
    values = rng.choice(_VALUES), rng.choice(_VALUES)
    ends = [(-1, 1) if value == BIPOLAR else (value.low, value.high) for value in values]
    sums = bits_for_range(sum(low for low, _ in ends), sum(high for _, high in ends))
    name = f"{elements}_{values[0]}_{values[1]}"
    kinds = tuple(TensorType((elements,), value) for value in values)
    layer = Layer(name, Add(), ("a", "b"), "y", kinds, TensorType((elements,), sums))
    case = fold(rng, StreamAdd(), layer, narrower(sum(value.bits for value in values), _MOST_BITS))
    assert case is not None, "one element at a time always fits"
    return case
