# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What must hold for any network: integers give what qonnx's executor gives."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tests.fuzz.build import Built

from xnorflow.frontend.load import load_model
from xnorflow.ir.graph import Graph
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate import golden
from xnorflow.simulate.host import from_raw, to_frames


def load(built: Built, folder: Path) -> Graph:
    """The network as the front-end leaves it.

    Raises:
        XnorflowError: it is refused.
    """
    path = folder / "net.onnx"
    path.write_bytes(built.model().SerializeToString())
    return load_model(path, input_scale=built.network.input.scale)


def check_golden(built: Built) -> Graph:
    """The network in integers after all passes, found equal to the executor before and after."""
    wanted = built.reference()
    with TemporaryDirectory() as folder:
        loaded = load(built, Path(folder))
    passed = run_passes(loaded)
    for graph in (loaded, passed):
        frames = to_frames(graph.host_input, graph.tensors[graph.input], built.x)
        raw = golden.run_graph(graph, frames)
        output, label = from_raw(graph.host_output, raw)
        assert output.dtype == wanted.dtype
        assert output.shape == wanted.shape
        np.testing.assert_array_equal(output, wanted)
        assert label.shape == (len(built.x),)
    return passed
