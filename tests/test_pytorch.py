# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A PyTorch module given to ``xnorflow.compile``: exported, compared, and otherwise let be."""

from __future__ import annotations

import hashlib
import json
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import xnorflow
from xnorflow.diagnostics import Severity, XnorflowError
from xnorflow.pytorch import extra

pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("brevitas", reason="needs the extra train")

import brevitas.nn as qnn
import torch
from brevitas.quant import Uint8ActPerTensorFixedPoint
from tests.brevitas_modules import ROWS, Pair, built, parts, refused, small
from tests.brevitas_nets import Function, dense, sign, trained
from tests.nested_net import Nested
from torch import nn

from xnorflow.pytorch.export import Exported

IMAGES = np.random.default_rng(4).integers(0, 256, (20, 3, 8, 8)).astype(np.float32)


def test_the_accelerator_computes_what_the_module_does(tmp_path: Path) -> None:
    model = Nested().eval()
    said: list[str] = []
    acc = built(model, example_input=IMAGES[:1], output=tmp_path / "b", progress=said.append)
    with torch.no_grad():
        wanted = model(torch.tensor(IMAGES)).numpy()
    np.testing.assert_array_equal(acc.predict(IMAGES).output, wanted)
    assert len(np.unique(wanted)) > 1
    assert said[:2] == ["exporting the module", "reading the export"]
    assert acc.report.model.name == "Nested"


def test_the_export_stays_in_the_build_folder(tmp_path: Path) -> None:
    acc = built(small(), example_input=ROWS[:1], output=tmp_path / "b")
    path = tmp_path / "b" / "model.onnx"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert acc.design.graph.model.sha256 == digest
    again = built(path, output=tmp_path / "b")
    assert again.report.model.name == "model"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == digest
    np.testing.assert_array_equal(again.predict(ROWS).raw, acc.predict(ROWS).raw)


def test_layers_remember_their_modules_in_the_build_folder(tmp_path: Path) -> None:
    built(Nested().eval(), example_input=IMAGES[:1], output=tmp_path / "b")
    layers = xnorflow.load(tmp_path / "b").design.graph.layers
    assert [x.origin.modules for x in layers if x.name == "dense2"] == [("fc",)]


def test_the_module_stays_as_it_was() -> None:
    model = small().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    example = torch.tensor(ROWS[:1], requires_grad=True)
    built(model, example_input=example)
    assert all(part.training for part in model.modules())
    assert not model._forward_hooks
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert torch.is_grad_enabled()
    model.eval()(example).sum().backward()


@pytest.mark.parametrize("kind", ["float32", "float64", "tensor", "compiled", "quantised"])
def test_what_may_be_given(kind: str) -> None:
    end = dense(8, 4, return_quant_tensor=True) if kind == "quantised" else None
    act = sign(return_quant_tensor=True) if kind == "quantised" else None
    model = small(act, end)
    given = torch.compile(model) if kind == "compiled" else model
    example = torch.tensor(ROWS[:1]) if kind == "tensor" else ROWS[:1]
    acc = built(given, example_input=example.astype(kind) if kind[:5] == "float" else example)
    with torch.no_grad():
        wanted = model(torch.tensor(ROWS))
    np.testing.assert_array_equal(
        acc.predict(ROWS).output, getattr(wanted, "value", wanted).numpy()
    )
    assert acc.report.model.name == "Sequential"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "of batch 1, not left out"),
        ({"example_input": [[1.0] * 12]}, "of batch 1, not a list"),
        ({"example_input": np.array([["1"]])}, "of batch 1, not a ndarray"),
        ({"example_input": ROWS[:2]}, "of batch 1, not of shape [2, 12]"),
        ({"example_input": ROWS[0]}, "of batch 1, not of shape [12]"),
        ({"example_input": IMAGES[:1]}, "must run on example_input, on the CPU, not fail with: "),
    ],
)
def test_a_bad_example_is_refused(options: dict[str, object], message: str) -> None:
    found = refused(small(), **options)
    assert found.code == "example-input"
    assert message in found.message
    assert "as the module takes it" in found.hint


@pytest.mark.parametrize(
    "example",
    [
        ROWS[:1].astype(">f4"),
        ROWS[:1, ::-1][:, ::-1],
        ROWS[:1].astype(">i4"),
        ROWS[:1, ::-1].astype(np.uint8)[:, ::-1],
        ROWS[:1].astype(np.float16),
    ],
    ids=["big-endian reals", "turned reals", "big-endian", "turned", "halves"],
)
def test_arrays_that_pytorch_does_not_take_as_they_are(example: np.ndarray) -> None:
    model = small()
    acc = built(model, example_input=example)
    with torch.no_grad():
        wanted = model(torch.tensor(ROWS)).numpy()
    np.testing.assert_array_equal(acc.predict(ROWS).output, wanted)


class Cast(nn.Module):  # type: ignore[misc]
    """Gives its result in another type."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.body, self.dtype = small(), dtype

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Binary scores."""
        return self.body(x).to(self.dtype)


def test_a_result_of_a_type_that_numpy_lacks() -> None:
    found = refused(Cast(torch.bfloat16), example_input=ROWS[:1])
    assert found.code == "dynamic-shape"
    assert "not bfloat16[1, 4]" in found.message
    assert built(Cast(torch.float16), example_input=ROWS[:1]).predict(ROWS).output.size == 80


def test_an_example_that_is_no_array() -> None:
    found = refused(small(), example_input=torch.tensor(ROWS[:1]).to_sparse())
    assert found.code == "example-input"
    assert "must be a plain tensor of numbers, not fail with: TypeError: " in found.message


def test_an_example_is_for_a_module_only() -> None:
    found = refused("model.onnx", example_input=ROWS[:1])
    assert found.code == "example-input"
    assert found.message == "example_input must be left out where the model is a file, not given"


@pytest.mark.parametrize(("model", "kind"), [(nn.Linear, "a type"), (None, "a NoneType")])
def test_only_files_and_modules_are_models(model: object, kind: str) -> None:
    found = refused(model)
    assert found.code == "model-kind"
    assert found.message.endswith(f"a QONNX file or a torch.nn.Module, not {kind}")


class Caching(Pair):
    """Keeps what deepcopy refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.last = self.fc.weight * 2


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Pair(), "the module must give one tensor, not a tuple"),
        (Caching(), "must be one that copy.deepcopy can copy, not fail with: RuntimeError: Only"),
        (nn.DataParallel(small()), "must be able to export the module, not fail with: ValueError"),
    ],
)
def test_an_export_that_fails_says_why(model: nn.Module, message: str) -> None:
    found = refused(model, example_input=ROWS[:1])
    assert found.code == "export-failed"
    assert message in found.message
    assert found.hint


class Loud(Pair):
    """Fails with what a terminal would obey."""

    def __init__(self, error: type[Exception]) -> None:
        super().__init__()
        self.error = error

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Nothing."""
        raise self.error("\x1b[2Jgone")


def test_a_modules_own_words_are_made_safe() -> None:
    found = refused(Loud(ValueError), example_input=ROWS[:1])
    assert found.code == "example-input"
    assert found.message.endswith("on the CPU, not fail with: ValueError: \\x1b[2Jgone")


def test_a_module_that_does_not_fit_the_memory() -> None:
    found = refused(Loud(MemoryError), example_input=ROWS[:1])
    assert found.code == "tensor-too-large"


@pytest.mark.parametrize(
    "act",
    [
        qnn.QuantReLU(bit_width=1),
        qnn.QuantIdentity(act_quant=Uint8ActPerTensorFixedPoint, bit_width=1),
    ],
)
def test_bits_of_0_and_1_are_exported_as_others(act: nn.Module) -> None:
    found = refused(small(act), example_input=ROWS[:1])
    assert found.code == "export-mismatch"
    assert found.message.startswith("the exported graph must give the module's outputs for exam")
    assert found.hint.startswith("let 4 quantise to -1 and +1 (SignedBinaryActPerTensorConst)")


@pytest.mark.parametrize("shape", [(1, 4), (1, 5)])
def test_an_export_that_differs_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]
) -> None:
    monkeypatch.setattr(Exported, "outputs", lambda self: np.full(shape, 9, np.float32))
    found = refused(small(), example_input=ROWS[:1], output=tmp_path / "b")
    assert found.code == "export-mismatch"
    assert ("apart where the largest is" if shape == (1, 4) else "[1, 5]") in found.message
    assert "powers of two" in found.hint
    assert list(tmp_path.iterdir()) == []


def test_rounding_is_no_difference() -> None:
    model = small(end=nn.Sequential(dense(8, 4), nn.BatchNorm1d(4)))
    acc = built(model, example_input=ROWS[:1])
    with torch.no_grad():
        wanted = model(torch.tensor(ROWS)).numpy()
    np.testing.assert_allclose(acc.predict(ROWS).output, wanted, rtol=1e-5, atol=1e-6)


def test_a_refused_module_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    found = refused(Nested(weight_bits=16), example_input=IMAGES[:1], output=tmp_path / "b")
    assert found.code == "unsupported-weights"
    assert found.origin.modules == ("body.0.0.conv",)
    assert found.origin.file == ""
    assert list(tmp_path.iterdir()) == []


def test_a_bad_folding_is_told_with_the_module(tmp_path: Path) -> None:
    names = ("conv0", "conv1", "dense2")
    layers = {name: {"pe": 1, "simd": 1} for name in names} | {"dense2": {"pe": 3, "simd": 1}}
    (tmp_path / "f.json").write_text(json.dumps({"layers": layers}))
    example, folding = IMAGES[:1], tmp_path / "f.json"
    with pytest.raises(XnorflowError) as caught:
        xnorflow.compile(Nested().eval(), "pynq-z1", example_input=example, folding=folding)
    (found,) = caught.value.diagnostics
    assert found.code == "folding-illegal"
    assert (found.origin.modules, found.origin.file) == (("fc",), str(tmp_path / "f.json"))


def test_an_example_unlike_frames_is_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        acc = built(small(), example_input=ROWS[:1] / 255)
    (note,) = (x for x in acc.design.graph.notes if x.code == "example-input")
    assert (note.code, note.severity) == ("example-input", Severity.WARNING)
    assert note.message.startswith("example_input must hold integers from 0 to 255 times input_sc")
    assert "give input_scale=1/255" in caplog.text
    caplog.clear()
    shifted = [Function(lambda x: x * 255), *parts()]
    model = trained(lambda: shifted, ROWS / 255, seed=1)
    acc = built(model, example_input=ROWS[:1] / 255, input_scale=1 / 255)
    assert "example-input" not in [x.code for x in acc.design.graph.notes]
    assert caplog.text == ""


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "_NEEDS", ("torch", "no_such_package"))
    found = refused(small(), example_input=ROWS[:1])
    assert found.code == "tool-missing"
    assert found.message == (
        "PyTorch and Brevitas must be installed to compile a module, "
        "not fail with: no package no_such_package"
    )
    assert found.hint == "pip install 'xnorflow[train]'"


def test_an_extra_that_does_not_import_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "xnorflow.pytorch.own")
    monkeypatch.setitem(sys.modules, "brevitas.proxy", None)
    found = refused(small(), example_input=ROWS[:1])
    assert found.code == "tool-missing"
    assert "import of brevitas.proxy halted" in found.message


def test_files_need_no_pytorch() -> None:
    code = (
        "import sys, xnorflow\n"
        "try:\n    xnorflow.compile('nothing.onnx', board='pynq-z1')\n"
        "except xnorflow.XnorflowError as e:\n    assert 'model-not-found' in str(e)\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
