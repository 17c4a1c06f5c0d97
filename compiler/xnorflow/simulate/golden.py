# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The golden engine: the whole network in numpy integers, sharing no code with the kernels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import ArgMax, Bits, Dense, Ints, Layer, Quantize
from xnorflow.ir.types import ValueType

__all__ = ["run_graph", "run_layer"]

_CHUNK_WORDS = 1 << 17
"""Words of 64 weights XORed at once: 1 MiB, so that they stay in a core's cache."""


def run_graph(graph: Graph, frames: Ints) -> Ints:
    """Frames [n, elements] of the input's stored integers to raw outputs [n, elements]."""
    tensors = {graph.input: np.asarray(frames, dtype=np.int32)}
    for layer in graph.layers:
        tensors[layer.output] = run_layer(layer, tensors[layer.inputs[0]])
    return tensors[graph.output]


def run_layer(layer: Layer, x: Ints) -> Ints:
    """One layer's stored integers out [n, elements] for those in [n, elements]."""
    assert x.ndim == 2, "frames come one a row"
    assert x.shape[1] == layer.in_type.elements, "frames have the input's number of elements"
    op = layer.op
    if isinstance(op, Quantize):
        return _quantize(op, layer.in_type.value, x)
    if isinstance(op, ArgMax):
        best: Ints = (x.astype(np.int64) + op.offsets).argmax(axis=1).astype(np.int32)
        return best[:, np.newaxis]
    return _dense(op, layer.in_type.value, x)


def _quantize(op: Quantize, value: ValueType, x: Ints) -> Ints:
    rows = np.arange(x.shape[1]) if len(op.table) > 1 else 0
    codes: Ints = op.table[rows, x - value.low]
    return codes


def _dense(op: Dense, value: ValueType, x: Ints) -> Ints:
    if not value.is_binary:
        signed: Ints = x @ (2 * op.weights.T.astype(np.int32) - 1)
        return signed if op.thresholds is None else _compare(signed, op.thresholds)
    width = np.int32(op.weights.shape[1])
    count = width - _differing(x.astype(np.uint8), op.weights)
    return 2 * count - width if op.thresholds is None else _compare(count, op.thresholds)


def _compare(sums: Ints, thresholds: Ints) -> Ints:
    bits: Ints = (sums >= thresholds).astype(np.int32)
    return bits


def _differing(x: Bits, weights: Bits) -> Ints:
    """How many bits differ: [n, out] from bits [n, in] and [out, in]."""
    frames, rows = _pack(x), _pack(weights)
    result = np.empty((len(x), len(weights)), dtype=np.int32)
    step = max(1, _CHUNK_WORDS // rows.size)
    for start in range(0, len(frames), step):
        differ = np.bitwise_xor(frames[start : start + step, np.newaxis], rows)
        np.bitwise_count(differ).sum(axis=-1, dtype=np.int32, out=result[start : start + step])
    return result


def _pack(bits: Bits) -> npt.NDArray[np.uint64]:
    """Rows of bits in words of 64; the padding is 0 on both sides, so that it never differs."""
    padding = -bits.shape[1] % 64
    padded = np.pad(bits, ((0, 0), (0, padding)))
    return np.ascontiguousarray(np.packbits(padded, axis=1)).view(np.uint64)
