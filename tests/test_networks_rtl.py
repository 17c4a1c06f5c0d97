# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whole networks in Verilator, folded at random: bit-exact, and at the estimated interval."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from tests.random_mlp import random_mlp

from xnorflow.backends.rtl import generate
from xnorflow.folding.boards import load_board
from xnorflow.folding.design import Design
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.search import fold
from xnorflow.frontend.load import load_model
from xnorflow.ir.graph import Graph
from xnorflow.ir.kernel import Folding
from xnorflow.ir.layer import Layer
from xnorflow.kernels import kernel_for, kernels
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.host import to_frames
from xnorflow.simulate.rtl import simulate

_LONGEST_INTERVAL = 2500


def random_folding(layer: Layer, rng: np.random.Generator) -> Folding:
    """A legal folding, storage included, that simulates and builds in reasonable time."""
    kernel = kernel_for(layer)
    options = [
        f
        for f in kernel.foldings(layer)
        if kernel.cycles(layer, f) <= _LONGEST_INTERVAL and f.pe * f.simd <= 2048
    ]
    bare = options[rng.integers(len(options))]
    storages = kernel.storages(layer, bare) or ("auto",)
    return Folding(bare.pe, bare.simd, storages[rng.integers(len(storages))])


def random_design(graph: Graph, seed: int) -> Design:
    rng = np.random.default_rng(seed)
    wanted = {layer.name: random_folding(layer, rng) for layer in graph.layers}
    return fold(graph, load_board("pynq-z1"), 100.0, folding=FoldingFile(Path("random"), wanted))


def buildable(start: int, folder: Path, widest: int) -> Iterator[tuple[int, Graph, np.ndarray]]:
    """Networks from a seed on whose every layer has a kernel (integer inputs have none yet)."""
    for seed in range(start, start + 1000):
        case = random_mlp(seed, widest)
        path = folder / "net.onnx"
        path.write_bytes(case.model.SerializeToString())
        graph = run_passes(load_model(path, input_scale=case.scale))
        if all(any(k.matches(layer) for k in kernels().values()) for layer in graph.layers):
            yield seed, graph, to_frames(graph.host_input, graph.tensors[graph.input], case.x)


def check(start: int, count: int, folder: Path, widest: int) -> None:
    for seed, graph, frames in islice(buildable(start, folder, widest), count):
        design = random_design(graph, seed)
        bundle = generate(design)
        frames = np.resize(frames, (max(24, len(frames)), frames.shape[1]))
        golden = run_graph(graph, frames)
        found = simulate(design, bundle, frames)
        stalled = simulate(design, bundle, frames, stall_seed=seed + 1)
        np.testing.assert_array_equal(found.raw, golden, err_msg=f"seed {seed}")
        np.testing.assert_array_equal(stalled.raw, golden, err_msg=f"seed {seed}, stalls")
        assert found.interval_cycles == design.interval_cycles, f"seed {seed}"


@pytest.mark.parametrize("start", range(0, 5000, 1000))
def test_random_networks_run_exactly(start: int, tmp_path: Path) -> None:
    check(start, 2, tmp_path, widest=70)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(100_000, 130_000, 1000))
def test_more_random_networks_run_exactly(start: int, tmp_path: Path) -> None:
    check(start, 2, tmp_path, widest=200)
