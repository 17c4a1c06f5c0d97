# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Parameter sets of requantize, drawn by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from sim.case import Case
from sim.grid.point import fold
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import TensorType, ValueType, bits_for_range
from xnorflow.kernels.requantize import Requantize

__all__ = ["draw"]

_CHANNELS = (1, 3, 8, 16, 24, 64, 128)
_DOMAINS = (
    *(range(-144, 145, 2), range(-576, 577, 2), range(-576, 577, 2), range(-2304, 2305, 2)),
    *(range(-512, 509), range(-6885, 6886), range(256), range(-128, 128), range(-256, 255)),
)
_SINKS = (ValueType(8, signed=True), ValueType(8, signed=True), ValueType(4), ValueType(8))
_MOST_BITS = 256
"""Of a beat that is read."""
_MOST_LANES = 12
"""Of products in LUTs, a hundred for each."""

_Floats = npt.NDArray[np.float64]
_Rule = Callable[[random.Random, _Floats, ValueType], _Floats]


def _scaled(rng: random.Random, x: _Floats, sink: ValueType) -> _Floats:
    """What a product's scale and a BatchNorm make of a sum."""
    slope = rng.uniform(0.3, 2.0) * (sink.high - sink.low) / len(x)
    return slope * rng.choice((1, 1, -1)) * x + rng.uniform(sink.low, sink.high) / 4


def _bent(rng: random.Random, x: _Floats, sink: ValueType) -> _Floats:
    """Two slopes."""
    x = x - rng.uniform(-0.2, 0.2) * len(x)
    return np.where(x > 0, rng.uniform(0.5, 1.5), rng.uniform(0.05, 0.3)) * x * (64 / len(x))


def _stepped(rng: random.Random, x: _Floats, sink: ValueType) -> _Floats:
    """A few levels, at any places."""
    cuts = sorted(rng.uniform(x[0], x[-1]) for _ in range(rng.randint(2, 5)))
    return np.searchsorted(np.array(cuts), x).astype(np.float64)


def _averaged(rng: random.Random, x: _Floats, sink: ValueType) -> _Floats:
    """A rounded shift."""
    return x / 4


_RULES: Mapping[str, _Rule] = {
    "scaled": _scaled,
    "bent": _bent,
    "stepped": _stepped,
    "averaged": _averaged,
}


def draw(rng: random.Random) -> Case:
    """Sums, pixels and averages, to integers of four and of eight bits."""
    kernel = Requantize()
    while True:
        domain, sink, channels = rng.choice(_DOMAINS), rng.choice(_SINKS), rng.choice(_CHANNELS)
        rule = rng.choice(("scaled", "scaled", *sorted(_RULES)))
        rows = 1 if rule == "averaged" else rng.choice((1, channels, channels))
        layer = _quantize(rng.randrange(1000), rule, domain, sink, channels, rows)
        case = fold(rng, kernel, layer, partial(_fits, layer.in_type.value.bits))
        if kernel.matches(layer) and case is not None:
            return case


def _fits(bits: int, way: Folding) -> bool:
    return way.pe * bits <= _MOST_BITS and (way.storage != "lut" or way.pe <= _MOST_LANES)


def _quantize(
    seed: int, rule: str, domain: range, sink: ValueType, channels: int, rows: int
) -> Layer:
    rng, x = random.Random(seed), np.array(domain, np.float64)
    drawn = np.stack([_RULES[rule](rng, x, sink) for _ in range(rows)])
    table = np.clip(np.rint(drawn), sink.low, sink.high).astype(np.int32)
    entry = bits_for_range(domain[0], domain[-1])
    return Layer(
        name=f"{rule}_{seed}_{len(domain)}_{sink}_{channels}_{rows}",
        op=Quantize(table, domain),
        inputs=("x",),
        output="y",
        in_types=(TensorType((2, channels), entry),),
        out_type=TensorType((2, channels), sink),
    )
