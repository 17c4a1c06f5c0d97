# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small graphs of the IR, written by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from xnorflow.ir.graph import Graph, ModelInfo
from xnorflow.ir.host import HostInput, HostOutput
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.op import Op
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.ranges import dot_range
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range

Step = tuple[Op, ValueType | None]
"""An operation and its output type; None for a product's raw sums and for an index."""


def quantize(table: Sequence[Sequence[int]], value: ValueType = BIPOLAR) -> Step:
    return Quantize(np.array(table, dtype=np.int32)), value


def multi_threshold(
    thresholds: Sequence[Sequence[int]], falls: Sequence[int], low: int, value: ValueType
) -> Step:
    rows = np.array(thresholds, dtype=np.int32)
    return MultiThreshold(rows, np.array(falls, dtype=np.uint8), low), value


def dense(weights: npt.ArrayLike, thresholds: npt.ArrayLike | None = None) -> Step:
    limits = None if thresholds is None else np.array(thresholds, dtype=np.int32)
    return Dense(np.array(weights, dtype=np.uint8), limits), None if limits is None else BIPOLAR


def conv(weights: np.ndarray, thresholds: np.ndarray | None, kinds: np.ndarray | None) -> Step:
    """A product of each pixel: weights [out, in], thresholds [out] or [kinds, out]."""
    limits = None if thresholds is None else thresholds.astype(np.int32)
    rows = None if kinds is None else kinds.astype(np.int32)
    return Dense(weights.astype(np.uint8), limits, rows), None if limits is None else BIPOLAR


def window(sweep: Sweep, fill: int, value: ValueType) -> Step:
    return Window(sweep, fill), value


def pool(sweep: Sweep, value: ValueType) -> Step:
    return MaxPool(sweep), value


def argmax(offsets: Sequence[int]) -> Step:
    return ArgMax(np.array(offsets, dtype=np.int32)), None


def chain(value: ValueType, shape: int | tuple[int, ...], *steps: Step) -> Graph:
    """Layers layer0, layer1 ... in a row; the host shows the integers as they are."""
    entry = (shape,) if isinstance(shape, int) else shape
    tensors = {"input": TensorType(entry, value)}
    layers: list[Layer] = []
    tensor = "input"
    for number, (op, kind) in enumerate(steps):
        before = tensors[tensor]
        values = _values(op, before, kind)
        if kind is None:
            kind = bits_for_range(values[0], values[-1])
        after = TensorType(_shape(op, before), kind)
        made = f"t{number}"
        layers.append(Layer(f"layer{number}", op, (tensor,), made, (before,), after))
        tensors[made], tensor = after, made
    table = np.array([list(values)], dtype=np.float64)
    return Graph(
        ModelInfo("small", "0" * 64),
        tensors,
        tuple(layers),
        "input",
        tensor,
        HostInput(entry),
        HostOutput(tensors[tensor].shape, "int32", table, values.start, values.step),
    )


def _values(op: Op, before: TensorType, kind: ValueType | None) -> range:
    if kind is not None:
        return range(kind.low, kind.high + 1)
    if isinstance(op, ArgMax):
        return range(before.elements)
    assert isinstance(op, Dense)
    return dot_range(op.width, before.value)


def _shape(op: Op, before: TensorType) -> tuple[int, ...]:
    if isinstance(op, Quantize | MultiThreshold):
        return before.shape
    if isinstance(op, Dense):
        pixels = before.shape[:-1] if op.width == before.channels != before.elements else ()
        return (*pixels, len(op.weights))
    if isinstance(op, ArgMax):
        return (1,)
    assert isinstance(op, Window | MaxPool), f"no shape is known for {op.kind}"
    height, width, channels = before.shape
    seen = op.sweep.area if isinstance(op, Window) else 1
    return (*op.sweep.positions(height, width), seen * channels)
