# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Quantisers by tables of many kinds, and the choice of the largest class."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from sim.case import Case
from sim.grid.point import fold
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.kernels.label_select import LabelSelect
from xnorflow.kernels.threshold import Threshold

__all__ = ["label_select", "threshold"]

_ELEMENTS = (1, 7, 12, 48, 196, 300, 784)
_SOURCES = (
    *(ValueType(8), ValueType(8), ValueType(8, signed=True), ValueType(6), ValueType(4)),
    *(ValueType(9, signed=True), ValueType(10), ValueType(12), ValueType(12, signed=True)),
)
_SINKS = (BIPOLAR, BIPOLAR, ValueType(8, signed=True), ValueType(2, signed=True), ValueType(4))
_PERIODS = (1, 1, 1, 3, 0)
"""Elements until the tables repeat; 0: all have tables of their own."""

_MOST_BITS = 784
"""Of a beat that is written, or of classes that are read."""
_MOST_TABLE = 1 << 15
"""Bits of tables that differ."""

_CLASSES = (2, 3, 10, 10, 16, 43, 100, 200, 1000)
_CLASS_BITS = (2, 5, 8, 11, 14)
_SPREADS = (0, 0, 3, 40, 900)

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


def threshold(rng: random.Random) -> Case:
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
        case = fold(rng, kernel, layer, _fits(sink))
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


def label_select(rng: random.Random) -> Case:
    """2 to 1000 classes."""
    kernel: Kernel = LabelSelect()
    value = ValueType(rng.choice(_CLASS_BITS), signed=rng.random() < 0.8)
    layer = _labels(rng.choice(_CLASSES), value, rng.choice(_SPREADS))

    case = fold(rng, kernel, layer, _fits(value))
    assert case is not None, "one class at a time always fits"
    return case


def _fits(value: ValueType) -> Callable[[Folding], bool]:
    return lambda folding: folding.pe * value.bits <= _MOST_BITS


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
