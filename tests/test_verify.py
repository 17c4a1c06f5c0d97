# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The model beside the accelerator: where they part is found, and truly explained."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.layer_ops import table_of
from tests.qonnx_net import Array, Net, execute, signs

import xnorflow
import xnorflow.accelerator
from xnorflow import open_build
from xnorflow.cli import main
from xnorflow.design.store import save
from xnorflow.diagnostics import XnorflowError
from xnorflow.host.frames import to_frames
from xnorflow.ir.host import HostStep
from xnorflow.ir.ops.dense import Dense
from xnorflow.report.file import write_report
from xnorflow.report.model import Report
from xnorflow.verify.model import run_model
from xnorflow.verify.parting import LayerParting

BOARD = ("--board", "pynq-z1", "--quiet")


def scaled(net: Net, weights: Array, scale: float = 0.1) -> None:
    """MatMul by weights of -scale and scale."""
    net.add("MatMul", weights * np.float32(scale))


def compiled(net: Net, folder: Path) -> Path:
    """The model's path; its build is in b."""
    model = net.save(folder)
    assert main(["compile", str(model), *BOARD, "-o", str(folder / "b")]) == 0
    return model


def parting_of(net: Net, folder: Path, x: Array) -> LayerParting:
    """Where the golden engine and the model part, without the RTL."""
    model = compiled(net, folder)
    graph = xnorflow.load(folder / "b").design.graph
    frames = to_frames(graph.host_input, graph.tensors[graph.input], x)
    found = run_model(model, graph, x, frames)
    assert found.parting is not None
    return found.parting


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network whose sums float32 holds: 24 bits, 12, 6 scores; frames; its build."""
    folder, rng = tmp_path_factory.mktemp("verify"), np.random.default_rng(1)
    net = Net((1, 24), dtype="BIPOLAR")
    net.dense(signs(rng, 24, 12))
    net.bipolar()
    net.dense(signs(rng, 12, 6))
    compiled(net, folder)
    np.savez(folder / "x.npz", x=signs(rng, 9, 24).astype(np.int8))
    return folder


@pytest.fixture
def build(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home / "b", tmp_path / "b"))


def test_all_three_agree(home: Path, build: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["verify", str(home / "net.onnx"), str(build), "--input", str(home / "x.npz")]
    assert main([*command, "--images", "7"]) == 0
    out, err = capsys.readouterr()
    assert out == (
        "net.onnx by qonnx's executor beside the accelerator: 7 frames of x.npz\n"
        "golden engine and model: 7 of 7 frames agree within float32 rounding, 7 of 7 labels; "
        "outputs of 7 of 7 are equal\n"
        "Verilator and golden engine: 7 of 7 frames agree bit for bit\n"
    )
    assert err == ""
    assert xnorflow.load(build).report.verification.images == 7


def test_the_file_s_labels_and_answers_are_compared_too(
    home: Path, build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(home / "x.npz") as data:
        x = data["x"][:3]
    found = xnorflow.load(build).predict(x)
    path, wrong = tmp_path / "x.npz", found.output.copy()
    wrong[1] *= -1
    command = ["verify", str(home / "net.onnx"), str(build), "--input", str(path)]
    for output, code, agree in ((found.output, 0, 3), (wrong, 1, 2)):
        np.savez(path, x=x, y=(found.label + np.array([0, 0, 1])) % 6, output=output)
        assert main(command) == code
        out = capsys.readouterr().out
        assert f"the file's output: {agree} of 3 frames agree within float32 rounding, " in out
        assert ("\nfirst difference: frame 1, element" in out) == bool(code)
        assert out.endswith("accuracy: 2 of 3 labels (66.67%)\n")
    np.savez(path, x=x, y=[0, 0, 6])
    assert main(command) == 2
    assert "must hold labels y from 0 to 5, not 6" in capsys.readouterr().err
    np.savez(path, x=x, output=np.zeros((3, 5)))
    assert main(command) == 2
    assert "the model's answers must be numbers [3, 6]" in capsys.readouterr().err


def test_without_a_file_frames_are_random(
    home: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(home / "net.onnx"), str(build), "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "20 random frames" in out
    assert "20 of 20 labels" in out


def test_the_python_interface_says_the_same(home: Path, build: Path) -> None:
    calls: list[tuple[str, int, int]] = []
    found = xnorflow.load(build).verify(
        home / "net.onnx", images=5, progress=lambda *call: calls.append(call)
    )
    assert found.ok
    assert found.parting is None
    assert found.fault is None
    assert found.agreement.exact.all()
    np.testing.assert_array_equal(found.output, found.prediction.output)
    assert [call for call in calls if call[0] == "running the model"] == [
        ("running the model", number, 5) for number in range(6)
    ]
    assert "simulating" in {call[0] for call in calls}


def test_another_model_is_refused(
    home: Path, build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes((home / "net.onnx").read_bytes() + b"\x42\x00")  # an empty doc string
    assert main(["verify", str(other), str(build)]) == 2
    err = capsys.readouterr().err
    assert "error[other-model]: the model must be the one that was compiled, net of SHA" in err
    assert f"at: {other}" in err
    assert main(["verify", str(tmp_path / "none.onnx"), str(build)]) == 2
    assert "error[model-not-found]" in capsys.readouterr().err


def test_a_build_that_is_not_the_model_s_is_refused(home: Path, build: Path) -> None:
    built = xnorflow.load(build)
    stage = next(s for s in built.design.stages if s.layer.name == "dense0")
    op = stage.layer.op
    assert isinstance(op, Dense)
    layer = replace(stage.layer, op=replace(op, weights=1 - op.weights))
    stages = tuple(replace(s, layer=layer) if s is stage else s for s in built.design.stages)
    graph = built.design.graph
    layers = tuple(layer if item is stage.layer else item for item in graph.layers)
    design = replace(built.design, graph=replace(graph, layers=layers), stages=stages)
    save(design, build)
    with pytest.raises(XnorflowError, match="not something else in dense0") as caught:
        xnorflow.load(build).verify(home / "net.onnx")
    assert caught.value.diagnostics[0].code == "build-folder-design"


def wide(folder: Path, inputs: int, classes: int) -> Path:
    """A model of one layer."""
    net = Net((1, inputs), dtype="BIPOLAR")
    net.dense(signs(np.random.default_rng(2), inputs, classes))
    folder.mkdir()
    return net.save(folder)


@pytest.mark.parametrize(
    ("inputs", "classes", "end"), [(30, 6, "input"), (24, 5, "output"), (24, 1, "output")]
)
def test_a_design_that_names_another_model_is_refused(
    build: Path,
    tmp_path: Path,
    inputs: int,
    classes: int,
    end: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    model = wide(tmp_path / "other", inputs, classes)
    built = xnorflow.load(build).design
    name = replace(built.graph.model, sha256=hashlib.sha256(model.read_bytes()).hexdigest())
    save(replace(built, graph=replace(built.graph, model=name)), build)
    assert main(["verify", str(model), str(build), "--quiet"]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert "error[build-folder-design]: the design of a build folder must have its model's" in err
    assert f"model's {end}, not another" in err
    assert "fix: make it again with `xnorflow compile`" in err


@pytest.mark.parametrize("change", ["dtype", "table", "steps"])
def test_a_design_that_means_something_else_by_its_integers_is_refused(
    home: Path, build: Path, change: str
) -> None:
    design = xnorflow.load(build).design
    host = design.graph.host_output
    softmax = (HostStep("softmax", (6,), (0,)),)
    changes: dict[str, Any] = {"dtype": "uint8", "table": table_of(host) * 1.001, "steps": softmax}
    host = replace(host, **{change: changes[change]})
    save(replace(design, graph=replace(design.graph, host_output=host)), build)
    with pytest.raises(XnorflowError, match="must have its model's output, not another") as caught:
        xnorflow.load(build).verify(home / "net.onnx")
    assert caught.value.diagnostics[0].code == "build-folder-design"


def inexact() -> tuple[Net, Array, Array]:
    """Weights of 0.1 and an even number of inputs: sums of 0 that float32 does not give."""
    rng = np.random.default_rng(5)
    net, weights = Net((1, 16), dtype="BIPOLAR"), signs(rng, 16, 30)
    scaled(net, weights)
    net.bipolar()
    net.dense(signs(rng, 30, 4))
    return net, weights, signs(rng, 12, 16)


def test_what_float32_decides_is_explained_by_the_sums(tmp_path: Path) -> None:
    net, weights, x = inexact()
    found = parting_of(net, tmp_path, x)
    assert found.layer == "dense0"
    assert found.origin.nodes == ("MatMul_0", "BipolarQuant_1")
    assert (found.ours, found.theirs) == (1, -1)
    assert x[found.frame] @ weights[:, found.element] == 0
    float32 = execute(net_until(net, 1).model(), x[found.frame : found.frame + 1])
    rounded = float(float32[0, found.element])
    assert rounded < 0
    assert found.cause.text == (
        f"neuron {found.element}: the exact sum is 0; the model's float32 sum is {rounded:.8g}: "
        "the scale 0.1 of its products is no power of two, so that float32 rounds partial sums; "
        "the hardware decides by exact arithmetic"
    )
    assert "powers of two" in found.cause.remedy
    assert "odd number of inputs" in found.cause.remedy


def net_until(net: Net, nodes: int) -> Net:
    """The network's first nodes."""
    part = Net(net.shape, dtype=net.dtype)
    part.nodes, part.constants = net.nodes[:nodes], net.constants
    part.last = part.nodes[-1].output[0]
    return part


def test_verify_tells_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net, _, x = inexact()
    model = compiled(net, tmp_path)
    np.savez(tmp_path / "x.npz", x=x.astype(np.int8))
    wanted = np.array([execute(net.model(), row[np.newaxis]).argmax() for row in x])
    right = int((xnorflow.load(tmp_path / "b").predict(x).label == wanted).sum())
    assert right < len(x)
    command = ["verify", str(model), str(tmp_path / "b"), "--input", str(tmp_path / "x.npz")]
    assert main(command) == 1
    out = capsys.readouterr().out
    assert f"float32 rounding, {right} of 12 labels; outputs of" in out
    assert "Verilator and golden engine: 12 of 12 frames agree bit for bit" in out
    assert re.search(
        r"first difference from the model: frame \d+, dense0, element \d+: the accelerator has 1, "
        r"the model -1\nneuron \d+: the exact sum is 0;",
        out,
    )
    assert "\n  at: nodes MatMul_0, BipolarQuant_1\n  fix: use weight scales that are powers" in out


def test_weights_of_an_eighth_agree(tmp_path: Path) -> None:
    _, weights, x = inexact()
    other = Net((1, 16), dtype="BIPOLAR")
    scaled(other, weights, 0.125)
    other.bipolar()
    other.dense(signs(np.random.default_rng(6), 30, 4))
    model = compiled(other, tmp_path)
    found = xnorflow.load(tmp_path / "b").verify(model, x)
    assert found.ok
    assert found.parting is None


@pytest.mark.parametrize("choice", [False, True])
def test_outputs_equal_by_exact_arithmetic_are_told(tmp_path: Path, choice: bool) -> None:
    rng = np.random.default_rng(8)
    net, weights = Net((1, 18), dtype="BIPOLAR"), signs(rng, 18, 5)
    scaled(net, weights)
    if choice:
        net.add("ArgMax", axis=1)
        net.output_type = 7
    found = parting_of(net, tmp_path, signs(rng, 40, 18))
    assert found.layer == "dense0"
    shape = (
        r"outputs (\d) and (\d) are equal by exact arithmetic, \S+; the model's float32 gives "
        r"(\S+) and (\S+): the scale 0.1 of its products is no power of two, so that float32 "
        r"rounds partial sums; the hardware takes the first of equals"
    )
    told = re.fullmatch(shape, found.cause.text)
    assert told
    assert int(told[1]) < int(told[2])
    assert float(told[3]) < float(told[4])
    if choice:
        assert (found.ours, found.theirs) == (int(told[1]), int(told[2]))
    assert "keeps outputs from being equal" in found.cause.remedy


def test_a_pool_s_deciding_pixel_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(9)
    net, kernel = Net((1, 2, 6, 6), dtype="BIPOLAR"), signs(rng, 3, 2, 3, 3)
    net.add("Conv", kernel * np.float32(0.1))
    net.max_pool(2, 2, strides=[2, 2])
    net.bipolar()
    net.reshape(-1, 12)
    net.dense(signs(rng, 12, 4))
    x = signs(rng, 40, 2, 6, 6)
    found = parting_of(net, tmp_path, x)
    assert found.layer == "conv0"
    told = re.match(
        r"channel (\d) at row (\d), column (\d): the exact sum is 0; the model's float32 sum is "
        r"(\S+): the scale 0.1 of its products is no power of two",
        found.cause.text,
    )
    assert told
    channel, down, across = (int(told[i]) for i in (1, 2, 3))
    patch = x[found.frame, :, down : down + 3, across : across + 3]
    assert (patch * kernel[channel]).sum() == 0
    assert found.element == channel * 4 + down // 2 * 2 + across // 2
    assert np.sign(float(told[4])) == found.theirs == -found.ours


def test_levels_that_float32_cannot_add_are_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    net = Net((1, 12), dtype="BIPOLAR")
    net.dense(signs(rng, 12, 64))
    net.bipolar(0.3)
    net.dense(signs(rng, 64, 64))
    net.bipolar()
    net.dense(signs(rng, 64, 3))
    found = parting_of(net, tmp_path, signs(rng, 40, 12))
    assert found.layer == "dense1"
    assert "the activations' level -0.3 is no power of two, so that float32" in found.cause.text


def test_a_bias_that_is_added_first_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(12)
    net = Net((1, 64), dtype="BIPOLAR")
    net.add("Gemm", signs(rng, 64, 8), np.full(8, -1e-7))
    net.bipolar()
    net.dense(signs(rng, 8, 3))
    found = parting_of(net, tmp_path, signs(rng, 40, 64))
    assert found.layer == "dense0"
    assert found.cause.text == (
        f"neuron {found.element}: the exact sum is -1e-07; the model's float32 sum is 0: float32 "
        "does not hold a bias like -1e-07 beside the products that are added to it, so that "
        "float32 rounds partial sums; the hardware decides by exact arithmetic"
    )
    assert found.cause.remedy.startswith("add the bias in an Add behind the product, or ")


def test_averages_of_equal_scores_are_told_to_be_rounded(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    net = Net((1, 4, 6, 6), dtype="BIPOLAR")
    net.conv(signs(np.random.default_rng(2), 5, 4, 3, 3))
    net.add("Mul", 0.1)
    net.add("GlobalAveragePool")
    net.add("Flatten")
    net.add("ArgMax", axis=1, keepdims=0)
    net.output_type = 7
    found = parting_of(net, tmp_path, signs(rng, 150, 4, 6, 6))
    assert found.cause.text == (
        "both have the same scores; the model computes GlobalAveragePool behind them in float32, "
        "the host in float64, or not at all in front of a choice that it does not change"
    )


def test_probabilities_that_float32_makes_equal_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(13)
    net = Net((1, 24), dtype="BIPOLAR")
    net.dense(signs(rng, 24, 6))
    net.add("Add", [8.0, 0, 0, 0, 0, 0])
    net.add("Mul", 1e-9)
    net.add("Softmax", axis=1)
    net.add("ArgMax", axis=1)
    net.output_type = 7
    found = parting_of(net, tmp_path, signs(rng, 40, 24))
    assert found.cause.text.startswith("both have the same scores; the model computes Softmax")


def inverted_weights(build: Path, layer: str) -> None:
    """Turn the sign of all weights of a layer in the RTL."""
    path = build / "rtl" / "xnorflow_top.v"
    head, tail = path.read_text().split(f"  ) {layer} (")
    start = head.rindex("'h") + 2
    digits, rest = head[start:].split(")", 1)
    turned = "".join(f"{15 - int(digit, 16):x}" for digit in digits)
    path.write_text(f"{head[:start]}{turned}){rest}  ) {layer} ({tail}")


@pytest.mark.parametrize("layer", ["dense0", "dense1"])
def test_a_layer_whose_rtl_was_edited_is_named(
    home: Path, build: Path, layer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    inverted_weights(build, layer)
    command = ["verify", str(home / "net.onnx"), str(build), "--input", str(home / "x.npz")]
    assert main([*command, "--images", "4"]) == 1
    out = capsys.readouterr().out
    assert "golden engine and model: 4 of 4 frames agree within float32 rounding, 4 of 4" in out
    assert re.search(r"Verilator and golden engine: [0-3] of 4 frames agree bit for bit", out)
    nodes = {"dense0": "MatMul_0_weights, MatMul_0, BipolarQuant_2", "dense1": "MatMul_3"}
    assert re.search(
        rf"first difference in Verilator: frame \d, {layer} \(xnor_mvu\), element \d+: the "
        rf"hardware must give -?\d+, not -?\d+\n  at: nodes {nodes[layer]}",
        out,
    )


def test_the_fault_is_named_in_the_rtl_that_was_simulated(
    home: Path, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the folder holds other RTL, which is right, as soon as the mismatch is recorded."""
    top, real = build / "rtl" / "xnorflow_top.v", write_report
    right = top.read_bytes()
    inverted_weights(build, "dense0")

    def mended(folder: Path, report: Report) -> None:
        real(folder, report)
        top.write_bytes(right)

    monkeypatch.setattr(open_build, "write_report", mended)
    found = xnorflow.load(build).verify(home / "net.onnx", images=4)
    assert found.fault is not None
    assert found.fault.part == "dense0"


def test_an_inverter_in_a_kernel_is_found_in_the_first_layer_that_has_it(
    home: Path, build: Path
) -> None:
    path = build / "rtl" / "mvu_shell.sv"
    text = path.read_text()
    assert text.count("m_axis_tdata <= result;") == 1
    path.write_text(text.replace("m_axis_tdata <= result;", "m_axis_tdata <= ~result;"))
    found = xnorflow.load(build).verify(home / "net.onnx", images=3)
    assert not found.ok
    assert found.agreement.labels.all()
    assert found.fault is not None
    assert (found.fault.part, found.fault.frame, found.fault.element) == ("dense0", 0, 0)
    assert found.fault.golden == 1 - found.fault.hardware


def test_a_top_module_with_other_streams_is_compared_at_its_output(
    home: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inverted_weights(build, "dense1")
    path = build / "rtl" / "xnorflow_top.v"
    path.write_text(path.read_text().replace("stream1_", "between_"))
    command = ["verify", str(home / "net.onnx"), str(build), "--input", str(home / "x.npz")]
    assert main([*command, "--images", "4"]) == 1
    out = capsys.readouterr().out
    assert re.search(r"first difference in Verilator: frame \d, element \d: the accelerator", out)


def test_hardware_that_stands_still_ends_with_1(
    home: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = build / "rtl" / "xnorflow_top.v"
    old, new = ".m_axis_tvalid(stream1_tvalid)", ".m_axis_tvalid()"
    text = path.read_text()
    assert old in text
    path.write_text(
        text.replace(old, new).replace("endmodule", "assign stream1_tvalid = 0;endmodule")
    )
    assert main(["verify", str(home / "net.onnx"), str(build), "--images", "2"]) == 1
    assert "error[simulation-stalled]" in capsys.readouterr().err
