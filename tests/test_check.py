# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""``xnorflow check``: a table of nodes, the input, and all faults, without a board."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.faulty import small, two_layers
from tests.qonnx_net import Net, signs
from tests.rng import generator

import xnorflow
from xnorflow.cli import main

RNG = generator(5)


def rows(found: xnorflow.Check) -> dict[str, str]:
    return {node.node: node.becomes for node in found.nodes}


def test_what_each_node_becomes(tmp_path: Path) -> None:
    net = Net((1, 1, 5, 6))
    net.add("Sub", 127.5, name="centre")
    net.bipolar(name="first sign")
    net.conv(signs(RNG, 3, 1, 2, 2), name="conv")
    net.add("Sub", 0.5, name="shift")
    net.bipolar(name="sign")
    net.add("MaxPool", kernel_shape=[2, 2], name="pool")
    net.add("Flatten", name="flat")
    net.dense(signs(RNG, 36, 3), name="last")
    net.add("Softmax", axis=1, name="probabilities")
    found = xnorflow.check(net.save(tmp_path))
    assert found.faults == ()
    assert found.layers == 5
    assert found.binary_macs == 20 * 3 * 4 + 36 * 3
    assert found.input is not None
    assert (found.input.type, found.input.assumed) == ("uint8", True)
    assert rows(found) | {
        "centre": "quantize0",
        "first sign": "quantize0",
        "conv": "window0, conv0",
        "conv_weights": "constant of window0, conv0",
        "shift": "conv0",
        "sign": "conv0",
        "pool": "pool0",
        "last": "dense1",
        "probabilities": "done by the host",
    } == rows(found)


def test_the_command_shows_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = two_layers(Net.bipolar).save(tmp_path)
    assert main(["check", str(path)]) == 0
    out = capsys.readouterr().out
    assert "input: uint8 0..255, one step is 1 (assumed to be pixels)" in out
    assert "the model compiles: 3 layers, 36 binary MACs a frame" in out
    cells = [line.split() for line in out.splitlines()]
    assert ["node", "operator", "becomes"] in cells
    assert ["first", "MatMul", "dense0"] in cells
    assert ["second_weights", "BipolarQuant", "constant", "of", "dense1"] in cells
    assert main(["check", str(path), "--input-type", "int4", "--input-scale", "20", "-q"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("input: int4 -8..7, one step is 20 (given)")
    assert "operator" not in out


def test_faults_are_told_beside_their_nodes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = small()
    net.add("MatMul", [[1.0, np.pi]] * 3 + [[-1.0, 1.0]] * 3, name="first")
    net.add("LRN", size=3, name="odd")
    net.bipolar()
    net.dense(signs(RNG, 2, 3), name="last")
    path = net.save(tmp_path)
    found = xnorflow.check(path)
    faults = {node.node: node.faults for node in found.nodes if node.faults}
    assert faults == {"first": ("unsupported-weights",), "odd": ("unsupported-op",)}
    assert found.input is not None
    assert main(["check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert "error: unsupported-weights" in out
    assert "2 faults: the model does not compile as it is" in out
    assert err.count("error[") == 2


def test_a_layer_that_no_kernel_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = two_layers(Net.bipolar).save(tmp_path)
    monkeypatch.setattr("xnorflow.kernels.xnor_mvu.XnorMvu.matches", lambda self, layer: False)
    faults = xnorflow.check(path).faults
    assert {fault.code for fault in faults} == {"kernel-no-match"}
    assert len(faults) == 2


def test_a_file_that_is_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no")
    assert main(["check", str(tmp_path / "m.onnx")]) == 2
    assert "model-not-onnx" in capsys.readouterr().err


def test_all_of_many_faults_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = Net((1, 8))
    for number in range(40):
        net.bipolar()
        net.add("MatMul", np.sqrt(np.arange(64).reshape(8, 8)), name=f"product{number}")
    assert main(["check", str(net.save(tmp_path))]) == 2
    err = capsys.readouterr().err
    assert all(f"node product{number}\n" in err for number in range(40))


def test_what_is_left_out(tmp_path: Path) -> None:
    net = small()
    behind = net.last
    net.dense(signs(RNG, 6, 4), name="unused")
    net.add("Relu", name="unused too")
    net.last = behind
    net.dense(signs(RNG, 6, 4), name="last")
    net.add("Softmax", axis=1, name="dropped")
    net.add("ArgMax", axis=1, name="choice")
    net.output_type = TensorProto.INT64
    found = xnorflow.check(net.save(tmp_path))
    assert found.faults == ()
    assert rows(found) | {
        "unused": "nothing: no output needs it",
        "unused too": "nothing: no output needs it",
        "last": "dense0",
        "dropped": "left out",
        "choice": "argmax0",
    } == rows(found)


def test_nodes_of_one_name(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    for node in net.nodes:
        node.name = "same" * 100
    assert sorted(rows(xnorflow.check(net.save(tmp_path))).values()) == [
        *("constant of dense0", "constant of dense1", "dense0", "dense0", "dense1"),
        *("quantize0", "quantize0"),
    ]


def test_the_input_is_the_same_beside_a_fault(tmp_path: Path) -> None:
    """Averages in front of the first product tell what enters, whatever is wrong behind it."""
    net = Net((1, 4, 4, 4))
    net.add("GlobalAveragePool")
    net.add("Flatten")
    net.dense(signs(RNG, 4, 4))
    net.bipolar()
    net.dense(signs(RNG, 4, 3), name="last")
    sound = xnorflow.check(net.save(tmp_path))
    net.add("LRN", size=3)
    spoilt = xnorflow.check(net.save(tmp_path))
    assert (len(sound.faults), len(spoilt.faults)) == (0, 1)
    assert spoilt.input == sound.input
    assert spoilt.input is not None
    assert spoilt.input.type == "uint8"
