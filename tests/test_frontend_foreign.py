# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What libraries raise on a broken graph is the user's; mistakes of our own come through."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import NoReturn

import numpy as np
import pytest
import qonnx.core.onnx_exec
import qonnx.transformation.infer_shapes
from onnx import TensorProto, shape_inference
from tests.conv_net import RNG, image
from tests.faulty import refused, small, two_layers
from tests.qonnx_net import Net, signs

from xnorflow.frontend.load import load_model
from xnorflow.frontend.read import clean, nodes, sizes
from xnorflow.frontend.trace import execute


class MistakeError(Exception):
    """Nothing that a library or our own code raises."""


def mistaken(*_: object, **__: object) -> NoReturn:
    raise MistakeError("of  a\nlibrary")


def convolution() -> Net:
    net = image(2, 4, 4)
    net.conv(signs(RNG, 3, 2, 2, 2))
    return net


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (clean, "_modernise"),
        (clean, "fix_batch"),
        (sizes, "_shapes"),
        (nodes, "_shapes_without"),
        (execute, "is_plain"),
        (execute, "_constant"),
    ],
)
def test_our_own_mistakes_come_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str
) -> None:
    path = convolution().save(tmp_path)
    monkeypatch.setattr(module, name, mistaken)
    with pytest.raises(MistakeError):
        load_model(path)


def test_what_cleaning_up_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = convolution().save(tmp_path)
    monkeypatch.setattr(shape_inference, "infer_shapes", mistaken)
    (fault,) = refused(path)
    assert fault.code == "model-invalid"
    rule = "the graph must be one that qonnx can clean up, not: MistakeError: of a library"
    assert fault.message == rule


def test_the_runtime_says_nothing_of_its_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    net = small()
    one, none = net.constant([1], np.int64), net.constant([0], np.int64)
    net.reshape(1, 6)
    net.add("Reshape", net.node("Div", [one, none]))
    (fault,) = refused(net.save(tmp_path))
    assert "Integer division by zero" in fault.message
    assert capfd.readouterr().err == ""


def test_what_the_executor_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = two_layers(Net.bipolar).save(tmp_path)
    monkeypatch.setattr(qonnx.core.onnx_exec, "execute_onnx", mistaken)
    faults = refused(path)
    rule = "qonnx's executor must be able to run every node, not raise MistakeError: of a library"
    assert {(fault.code, fault.message) for fault in faults} == {("not-executable", rule)}


def test_results_that_are_no_real_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Cast", to=TensorProto.FLOAT)
    path = net.save(tmp_path)
    monkeypatch.setattr(execute, "is_plain", lambda dtype: False)
    faults = refused(path)
    rule = "qonnx's executor must be able to run every node and give real numbers, not float32"
    assert faults[0].code == "not-executable"
    assert faults[0].message == rule
