# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of multithreshold, drawn by chance."""

from __future__ import annotations

import random

import numpy as np

from sim.case import Case
from sim.grid.point import fold, narrower
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.types import TensorType, ValueType
from xnorflow.kernels.multithreshold import Multithreshold

__all__ = ["draw"]

_CHANNELS = (1, 3, 8, 10, 16, 24, 64, 128)
_BITS = (13, 17, 18, 20, 22, 22, 24, 30)
_SINKS = (ValueType(2), ValueType(3, signed=True), ValueType(4), ValueType(4), ValueType(6))
_WIDE_SINKS = (ValueType(8, signed=True), ValueType(8))
_MOST_BITS = 200
"""Of a beat that is read."""
_MOST_BITS_WIDE = 50


def draw(rng: random.Random) -> Case:
    """Sums behind a product of 8-bit weights, to two to eight bits."""
    kernel = Multithreshold()
    while True:
        is_wide = rng.random() < 0.3
        sink = rng.choice(_WIDE_SINKS if is_wide else _SINKS)
        channels, bits = rng.choice(_CHANNELS), rng.choice(_BITS)
        rows = rng.choice((1, channels, channels))
        layer = _scaled(
            rng.randrange(1000), ValueType(bits, rng.random() < 0.7), sink, channels, rows
        )
        case = fold(rng, kernel, layer, narrower(bits, _MOST_BITS_WIDE if is_wide else _MOST_BITS))
        if case is not None:
            return case


def _scaled(seed: int, entry: ValueType, sink: ValueType, channels: int, rows: int) -> Layer:
    """Thresholds in nearly equal steps, over more or less of the input."""
    rng = np.random.default_rng(seed)
    count, span = sink.high - sink.low, entry.high - entry.low
    step = span / count * rng.uniform(0.1, 1.2, (rows, 1))
    middle = (entry.high + entry.low) / 2 + span * rng.uniform(-0.2, 0.2, (rows, 1))
    drawn = middle + step * (np.arange(count) - (count - 1) / 2)
    thresholds = drawn.clip(entry.low, entry.high + 1).astype(np.int32)
    falls = rng.integers(0, 2, rows, dtype=np.uint8) * np.uint8(rng.integers(0, 2))
    return Layer(
        name=f"scaled_{seed}_{entry}_{sink}_{channels}_{rows}",
        op=MultiThreshold(thresholds, falls, sink.low),
        inputs=("x",),
        output="y",
        in_types=(TensorType((2, channels), entry),),
        out_type=TensorType((2, channels), sink),
    )
