# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The model beside networks that branch and end in integer weights, layer by layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.blocks import CHANNELS, SIDE, end, identity, quant, stem
from tests.qonnx_net import Net

from xnorflow.diagnostics import XnorflowError
from xnorflow.frontend.load import load_model
from xnorflow.host.frames import to_frames
from xnorflow.ir.host import HostLine
from xnorflow.passes.pipeline import run_passes
from xnorflow.verify.model import ModelRun, run_model

IMAGES = np.random.default_rng(6).integers(0, 256, (24, 3, SIDE, SIDE)).astype(np.uint8)


def verified(
    net: Net, folder: Path, change: Callable[[HostLine], HostLine] = lambda line: line
) -> ModelRun:
    """The model beside what it compiles to, of which the host's line may be another."""
    path = net.save(folder)
    graph = run_passes(load_model(path))
    host = graph.host_output
    table = change(host.table) if isinstance(host.table, HostLine) else host.table
    built = replace(graph, host_output=replace(host, table=table))
    frames = to_frames(graph.host_input, graph.tensors[graph.input], IMAGES)
    return run_model(path, built, IMAGES, frames)


def residual() -> Net:
    net = stem()
    identity(net)
    return end(net)


def test_a_residual_network_agrees(tmp_path: Path) -> None:
    found = verified(residual(), tmp_path)
    assert found.parting is None
    assert found.agreement.exact.all()


@pytest.mark.parametrize(
    "change",
    [
        lambda line: replace(line, scale=line.scale * 1.001),
        lambda line: replace(line, offset=line.offset + 0.01),
        lambda line: replace(line, dtype="float64"),
        lambda line: replace(line, scale=line.scale * np.array([1, -1, 1, 1, 1])),
    ],
    ids=["scale", "offset", "type", "sign"],
)
def test_another_line_is_refused(tmp_path: Path, change: Callable[[HostLine], HostLine]) -> None:
    with pytest.raises(XnorflowError, match="must have its model's output, not another"):
        verified(residual(), tmp_path, change)


def test_averages_that_float32_rounds_are_named(tmp_path: Path) -> None:
    """Many averages lie half way between two of the next steps, and may go to either."""
    net = stem()
    net.add("Mul", 8.0)
    quant(net, 0.07)
    net.add("AveragePool", kernel_shape=[SIDE, SIDE], strides=[SIDE, SIDE])
    quant(net, 0.07 / 32, 16, name="rounds")
    found = verified(end(net), tmp_path)
    assert found.parting is not None
    assert "rounds" in found.parting.origin.nodes
    assert "computes this with an error (the step 0.07" in found.parting.cause.text
    assert "powers of two" in found.parting.cause.remedy


def test_scores_that_float32_rounds_are_named(tmp_path: Path) -> None:
    """Weights of a scale with many digits: the order of adding decides among near scores."""
    net = stem()
    identity(net)
    net.add("GlobalAveragePool")
    net.add("Flatten")
    weights = np.random.default_rng(4).integers(-127, 128, (CHANNELS, 5)) * np.float32(1 / 77)
    net.add("MatMul", weights)
    net.add("Mul", 3.0)
    net.add("Add", np.linspace(-1, 1, 5) / 3)
    found = run_passes(load_model(net.save(tmp_path)))
    assert [note.code for note in found.notes] == ["inexact-sums"]
