# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The command line and the Python API, from a model to a checked and synthesised build."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.qonnx_net import Net, execute, signs

import xnorflow
from xnorflow.cli import main
from xnorflow.cli.options import ratio
from xnorflow.hw_common.memory import images

FRAMES = 30
ENTRIES = {"build.json", "design.json", "design.npz", "report.json", "rtl"}


def network(folder: Path) -> Path:
    """A network of 24 bits, 16 bits, 10 half integers."""
    rng = np.random.default_rng(1)
    net = Net((1, 24), dtype="BIPOLAR")
    net.dense(signs(rng, 24, 16))
    net.bipolar()
    net.dense(signs(rng, 16, 10))
    net.add("Mul", 0.5)
    return net.save(folder, "tiny.onnx")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny.onnx, frames x.npz with their true labels, and a build b of it."""
    folder = tmp_path_factory.mktemp("home")
    model = network(folder)
    x = signs(np.random.default_rng(2), FRAMES, 24)
    net = xnorflow_output(model, x)
    np.savez(folder / "x.npz", x=x.astype(np.int8), y=net.argmax(axis=1))
    code = main(["compile", str(model), *BOARD, "-o", str(folder / "b"), "--quiet"])
    assert code == 0
    return folder


BOARD = ("--board", "pynq-z1", "--target-fps", "2000000")


def xnorflow_output(model: Path, x: Any) -> Any:
    """What qonnx's executor makes of the network, frame by frame."""
    from onnx import load

    proto = load(model)
    return np.concatenate([execute(proto, row[None].astype(np.float32)) for row in x])


@pytest.fixture
def build(home: Path, tmp_path: Path) -> Path:
    """A copy of the build, to be changed at will."""
    return Path(shutil.copytree(home / "b", tmp_path / "b"))


def report(build: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((build / "report.json").read_text())
    return data


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_compile_shows_estimates_and_writes_the_contract(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compile", str(home / "tiny.onnx"), *BOARD, "-o", str(tmp_path / "b")]) == 0
    out, err = capsys.readouterr()
    assert "tiny on pynq-z1 at 100 MHz (assumed), 544 binary MACs a frame" in out
    assert err == ""
    assert {path.name for path in (tmp_path / "b").iterdir()} == ENTRIES
    data = report(tmp_path / "b")
    assert data["board"] == "pynq-z1"
    assert data["clock_mhz"] == 100.0
    assert data["model"]["name"] == "tiny"
    assert data["model"]["binary_macs_per_frame"] == 24 * 16 + 16 * 10
    interval = max(layer["cycles"]["estimated"] for layer in data["layers"])
    assert data["throughput"]["interval_cycles"] == {"estimated": interval, "simulated": None}
    assert data["throughput"]["fps"]["estimated"] == 100e6 / interval >= 2e6
    assert data["resources"]["lut"]["budget"] == 53200
    assert data["verification"]["mismatches"] is None


def test_the_same_input_gives_the_same_bytes(home: Path, tmp_path: Path) -> None:
    main(["compile", str(home / "tiny.onnx"), *BOARD, "-o", str(tmp_path / "c"), "--quiet"])
    assert contents(tmp_path / "c") == contents(home / "b")


def test_dump_steps_writes_each_step(home: Path, tmp_path: Path) -> None:
    where = ["-o", str(tmp_path / "b"), "--dump-steps", "--quiet"]
    assert main(["compile", str(home / "tiny.onnx"), *BOARD, *where]) == 0
    steps = contents(tmp_path / "b" / "steps")
    assert "cleaned.onnx" in steps
    assert any(name.endswith(".txt") and text for name, text in steps.items())


def test_clock_and_family_reach_the_report(home: Path, tmp_path: Path) -> None:
    arguments = ["--board", "ulx3s-85f", "--target-fps", "1e5", "--clock-mhz", "12.5", "-q"]
    assert main(["compile", str(home / "tiny.onnx"), *arguments, "-o", str(tmp_path / "b")]) == 0
    data = report(tmp_path / "b")
    assert (data["board"], data["clock_mhz"]) == ("ulx3s-85f", 12.5)
    assert data["resources"]["dsp"]["budget"] == 156
    assert 12.5e6 / data["throughput"]["interval_cycles"]["estimated"] >= 1e5


def test_simulate_compares_labels_and_records(
    home: Path, build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "y.npz"
    assert main(["simulate", str(build), "--input", str(home / "x.npz"), "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert f"{FRAMES} frames of x.npz\nmismatches: 0\n" in text
    assert f"accuracy: {FRAMES} of {FRAMES} labels (100.00%)" in text
    data = report(build)
    assert data["verification"] == {
        "engine": "verilator",
        "images": FRAMES,
        "mismatches": 0,
        "fault": None,
    }
    cycles = data["throughput"]["interval_cycles"]
    assert cycles["simulated"] == cycles["estimated"]
    assert data["throughput"]["fps"]["simulated"] == 100e6 / cycles["simulated"]
    for layer in data["layers"]:
        assert layer["cycles"]["simulated"] == layer["cycles"]["estimated"]
    with np.load(home / "x.npz") as given, np.load(out) as got:
        expected = xnorflow_output(home / "tiny.onnx", given["x"])
        np.testing.assert_array_equal(got["output"], expected)
        np.testing.assert_array_equal(got["raw"], expected * 2)
        np.testing.assert_array_equal(got["label"], expected.argmax(axis=1))
        assert got["output"].dtype == expected.dtype


def test_stalls_change_neither_answers_nor_cycles(
    home: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["simulate", str(build), "--input", str(home / "x.npz"), "--images", "7"]
    assert main([*arguments, "--stalls", "--seed", "5"]) == 0
    text = capsys.readouterr().out
    assert "7 frames of x.npz, random stalls with seed 5\nmismatches: 0\n" in text
    assert "cycles" not in text
    data = report(build)
    assert data["verification"]["images"] == 7
    assert data["throughput"]["interval_cycles"]["simulated"] is None


def test_random_frames_are_said_to_be_random(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(build), "--images", "3", "--quiet"]) == 0
    text = capsys.readouterr().out
    assert "3 random frames (the same ones each time)\nmismatches: 0\n" in text


def test_the_golden_engine_gives_the_same_answers(
    home: Path, build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for engine in ("golden", "verilator"):
        out = tmp_path / f"{engine}.npz"
        arguments = ["--input", str(home / "x.npz"), "--engine", engine, "--out", str(out)]
        assert main(["simulate", str(build), *arguments]) == 0
        answers.append(dict(np.load(out)))
    for name in ("raw", "output", "label"):
        np.testing.assert_array_equal(answers[0][name], answers[1][name])
    assert f"golden engine: {FRAMES} frames of x.npz" in capsys.readouterr().out


@pytest.fixture
def terminal() -> Iterator[Path]:
    """A device of nobody else's."""
    ends = os.openpty()
    yield Path(os.ttyname(ends[1]))
    for end in ends:
        os.close(end)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("x.npz", "output-file"),
        ("link to x.npz", "output-file"),
        ("b/design.json", "output-file"),
        ("link to b/design.json", "output-file"),
        ("b/rtl/y.npz", "output-file"),
        ("link to b/rtl/y.npz", "output-file"),
        ("device", "not-writable"),
        ("link to device", "not-writable"),
        ("pipe", "not-writable"),
    ],
)
def test_results_take_nothing_else_s_place(
    home: Path,
    build: Path,
    terminal: Path,
    capsys: pytest.CaptureFixture[str],
    place: str,
    code: str,
) -> None:
    folder = build.parent
    given = Path(shutil.copy(home / "x.npz", folder))
    os.mkfifo(folder / "pipe")
    name = place.removeprefix("link to ")
    out = terminal if name == "device" else folder / name
    if name != place:
        (folder / "link").symlink_to(out)
        out = folder / "link"
    before, kinds = contents(folder), {path: path.lstat().st_mode for path in folder.rglob("*")}
    command = ["simulate", str(build), "--engine", "golden", "--input", str(given)]
    assert main([*command, "--out", str(out)]) == 2
    assert capsys.readouterr().err.startswith(f"error[{code}]: ")
    assert contents(folder) == before
    assert {path: path.lstat().st_mode for path in folder.rglob("*")} == kinds
    assert terminal.is_char_device()


def break_weights(build: Path) -> None:
    """Invert the first four of the last layer's weights, in an image with the checksum of these."""
    kept = sorted((build / "rtl").rglob("*_weights_*_000.hex"))
    assert kept, "the last layer's weights stand in a file"
    _, *lines = kept[-1].read_text().splitlines()
    words = np.array([[int(digit, 16) for digit in reversed(line)] for line in lines], np.uint8)
    words[0, 0] ^= 15
    bits = np.unpackbits(words[..., np.newaxis], axis=-1, count=4, bitorder="little")
    _, files = images("weights", [bits.reshape(len(words), -1)])
    (content,) = files.values()
    assert content.decode().splitlines()[2:] == lines[1:]
    kept[-1].write_bytes(content)


def test_a_changed_weight_is_found(
    home: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    break_weights(build)
    assert main(["simulate", str(build), "--input", str(home / "x.npz")]) == 1
    text = capsys.readouterr().out
    assert "mismatches: 0" not in text
    assert re.search(r"first difference: frame \d+, element 0: .* must give -?\d+, not ", text)
    assert report(build)["verification"]["mismatches"] > 0


def test_hardware_that_stands_still_is_a_failed_check(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = build / "rtl" / "xnorflow_top.v"
    assert ".rst(rst)" in top.read_text()
    top.write_text(top.read_text().replace(".rst(rst)", ".rst(1'b1)"))
    assert main(["simulate", str(build), "--images", "2"]) == 1
    assert "error[simulation-stalled]" in capsys.readouterr().err


def test_synth_puts_counts_beside_estimates(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["synth", str(build)]) == 0
    assert "Yosys 0.70" in capsys.readouterr().out
    data = report(build)
    parts = [*data["layers"], *data["adapters"]]
    for name in ("lut", "ff", "bram18", "dsp"):
        counted = [part["resources"][name]["synthesized"] for part in parts]
        assert sum(counted) == data["resources"][name]["synthesized"]
    assert data["resources"]["lut"]["synthesized"] > 0
    assert (build / "synth" / "netlist.v").is_file()
    assert (build / "logs" / "yosys.log").is_file()
    assert main(["report", str(build)]) == 0
    assert "synthesized" in capsys.readouterr().out


def test_quiet_commands_say_only_results(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["-o", str(tmp_path / "b"), "--quiet"]
    assert main(["compile", str(home / "tiny.onnx"), *BOARD, *where]) == 0
    assert capsys.readouterr() == ("", "")


def test_boards_and_kernels_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["boards"]) == main(["kernels"]) == 0
    text = capsys.readouterr().out
    assert "xc7z020clg400-1" in text
    assert "binary matrix-vector unit" in text


def test_doctor_names_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "the base works" in text
    for package in ("torch", "brevitas", "dependencies", "onnxoptimizer"):
        assert f" {package} " in text
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(["doctor"]) == 1
    text = capsys.readouterr().out
    assert "missing from the base: g++" in text
    assert "apt install g++" in text
    assert "`xnorflow simulate`" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["compile", "m.onnx", "-o", "b"], "the following arguments are required: --board"),
        (["simulate", "b", "--images", "0"], "must be a whole number from 1 up, not '0'"),
        (["simulate", "b", "--images", "1e9"], "must be a whole number from 1 up, not '1e9'"),
        (["simulate", "b", "--seed", "-1"], "--seed"),
        (["simulate", "b", "--engine", "hls"], "invalid choice: 'hls'"),
        (["compile", "m", "--board", "b", "-o", "b", "--input-scale", "1/0"], "not '1/0'"),
        (["check", "m", "--input-scale", "0"], "must be a number other than 0, or two such as"),
        (["check", "m", "--input-scale", "1/x"], "not '1/x'"),
        (["check", "m", "--input-scale", "-q"], "expected one argument"),
        (["check", "m", "--input-std", "-1,x"], "numbers with commas between, not '-1,x'"),
        (["compile", "m", "--board", "b", "-o", "b", "--input-scale", "nan"], "not 'nan'"),
        (["check", "m", "--input-mean", "0.5,"], "must be numbers with commas between, not '0.5,'"),
        (["check", "m", "--input-mean", "0.5;0.4"], "must be numbers with commas between"),
        (["check", "m", "--input-mean", "nan"], "must be numbers with commas between, not 'nan'"),
        (["check", "m", "--input-std", "1,inf"], "must be numbers with commas between"),
        (["check", "m", "--input-std", ""], "must be numbers with commas between, not ''"),
        (["compile", "m", "--board", "b", "-o", "b", "--clock-mhz", "-5"], "--clock-mhz"),
        (["compile", "m", "--board", "b", "-o", "b", "--target-fps", "inf"], "not 'inf'"),
        (
            ["compile", "m", "--board", "b", "-o", "b", "--target-fps", "1", "--folding", "f"],
            "not allowed with argument --target-fps",
        ),
    ],
)
def test_arguments_are_checked(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_ratios_are_exact() -> None:
    assert ratio("1/255") == 1 / 255
    assert ratio("0.0078125") == 2**-7
    assert ratio("2e-3") == 2e-3
    assert ratio("-1/255") == -1 / 255


def test_negative_numbers_need_no_equals_sign(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    net = Net((1, 3, 4, 5))
    net.add("Sub", np.zeros((3, 1, 1)))
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(np.random.default_rng(3), 60, 4))
    model = net.save(home, "channels.onnx")
    options = ["--input-mean", "-0.5,.25,-.1", "--input-scale", "-1/255", "--input-type", "uint8"]
    assert main(["check", str(model), *options]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "uint8 0..255, one step is -1/255, less -0.5, 0.25, -0.1 (given)" in out


def test_ctrl_c_leaves_nothing(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import xnorflow.backends.rtl

    def interrupt(design: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(xnorflow.backends.rtl, "generate", interrupt)
    where = ["-o", str(tmp_path / "deep" / "b")]
    assert main(["compile", str(home / "tiny.onnx"), *BOARD, *where]) == 130
    assert list(tmp_path.iterdir()) == []


def test_a_signal_ends_synthesis_at_once(build: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "xnorflow", "synth", str(build)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 30
    while not [*build.glob(".*/synth.partial/console.txt")] and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert err == b"interrupted; nothing half-written was left\n"
    assert {path.name for path in build.iterdir()} == ENTRIES


def test_the_python_api_says_the_same(home: Path) -> None:
    with np.load(home / "x.npz") as data:
        x, y = data["x"], data["y"]
    acc = xnorflow.compile(home / "tiny.onnx", board="pynq-z1", target_fps=2_000_000)
    folder = acc.folder
    assert {path.name for path in folder.iterdir()} == ENTRIES
    np.testing.assert_array_equal(acc.predict(x).label, y)
    found = acc.simulate(x)
    assert (found.frames, found.mismatches, found.first) == (FRAMES, 0, None)
    assert found.prediction is not None
    np.testing.assert_array_equal(found.prediction.output, xnorflow_output(home / "tiny.onnx", x))
    assert found.interval_cycles == acc.design.interval_cycles
    assert acc.report.verification.images == FRAMES
    assert acc.report.resources.lut.synthesized is None
    assert acc.synth().resources.lut.synthesized == acc.report.resources.lut.synthesized
    assert "tiny for pynq-z1" in repr(acc)
    del acc
    assert not folder.exists()


def test_a_build_can_be_opened_again(home: Path) -> None:
    with np.load(home / "x.npz") as data:
        x, y = data["x"], data["y"]
    np.testing.assert_array_equal(xnorflow.load(home / "b").predict(x).label, y)


@pytest.mark.parametrize("label", [-1, 12, 2**63])
def test_labels_that_no_frame_can_have(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], label: int
) -> None:
    with np.load(home / "x.npz") as stored:
        x, y = stored["x"], stored["y"].astype(np.uint64 if label > 0 else np.int64)
    y[2] = label
    np.savez(tmp_path / "x.npz", x=x, y=y)
    arguments = ["simulate", str(home / "b"), "--engine", "golden", "--input"]
    assert main([*arguments, str(tmp_path / "x.npz")]) == 2
    err = capsys.readouterr().err
    assert f"must hold labels y from 0 to 9, not {label} as of frame 2" in err
    assert "count the model's classes from 0" in err


def test_what_methods_give_is_exported() -> None:
    for name in xnorflow.__all__:
        assert name in dir(xnorflow)
        assert getattr(xnorflow, name)
    assert {"Agreement", "Mismatch", "Prediction", "Simulation", "Verification"} <= {
        *xnorflow.__all__
    }


def test_a_build_stays_open_where_the_working_folder_changes(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(build.parent)
    acc = xnorflow.load(build.name)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert acc.folder == build.resolve()
    assert acc.report.board == "pynq-z1"
