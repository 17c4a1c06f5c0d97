# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of stream_fork, drawn by chance."""

from __future__ import annotations

import random

from sim.case import Case
from sim.grid.point import fold, narrower
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.stream_fork import StreamFork

__all__ = ["draw"]

_ELEMENTS = (1, 3, 8, 12, 24, 64, 100, 256)
_VALUES = (
    *(BIPOLAR, BIPOLAR, ValueType(4, signed=True), ValueType(8), ValueType(8, signed=True)),
    *(ValueType(3), ValueType(11, signed=True), ValueType(16, signed=True)),
)
_MOST_BITS = 512
"""Of all streams on one side."""
_COPIES = (2, 2, 2, 3, 4, 6, 9, 16)


def draw(rng: random.Random) -> Case:
    """Any type, any width."""
    elements, value, copies = rng.choice(_ELEMENTS), rng.choice(_VALUES), rng.choice(_COPIES)
    kind = TensorType((elements,), value)
    layer = Layer(f"{elements}_{value}_{copies}", Fork(copies), ("x",), "y", (kind,), kind)
    case = fold(rng, StreamFork(), layer, narrower(value.bits * copies, _MOST_BITS))
    assert case is not None, "one element at a time always fits"
    return case
