# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The golden engine: the whole network in numpy, exact, sharing no code with the kernels."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import ArgMax, Dense, Ints, Layer, MaxPool, Quantize, Window
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import ValueType
from xnorflow.simulate.product import product

__all__ = ["run_graph", "run_layer", "run_layers"]

Values = npt.NDArray[Any]
"""Stored integers in a type just wide enough, the frames along the first axis."""

_CHUNK_ELEMENTS = 1 << 23
"""Elements of the largest tensor at once: so many frames go through the network together."""
_MAX_THREADS = 16


def run_graph(graph: Graph, frames: Ints) -> Ints:
    """Frames [n, elements] of the input's stored integers to raw outputs [n, elements].

    Chunks of frames are shared among threads, one a processor.
    """
    largest = max(tensor.elements for tensor in graph.tensors.values())
    step = max(1, _CHUNK_ELEMENTS // largest)
    chunks = [frames[start : start + step] for start in range(0, len(frames), step)]
    raw = np.empty((len(frames), graph.tensors[graph.output].elements), dtype=np.int32)
    with ThreadPoolExecutor(min(len(chunks) or 1, _threads())) as pool:
        for index, result in enumerate(pool.map(partial(_run_chunk, graph), chunks)):
            raw[index * step : (index + 1) * step] = result
    return raw


def _threads() -> int:
    if hasattr(os, "sched_getaffinity"):
        return min(_MAX_THREADS, len(os.sched_getaffinity(0)))
    return min(_MAX_THREADS, os.cpu_count() or 1)


def run_layer(layer: Layer, x: Ints) -> Ints:
    """One layer's stored integers out [n, elements] for those in [n, elements]."""
    return _run_layer(layer, x).reshape(len(x), -1).astype(np.int32)


def run_layers(graph: Graph, frame: Ints) -> dict[str, Ints]:
    """Every tensor's stored integers [elements], by name, for one frame [elements]."""
    tensors = {graph.input: frame}
    for layer in graph.layers:
        tensors[layer.output] = run_layer(layer, tensors[layer.inputs[0]][np.newaxis])[0]
    return tensors


def _run_chunk(graph: Graph, frames: Ints) -> Values:
    """All layers; a tensor is dropped when no layer is left that reads it."""
    last_use = {layer.inputs[0]: index for index, layer in enumerate(graph.layers)}
    tensors: dict[str, Values] = {graph.input: frames}
    for index, layer in enumerate(graph.layers):
        name = layer.inputs[0]
        tensors[layer.output] = _run_layer(layer, tensors[name])
        if last_use[name] == index and name != graph.output:
            del tensors[name]
    return tensors[graph.output].reshape(len(frames), -1)


def _run_layer(layer: Layer, x: Values) -> Values:
    assert x.size == len(x) * layer.in_type.elements, "frames have the input's number of elements"
    op, value, narrow = layer.op, layer.in_type.value, _dtype(layer.out_type.value)
    if isinstance(op, Quantize):
        return _quantize(op, value, x.reshape(len(x), -1), narrow)
    if isinstance(op, ArgMax):
        scores = x.reshape(len(x), -1).astype(np.int64) + op.offsets
        best: Values = scores.argmax(axis=1).astype(narrow)
        return best
    if isinstance(op, Dense):
        return product(op, value, x.reshape(-1, op.width), narrow).reshape(len(x), -1)
    images = x.reshape(-1, *layer.in_type.shape).astype(narrow, copy=False)
    if isinstance(op, Window):
        return _window(op, images)
    return _max_pool(op, value, images)


def _dtype(value: ValueType) -> np.dtype[Any]:
    return np.min_scalar_type(value.low if value.signed else value.high)


def _quantize(op: Quantize, value: ValueType, x: Values, narrow: np.dtype[Any]) -> Values:
    rows = 0 if op.is_uniform else np.arange(x.shape[1])
    codes: Values = op.table.astype(narrow)[rows, x.astype(np.intp) - value.low]
    return codes


def _window(op: Window, images: Values) -> Values:
    """A position sees runs of neighbouring elements, one a row of the kernel."""
    count, _, _, channels = images.shape
    sweep = op.sweep
    padded = _padded(sweep, images, op.fill)
    lines = padded.reshape(count, padded.shape[1], -1)
    runs = (sweep.kernel[0], sweep.kernel[1] * channels)
    seen = np.lib.stride_tricks.sliding_window_view(lines, runs, axis=(1, 2))
    return np.ascontiguousarray(seen[:, :: sweep.stride[0], :: sweep.stride[1] * channels])


def _max_pool(op: MaxPool, value: ValueType, images: Values) -> Values:
    places = _places(op.sweep, images, value.low)
    largest: Values = next(places).copy()
    for others in places:
        np.maximum(largest, others, out=largest)
    return largest


def _places(sweep: Sweep, images: Values, fill: int) -> Iterator[Values]:
    """What each place of the kernel sees, [n, positions down, positions across, channels]."""
    padded = _padded(sweep, images, fill)
    down, across = sweep.positions(*images.shape[1:3])
    for y, x in np.ndindex(sweep.kernel):
        rows = slice(y, y + (down - 1) * sweep.stride[0] + 1, sweep.stride[0])
        columns = slice(x, x + (across - 1) * sweep.stride[1] + 1, sweep.stride[1])
        yield padded[:, rows, columns]


def _padded(sweep: Sweep, images: Values, fill: int) -> Values:
    top, left, bottom, right = sweep.pads
    edges = ((0, 0), (top, bottom), (left, right), (0, 0))
    return np.pad(images, edges, constant_values=fill) if any(sweep.pads) else images
