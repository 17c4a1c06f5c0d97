# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Files that are no models, and what their hints lead to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper
from tests.faulty import refused, small, two_layers
from tests.hints.follows import follows
from tests.qonnx_net import Net
from tests.rights import no_root, open_folder

import xnorflow
from xnorflow.api import compile as compile_model
from xnorflow.cli import main
from xnorflow.diagnostics import XnorflowError
from xnorflow.frontend.load import load_model, load_reference
from xnorflow.frontend.read import model_file
from xnorflow.ir.input_spec import InputSpec


def sound(folder: Path, name: str = "net.onnx") -> Path:
    return two_layers(Net.bipolar).save(folder, name)


@follows("model-not-found")
def test_the_path_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sound(tmp_path)
    assert main(["check", str(path.with_name("nte.onnx"))]) == 2
    assert "error[model-not-found]" in (err := capsys.readouterr().err)
    assert "fix: check the path" in err
    assert main(["check", str(path)]) == 0


@follows("model-not-a-file")
def test_the_file_is_named(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path)
    assert (fault.code, fault.hint) == ("model-not-a-file", "name the file")
    load_model(sound(tmp_path))


@follows("model-unreadable")
def test_the_permissions_are_checked() -> None:
    with open_folder() as folder, no_root():
        path = sound(folder)
        path.chmod(0)
        (fault,) = refused(path)
        assert fault.code == "model-unreadable"
        assert fault.message == "the model file must be readable, not: Permission denied"
        assert fault.hint.startswith("check its permissions")
        path.chmod(0o600)
        load_model(path)


@follows("model-unreadable")
def test_a_name_that_is_too_long_is_shortened(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path / ("x" * 5000))
    assert fault.code == "model-unreadable"
    assert "use a shorter path" in fault.hint
    load_model(sound(tmp_path))


@follows("model-too-large")
def test_another_file_is_the_right_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MAX_BYTES", 1 << 20)
    path = tmp_path / "big.onnx"
    path.write_bytes(bytes((1 << 20) + 1))
    (fault,) = refused(path)
    assert fault.code == "model-too-large"
    assert "is this the right file?" in fault.hint
    load_model(sound(tmp_path))


@follows("model-not-onnx")
@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" * 9, "cut"])
def test_a_file_that_is_exported_again(tmp_path: Path, content: bytes | str) -> None:
    path = sound(tmp_path)
    path.write_bytes(path.read_bytes()[:-40] if isinstance(content, str) else content)
    (fault,) = refused(path)
    assert fault.code == "model-not-onnx"
    assert "export the network again as one QONNX file" in fault.hint
    load_model(sound(tmp_path))


def twice(net: Net) -> None:
    net.nodes.append(helper.make_node("Relu", ["x"], [net.last], name="again"))


def nowhere(net: Net) -> None:
    net.add("Add", "nowhere")


def without_operand(net: Net) -> None:
    net.nodes.append(helper.make_node("MatMul", [net.last], ["y"], name="lone"))
    net.last = "y"


def of_unknown_attribute(net: Net) -> None:
    net.add("Relu", slope=3)


@follows("model-invalid")
@pytest.mark.parametrize("spoil", [twice, nowhere, without_operand, of_unknown_attribute])
def test_onnx_checker_says_more_and_a_sound_export_loads(tmp_path: Path, spoil: object) -> None:
    net = small()
    net.dense(np.ones((6, 4)))
    spoil(net)  # type: ignore[operator]
    faults = refused(net.save(tmp_path))
    assert {fault.code for fault in faults} == {"model-invalid"}
    assert faults[0].hint == "export the model again; onnx.checker says more"
    with pytest.raises(onnx.checker.ValidationError):
        onnx.checker.check_model(net.model())
    load_model(sound(tmp_path))


@follows("external-data")
def test_weights_beside_the_model_are_taken_into_it(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    onnx.save(two_layers(Net.bipolar).model(), path, save_as_external_data=True, size_threshold=0)
    (fault,) = refused(path)
    assert fault.code == "external-data"
    assert fault.hint == "save the model as one file: onnx.save(onnx.load(path), path)"
    onnx.save(onnx.load(path), path)
    load_model(path)


@follows("other-model")
def test_the_compiled_model_is_given(tmp_path: Path) -> None:
    path, other = sound(tmp_path), small()
    other.dense(np.ones((6, 4)))
    compiled = load_model(path).model
    elsewhere = other.save(tmp_path, "other.onnx")
    with pytest.raises(XnorflowError) as caught:
        load_reference(elsewhere, compiled, InputSpec())
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.hint) == ("other-model", "give that file, or compile this one")
    load_reference(path, compiled, InputSpec())
    load_reference(elsewhere, load_model(elsewhere).model, InputSpec())


@follows("model-kind")
def test_a_graph_in_memory_is_saved_first(tmp_path: Path) -> None:
    model = two_layers(Net.bipolar).model()
    with pytest.raises(XnorflowError) as caught:
        compile_model(model, "pynq-z1", target_fps=1000)
    (fault,) = caught.value.diagnostics
    assert fault.code == "model-kind"
    assert "of a graph in memory the file that it is saved to" in fault.hint
    path = tmp_path / "net.onnx"
    onnx.save(model, path)
    assert xnorflow.compile(path, "pynq-z1", target_fps=1000).report.model.name == "net"


@follows("example-input")
def test_a_file_needs_no_example(tmp_path: Path) -> None:
    path = sound(tmp_path)
    with pytest.raises(XnorflowError) as caught:
        xnorflow.compile(path, "pynq-z1", target_fps=1000, example_input=np.zeros((1, 6)))
    (fault,) = caught.value.diagnostics
    assert fault.code == "example-input"
    assert fault.message == "example_input must be left out where the model is a file, not given"
    xnorflow.compile(path, "pynq-z1", target_fps=1000)
