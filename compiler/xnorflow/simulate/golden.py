# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The golden engine: the whole network in numpy integers, sharing no code with the kernels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import ArgMax, Bits, Dense, Ints, Layer, MaxPool, Quantize, Window
from xnorflow.ir.sweep import Sweep
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
    if isinstance(op, Dense):
        return _dense(op, layer.in_type.value, x)
    images = x.reshape(-1, *layer.in_type.shape)
    if isinstance(op, Window):
        return _window(op, images).reshape(len(x), -1)
    return _max_pool(op, layer.in_type.value, images).reshape(len(x), -1)


def _window(op: Window, images: Ints) -> Ints:
    return np.stack(list(_seen(op.sweep, images, op.fill)), axis=3)


def _max_pool(op: MaxPool, value: ValueType, images: Ints) -> Ints:
    most, *others = _seen(op.sweep, images, value.low)
    for other in others:
        most = np.maximum(most, other)
    return most


def _seen(sweep: Sweep, images: Ints, fill: int) -> Iterator[Ints]:
    """What each place of the kernel sees, [n, positions down, positions across, channels]."""
    top, left, bottom, right = sweep.pads
    pads = ((0, 0), (top, bottom), (left, right), (0, 0))
    padded = np.pad(images, pads, constant_values=fill)
    down, across = sweep.positions(*images.shape[1:3])
    for y, x in np.ndindex(sweep.kernel):
        rows = slice(y, y + (down - 1) * sweep.stride[0] + 1, sweep.stride[0])
        columns = slice(x, x + (across - 1) * sweep.stride[1] + 1, sweep.stride[1])
        yield padded[:, rows, columns]


def _quantize(op: Quantize, value: ValueType, x: Ints) -> Ints:
    rows = np.arange(x.shape[1]) if len(op.table) > 1 else 0
    codes: Ints = op.table[rows, x - value.low]
    return codes


def _dense(op: Dense, value: ValueType, x: Ints) -> Ints:
    pixels = x.reshape(-1, op.width)
    if value.is_binary:
        counts = np.int32(op.width) - _differing(pixels.astype(np.uint8), op.weights)
        sums = counts if op.thresholds is not None else 2 * counts - np.int32(op.width)
    else:
        sums = pixels @ (2 * op.weights.T.astype(np.int32) - 1)
    sums = sums.reshape(len(x), -1, len(op.weights))
    if op.thresholds is not None:
        kinds = 0 if op.kinds is None else op.kinds
        sums = (sums >= op.rows_of_thresholds[kinds]).astype(np.int32)
    return sums.reshape(len(x), -1)


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
