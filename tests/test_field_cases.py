# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small models made in the way that users make them, as public reports tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from tests.faulty import refused
from tests.predict import predict
from tests.qonnx_net import execute

import xnorflow
from xnorflow.diagnostics import Severity
from xnorflow.frontend.load import load_model
from xnorflow.hardware.catalog import kernels_for
from xnorflow.host.answers import compare_answers
from xnorflow.ir.graph import Graph
from xnorflow.passes.pipeline import run_passes

pytestmark = pytest.mark.needs_shared

CASES = Path(__file__).parent.parent.parent / "shared" / "cases"

EXACT = (
    "11b-hls4ml740-with-softmax",
    "13-finn892-transpose-concat",
    "16-finnexamples30-residual",
    "18b-sign-even-fan-in",
    "19b-brevitas1234-local-function",
    "22-finn124-gap-behind-scores",
    "38b-same-scale-0.125",
    "48-brevitas1180-adc-12bit",
    "50b-larq326-zero-weight-scale",
    "51-signed-8bit-input-not-annotated",
)

FIRST_OF_8_BITS = "35-first-layer-8bit-weights"

REFUSED = {
    "09-finn860-dilation": ("unsupported-op", "train with dilation=1"),
    "12a-qonnx32-channels-last": ("unsupported-op", "from before the channels-last step"),
    "17a-bmxnet51-depthwise": ("unsupported-op", "train with groups=1"),
    "17b-grouped-conv": ("unsupported-op", "train with groups=1"),
}


@pytest.fixture
def cases() -> Path:
    """The folder of cases beside the checkout; without it the test is skipped."""
    if not CASES.is_dir():
        pytest.skip("needs the cases of ../shared/cases")
    return CASES


def answered(case: Path) -> tuple[Graph, np.ndarray, np.ndarray, np.ndarray]:
    """The network, its outputs and labels, and the executor's outputs."""
    graph = run_passes(load_model(case / "model.onnx"))
    for layer in graph.layers:
        assert kernels_for(layer)
    with np.load(case / "input.npz") as stored:
        output, label = predict(graph, stored["x"])
        return graph, output, label, stored["out"]


@pytest.mark.parametrize("name", EXACT)
def test_what_users_expect_to_work_works(cases: Path, name: str) -> None:
    graph, output, label, wanted = answered(cases / name)
    found = compare_answers(graph.host_output, output, label, wanted)
    assert found.labels.all()
    if graph.host_output.steps:  # the host's means and probabilities are rounded otherwise
        assert found.close.all()
    else:
        np.testing.assert_array_equal(output, wanted)
    assert not [note for note in graph.notes if note.severity is Severity.WARNING]


SIMULATED = ("13-", "16-", "18b-", "22-", "48-", "50b-", "51-")
"""Joins, three levels, an average, wide integers, weights of 0, signed ones: also in Verilator."""


@pytest.mark.parametrize("name", EXACT)
def test_what_works_is_compiled_and_computes_the_same_in_hardware(cases: Path, name: str) -> None:
    case = cases / name
    acc = xnorflow.compile(case / "model.onnx", "pynq-z1", target_fps=1000)
    with np.load(case / "input.npz") as stored:
        x, wanted = stored["x"][:3], stored["out"][:3]
    assert acc.compare(acc.predict(x), wanted).labels.all()
    if name.startswith(SIMULATED):
        found = acc.simulate(x)
        assert found.mismatches == 0
        assert found.prediction is not None
        assert acc.compare(found.prediction, wanted).labels.all()


def test_a_first_layer_of_eight_bits(cases: Path) -> None:
    """Its pixels are multiples of 1/255, which the stored answers did not take them for."""
    path = cases / FIRST_OF_8_BITS / "model.onnx"
    acc = xnorflow.compile(path, "pynq-z1", target_fps=1000)
    with np.load(path.parent / "input.npz") as stored:
        x = stored["x"][:8]
    graph, model = acc.design.graph, onnx.load(path)
    frames = graph.host_input.graph_values(x)
    wanted = np.concatenate([execute(model, frame[np.newaxis]) for frame in frames])
    assert len(np.unique(wanted, axis=0)) > 1
    np.testing.assert_array_equal(acc.predict(x).output, wanted)
    assert acc.simulate(x[:3]).mismatches == 0


def test_sums_that_float32_does_not_hold_are_told_of(cases: Path) -> None:
    graph, output, label, wanted = answered(cases / "38-brevitas-default-binary-scale-0.1")
    found = compare_answers(graph.host_output, output, label, wanted)
    assert np.count_nonzero(~found.labels) == 31
    warnings = [note for note in graph.notes if note.severity is Severity.WARNING]
    assert [note.code for note in warnings] == ["inexact-sums"] * 2
    for note in warnings:
        assert "64 of 64 neurons decide at a sum that the model itself computes" in note.message
        assert "powers of two (0.125, not 0.1)" in note.hint


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_has_a_hint_that_fits(cases: Path, name: str) -> None:
    code, hint = REFUSED[name]
    assert any(f.code == code and hint in f.hint for f in refused(cases / name / "model.onnx"))


def test_each_case_is_looked_at(cases: Path) -> None:
    names = {path.name for path in cases.iterdir() if (path / "model.onnx").is_file()}
    assert names == {*EXACT, *REFUSED, FIRST_OF_8_BITS, "38-brevitas-default-binary-scale-0.1"}
