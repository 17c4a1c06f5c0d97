# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Convolutional networks as Brevitas exports them, against the reference executor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from tests.faulty import refused
from tests.predict import close, predict
from tests.qonnx_net import execute

from xnorflow.frontend.load import load_model
from xnorflow.ir.input_spec import InputSpec, InputType
from xnorflow.passes.pipeline import run_passes

pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("brevitas", reason="needs the extra train")

from tests.brevitas_nets import CLOSE, NETS, REFUSED, export, trained

X = np.random.default_rng(5).integers(0, 256, (4, 3, 8, 8)).astype(np.float32)


def reference(path: Path, x: np.ndarray) -> np.ndarray:
    model = onnx.load(path)
    return np.concatenate([execute(model, frame[np.newaxis]) for frame in x])


@pytest.mark.parametrize("name", NETS)
def test_accepted(tmp_path: Path, name: str) -> None:
    path = export(trained(NETS[name], X, seed=len(name)), X[:1], tmp_path / "net.onnx")
    given = InputSpec(InputType.named("uint8"))
    output, _ = predict(run_passes(load_model(path, given)), X.astype(np.uint8))
    wanted = reference(path, X)
    assert len(np.unique(wanted)) > 1
    np.testing.assert_array_equal(output, wanted)


@pytest.mark.parametrize("name", CLOSE)
def test_accepted_with_last_steps_of_the_host_s(tmp_path: Path, name: str) -> None:
    path = export(trained(CLOSE[name], X, seed=len(name)), X[:1], tmp_path / "net.onnx")
    graph = run_passes(load_model(path, InputSpec(InputType.named("uint8"))))
    assert graph.host_output.steps
    close(graph, X.astype(np.uint8), reference(path, X))


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path: Path, name: str) -> None:
    build, message = REFUSED[name]
    path = export(trained(build, X, seed=1), X[:1], tmp_path / "net.onnx")
    (fault,) = refused(path)
    assert fault.message.startswith(message)


@pytest.mark.parametrize(
    "options",
    [
        {"dynamo": True},
        {"opset_version": 11},
        {"opset_version": 18},
        {"dynamic_axes": {"x": {0: "batch"}}, "input_names": ["x"]},
        {},
    ],
)
def test_any_exporter(tmp_path: Path, options: dict[str, object]) -> None:
    model = trained(NETS["view"], X, seed=2)
    plain = export(model, X[:1], tmp_path / "plain.onnx")
    batch = 1 if "opset_version" in options or "dynamo" in options else 4
    path = export(model, X[:batch], tmp_path / "net.onnx", **options)
    output, _ = predict(run_passes(load_model(path)), X.astype(np.uint8))
    np.testing.assert_array_equal(output, reference(plain, X))
