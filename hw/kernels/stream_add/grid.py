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
_FACTORS = ((1, 1), (1, 1), (1, 1), (1, 2), (4, 1), (3, 2), (5, 7), (1, 10), (16, 27))
_SATURATE = 0.3
"""Share of the sums that do."""
_MOST_BITS = 512
"""Of all streams on one side."""


def draw(rng: random.Random) -> Case:
    """Integers and bits, in any order, times small factors, some saturating."""
    elements = rng.choice(_ELEMENTS)
    values = rng.choice(_VALUES), rng.choice(_VALUES)
    ends = [(-1, 1) if value == BIPOLAR else (value.low, value.high) for value in values]
    factors = rng.choice(_FACTORS)
    low, high = (sum(f * end[n] for f, end in zip(factors, ends, strict=True)) for n in (0, 1))
    sums = bits_for_range(low, high)
    op = Add(factors, rng.random() < _SATURATE and sums.bits > 1)
    if op.saturates:
        sums = ValueType(rng.randint(1, sums.bits - 1), signed=rng.random() < 0.5)
    name = f"{elements}_{values[0]}_{values[1]}_{factors[0]}_{factors[1]}_{sums}"
    kinds = tuple(TensorType((elements,), value) for value in values)
    layer = Layer(name, op, ("a", "b"), "y", kinds, TensorType((elements,), sums))
    case = fold(rng, StreamAdd(), layer, narrower(sum(value.bits for value in values), _MOST_BITS))
    assert case is not None, "one element at a time always fits"
    return case
