# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of threshold, drawn by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from sim.case import Case
from sim.grid.point import fold, narrower
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.threshold import Threshold

__all__ = ["draw"]

_ELEMENTS = (1, 7, 12, 48, 196, 300, 784)
_SOURCES = (
    *(ValueType(8), ValueType(8), ValueType(8, signed=True), ValueType(6), ValueType(4)),
    *(ValueType(9, signed=True), ValueType(10), ValueType(12), ValueType(12, signed=True)),
)
_SINKS = (BIPOLAR, BIPOLAR, ValueType(8, signed=True), ValueType(2, signed=True), ValueType(4))
_PERIODS = (1, 1, 1, 3, 0)
"""Elements until the tables repeat; 0: all have tables of their own."""
_MOST_BITS = 784
"""Of a beat that is written."""
_MOST_TABLE = 1 << 15
"""Bits of tables that differ."""

_Ints = npt.NDArray[np.int64]
_Rule = Callable[[random.Random, _Ints, ValueType], _Ints]


def _cut(rng: random.Random, places: _Ints, sink: ValueType) -> _Ints:
    """One threshold, rising or falling."""
    reached = places >= rng.randint(1, len(places) - 1)
    return np.where(reached ^ rng.choice((False, False, True)), sink.high, sink.low)


def _scaled(rng: random.Random, places: _Ints, sink: ValueType) -> _Ints:
    """The input scaled, moved and clipped: what quantisers of images are."""
    levels = sink.high - sink.low
    slope = rng.choice((1.0, 1.0, levels / len(places), 0.55, 1.3))
    moved = np.round(slope * places + rng.choice((0, sink.low, sink.low, rng.uniform(-30, 9))))
    return np.clip(moved, sink.low, sink.high).astype(np.int64)


def _bent(rng: random.Random, places: _Ints, sink: ValueType) -> _Ints:
    """Any function that rises."""
    drawn = [rng.randint(sink.low, sink.high) for _ in places]
    return np.sort(np.array(drawn, np.int64))


_RULES: Mapping[str, _Rule] = {"cut": _cut, "scaled": _scaled, "bent": _bent}


def draw(rng: random.Random) -> Case:
    """Pixels, smaller integers and samples of up to 12 bits, to bits and to integers."""
    kernel = Threshold()
    while True:
        source, sink, elements = rng.choice(_SOURCES), rng.choice(_SINKS), rng.choice(_ELEMENTS)
        rule = rng.choice(sorted(_RULES))
        period = rng.choice(_PERIODS) or elements
        bits = sink.bits * (source.bits if sink == BIPOLAR else 1 << source.bits)
        if elements % period or (period > 1 and period * bits > _MOST_TABLE):
            continue
        seed = rng.randrange(1000)
        layer = _quantize(seed, rule, source, sink, elements, period)
        case = fold(rng, kernel, layer, narrower(sink.bits, _MOST_BITS))
        if kernel.matches(layer) and case is not None:
            return case


def _quantize(
    seed: int, rule: str, source: ValueType, sink: ValueType, elements: int, period: int
) -> Layer:
    rng = random.Random(seed)
    places = np.arange(source.high - source.low + 1)
    rows = np.stack([_RULES[rule](rng, places, sink) for _ in range(period)]).astype(np.int32)
    table = rows if period == 1 else np.tile(rows, (elements // period, 1))
    return Layer(
        name=f"{rule}_{seed}_{source}_{sink}_{elements}_{period}",
        op=Quantize(table),
        inputs=("x",),
        output="y",
        in_types=(TensorType((elements,), source),),
        out_type=TensorType((elements,), sink),
    )
