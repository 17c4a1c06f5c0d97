# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small graphs of the IR, written by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from xnorflow.ir.graph import Graph, HostInput, HostOutput, ModelInfo
from xnorflow.ir.layer import ArgMax, Dense, Layer, Op, Quantize
from xnorflow.ir.ranges import dot_range
from xnorflow.ir.types import BINARY, TensorType, ValueType, bits_for_range

Step = tuple[Op, ValueType | None]
"""An operation and its output type; None for a product's raw sums and for an index."""


def quantize(table: Sequence[Sequence[int]], value: ValueType = BINARY) -> Step:
    return Quantize(np.array(table, dtype=np.int32)), value


def dense(weights: Sequence[Sequence[int]], thresholds: Sequence[int] | None = None) -> Step:
    limits = None if thresholds is None else np.array(thresholds, dtype=np.int32)
    return Dense(np.array(weights, dtype=np.uint8), limits), None if limits is None else BINARY


def argmax(offsets: Sequence[int]) -> Step:
    return ArgMax(np.array(offsets, dtype=np.int32)), None


def chain(value: ValueType, width: int, *steps: Step) -> Graph:
    """Layers layer0, layer1 ... in a row; the host shows the integers as they are."""
    tensors = {"input": TensorType((width,), value)}
    layers: list[Layer] = []
    tensor = "input"
    for number, (op, kind) in enumerate(steps):
        before = tensors[tensor]
        values = _values(op, before, kind)
        if kind is None:
            kind = bits_for_range(values[0], values[-1])
        after = TensorType((_width(op, before),), kind)
        made = f"t{number}"
        layers.append(Layer(f"layer{number}", op, (tensor,), made, before, after))
        tensors[made], tensor = after, made
    table = np.array([list(values)], dtype=np.float64)
    return Graph(
        ModelInfo("small", "0" * 64),
        tensors,
        tuple(layers),
        "input",
        tensor,
        HostInput((width,)),
        HostOutput(tensors[tensor].shape, "int32", table, values.start, values.step),
    )


def _values(op: Op, before: TensorType, kind: ValueType | None) -> range:
    if kind is not None:
        return range(kind.low, kind.high + 1)
    if isinstance(op, ArgMax):
        return range(before.elements)
    return dot_range(before.elements, before.value)


def _width(op: Op, before: TensorType) -> int:
    if isinstance(op, Quantize):
        return before.elements
    return len(op.weights) if isinstance(op, Dense) else 1
