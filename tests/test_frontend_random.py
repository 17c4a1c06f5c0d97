# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Random MLPs: the integer network gives exactly what qonnx's executor gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.qonnx_net import execute
from tests.random_mlp import random_mlp

from xnorflow.frontend.load import load_model
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.host import from_raw, to_frames


def check(seed: int, folder: Path, widest: int) -> None:
    case = random_mlp(seed, widest)
    path = folder / "net.onnx"
    path.write_bytes(case.model.SerializeToString())
    wanted = execute(case.reference, (case.x * np.float64(case.scale)).astype(np.float32))
    loaded = load_model(path, input_scale=case.scale)
    for graph in (loaded, run_passes(loaded)):
        frames = to_frames(graph.host_input, graph.tensors[graph.input], case.x)
        output, label = from_raw(graph.host_output, run_graph(graph, frames))
        assert output.dtype == wanted.dtype
        assert output.shape == wanted.shape
        np.testing.assert_array_equal(output, wanted, err_msg=f"seed {seed}")
        assert label.shape == (len(case.x),)


@pytest.mark.parametrize("seed", range(60))
def test_integers_equal_the_executor(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path, widest=70)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1400))
def test_more_networks(seed: int, tmp_path: Path) -> None:
    check(seed, tmp_path, widest=300)
