# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The golden engine: the whole network in numpy, exact, sharing no code with the kernels."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.types import Ints, Values

__all__ = ["run_graph", "run_layer", "run_layers"]

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


def run_layer(layer: Layer, *inputs: Ints) -> Ints:
    """One layer's stored integers out [n, elements] for those in [n, elements]."""
    return _run_layer(layer, inputs).reshape(len(inputs[0]), -1).astype(np.int32)


def run_layers(graph: Graph, frame: Ints) -> dict[str, Ints]:
    """Every tensor's stored integers [elements], by name, for one frame [elements]."""
    tensors = {graph.input: frame}
    for layer in graph.layers:
        inputs = (tensors[name][np.newaxis] for name in layer.inputs)
        tensors[layer.output] = run_layer(layer, *inputs)[0]
    return tensors


def _run_chunk(graph: Graph, frames: Ints) -> Values:
    """All layers; a tensor is dropped when no layer is left that reads it."""
    last_use = {name: index for index, layer in enumerate(graph.layers) for name in layer.inputs}
    tensors: dict[str, Values] = {graph.input: frames}
    for index, layer in enumerate(graph.layers):
        tensors[layer.output] = _run_layer(layer, tuple(tensors[name] for name in layer.inputs))
        for name in {*layer.inputs} - {graph.output}:
            if last_use[name] == index:
                del tensors[name]
    return tensors[graph.output].reshape(len(frames), -1)


def _run_layer(layer: Layer, inputs: Sequence[Values]) -> Values:
    for x, kind in zip(inputs, layer.in_types, strict=True):
        assert x.size == len(x) * kind.elements, "frames have the input's number of elements"
    return layer.op.run(tuple(inputs), layer.in_types, layer.out_type)
