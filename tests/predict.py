# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A hand-built network in the IR, compared with qonnx's executor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from tests.qonnx_net import Array, Net, execute
from tests.rng import generator

from xnorflow.frontend.load import load_model
from xnorflow.host.frames import to_frames
from xnorflow.host.meaning import from_raw
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph

RNG = generator(11)

_FLOAT32_ROUNDING = 1e-6


def predict(graph: Graph, x: Array) -> tuple[Array, Array]:
    frames = to_frames(graph.host_input, graph.tensors[graph.input], x)
    return from_raw(graph.host_output, run_graph(graph, frames))


def same(
    net: Net, folder: Path, x: Array, given: InputSpec | None = None, *, constant: bool = False
) -> Graph:
    """The IR of ``net``, after comparing its results on ``x``, frame by frame.

    Frames must give different results, unless the network is meant to be ``constant``.
    """
    path = net.save(folder)
    graph = run_passes(load_model(path, given))
    scaled = graph.host_input.graph_values(x)
    model = onnx.load(path)
    wanted = np.concatenate([execute(model, frame[np.newaxis]) for frame in scaled])
    output, _ = predict(graph, x)
    np.testing.assert_array_equal(output, wanted.reshape(output.shape))
    assert output.dtype == wanted.dtype
    assert constant or len(x) == 1 or (output != output[0]).any(), "all frames give the same"
    return graph


def close(graph: Graph, x: Array, wanted: Array) -> None:
    """Compare results on ``x`` with the executor's, within float32 rounding."""
    output, label = predict(graph, x)
    assert (output.shape, output.dtype) == (wanted.shape, wanted.dtype)
    np.testing.assert_allclose(output, wanted, atol=_FLOAT32_ROUNDING * np.abs(wanted).max())
    if wanted.dtype == np.float32:
        np.testing.assert_array_equal(label, wanted.reshape(len(x), -1).argmax(axis=1))
    else:
        np.testing.assert_array_equal(output, wanted)


def pixels(*shape: int) -> Array:
    return RNG.integers(0, 256, (12, *shape)).astype(np.uint8)


def small(width: int = 6) -> Net:
    net = Net((1, width))
    net.add("Sub", 127.5)
    net.bipolar()
    return net
