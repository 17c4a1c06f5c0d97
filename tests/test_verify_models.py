# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Trained networks beside what they are compiled to, layer by layer."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import xnorflow
from xnorflow.frontend.load import load_model
from xnorflow.host.frames import to_frames
from xnorflow.ir.input_spec import InputSpec
from xnorflow.passes.pipeline import run_passes
from xnorflow.verify.model import ModelRun, run_model

OWN = Path(__file__).parent.parent / "models"


def beside(model: Path, frames: Path, count: int, input_scale: float = 1.0) -> ModelRun:
    """The model and the golden engine on the first frames of a file."""
    graph = run_passes(load_model(model, InputSpec(scale=input_scale)))
    with np.load(frames) as data:
        x = data["x"][:count]
    return run_model(model, graph, x, to_frames(graph.host_input, graph.tensors[graph.input], x))


@pytest.mark.parametrize("name", ["tfc-mnist", "cnv-mnist"])
def test_the_project_s_own_networks_agree_in_every_layer(name: str) -> None:
    found = beside(OWN / name / "model.onnx", OWN / name / "digits.npz", 10)
    assert found.agreement.exact.all()
    assert found.parting is None


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("name", "count", "scale"),
    [("zoo_tfc_1w1a", 100, 1 / 255), ("lfc_w1a1_mnist", 30, 1.0), ("cnv_w1a1_cifar10", 6, 1.0)],
)
def test_networks_of_others_agree_in_every_layer(
    shared_models: Path, name: str, count: int, scale: float
) -> None:
    found = beside(shared_models / f"{name}.onnx", shared_models / f"{name}.npz", count, scale)
    assert found.agreement.exact.all()
    assert found.agreement.labels.all()
    assert found.parting is None


@pytest.mark.needs_shared
def test_brevitas_default_binary_scale_is_explained(shared_models: Path, tmp_path: Path) -> None:
    case = shared_models.parent / "cases" / "38-brevitas-default-binary-scale-0.1"
    built = xnorflow.compile(case / "model.onnx", board="pynq-z1", output=tmp_path / "b")
    with np.load(case / "input.npz") as data:
        found = built.verify(case / "model.onnx", data["x"])
    assert found.simulation.mismatches == 0
    wanted = found.output.argmax(axis=1)  # depends on the order in which this machine adds
    np.testing.assert_array_equal(found.agreement.labels, found.agreement.label == wanted)
    assert 0 < np.count_nonzero(found.agreement.labels) < len(wanted)
    assert not found.ok
    assert found.parting is not None
    assert found.parting.layer == "dense0"
    assert found.parting.origin.nodes[-1] == "BipolarQuant_14"
    assert (found.parting.ours, found.parting.theirs) == (1, -1)
    assert re.search(
        r"the exact sum is 0; the model's float32 sum is -\d\S*e-\d+: the scale 0\.1 of its "
        r"products is no power of two",
        str(found.parting),
    )


@pytest.mark.needs_shared
def test_the_same_with_an_eighth_agrees(shared_models: Path) -> None:
    case = shared_models.parent / "cases" / "38b-same-scale-0.125"
    found = beside(case / "model.onnx", case / "input.npz", 50)
    assert found.agreement.exact.all()
    assert found.parting is None
