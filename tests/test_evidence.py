# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What commands record in one build folder: nothing is lost, and nothing is of another build."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.qonnx_net import Net, signs

import xnorflow
import xnorflow.simulate.rtl
from xnorflow.cli import main
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.report.model import Verification


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny.onnx and a build b of it."""
    folder = tmp_path_factory.mktemp("home")
    rng = np.random.default_rng(1)
    net = Net((1, 24), dtype="BIPOLAR")
    net.dense(signs(rng, 24, 16))
    net.bipolar()
    net.dense(signs(rng, 16, 10))
    net.save(folder, "tiny.onnx")
    compiled(folder, folder / "b")
    return folder


def compiled(home: Path, folder: Path, fps: float = 2e6) -> None:
    xnorflow.compile(home / "tiny.onnx", "pynq-z1", target_fps=fps, output=folder)


@pytest.fixture
def build(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home / "b", tmp_path / "b"))


def meanwhile(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Do something between a simulation's end and its record."""
    real = xnorflow.simulate.rtl.simulate

    def simulate(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        monkeypatch.undo()
        work()
        return found

    monkeypatch.setattr(xnorflow.simulate.rtl, "simulate", simulate)


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(XnorflowError) as caught:
        work()
    (found,) = caught.value.diagnostics
    return found.code


def edit(folder: Path) -> None:
    with (folder / "rtl" / "xnorflow_top.v").open("a") as file:
        file.write("// edited\n")


def test_a_build_of_another_folding_is_not_verified_by_the_old_one(
    home: Path, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: compiled(home, build, 2e7))
    acc = xnorflow.load(build)
    assert refused(lambda: acc.simulate(images=3)) == "build-changed"
    report = xnorflow.load(build).report
    assert report.throughput.interval_cycles.estimated != acc.design.interval_cycles
    assert report.verification.mismatches is None
    assert report.throughput.interval_cycles.simulated is None
    assert refused(lambda: acc.simulate(images=3)) == "build-changed"  # still the old design
    assert refused(acc.synth) == "build-changed"
    assert not (build / "synth").exists()


def test_a_build_of_the_same_folding_takes_the_results(
    home: Path, build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: compiled(home, build))
    acc = xnorflow.load(build)
    acc.simulate(images=3)
    assert acc.report.verification.images == 3
    assert acc.report.outdated == ()


def test_rtl_that_is_edited_meanwhile_is_not_verified(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    meanwhile(monkeypatch, lambda: edit(build))
    assert main(["simulate", str(build), "--images", "3"]) == 2
    assert "error[build-changed]: the design and the RTL" in capsys.readouterr().err
    assert xnorflow.load(build).report.verification.mismatches is None


def test_no_result_is_lost_where_two_commands_run_at_once(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanwhile(monkeypatch, lambda: main(["synth", str(build), "--quiet"]))
    acc = xnorflow.load(build)
    acc.simulate(images=3)
    report = acc.report
    assert report.verification.images == 3
    assert report.resources.lut.synthesized
    assert report.evidence.synthesized == report.evidence.simulated
    assert report.outdated == ()


def test_a_folder_that_has_gone_is_named(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meanwhile(monkeypatch, lambda: shutil.rmtree(build))
    acc = xnorflow.load(build)
    assert refused(lambda: acc.simulate(images=3)) == "build-folder"


def test_edited_rtl_is_told_from_what_was_verified(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acc = xnorflow.load(build)
    acc.simulate(images=3)
    interval = acc.report.throughput.interval_cycles
    assert acc.simulate(images=2).interval_cycles is None
    assert acc.report.throughput.interval_cycles == interval  # what three frames told stays
    assert acc.report.verification.images == 3  # and so does that these agreed
    edit(build)
    assert {item.evidence for item in acc.report.outdated} == {"simulated", "verified"}
    capsys.readouterr()
    assert main(["report", str(build)]) == 0
    text = capsys.readouterr().out
    assert "0 mismatches, but of other RTL: run `xnorflow simulate` again" in text
    assert main(["simulate", str(build), "--images", "2"]) == 0
    text = capsys.readouterr().out
    assert "cycles from frame to frame: not known from fewer than three frames" in text
    report = acc.report
    assert report.outdated == ()
    assert report.throughput.interval_cycles.simulated is None  # that was of the other RTL
    assert report.throughput.latency_cycles.simulated is not None


def test_hardware_that_gives_no_answers_is_recorded(
    build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    acc = xnorflow.load(build)
    acc.simulate(images=3)

    def stalled(*given: Any, **named: Any) -> Any:
        raise XnorflowError(Diagnostic("simulation-stalled", "must go on", "look"))

    monkeypatch.setattr(xnorflow.simulate.rtl, "simulate", stalled)
    assert refused(lambda: acc.simulate(images=2, stall_seed=1)) == "simulation-stalled"
    monkeypatch.undo()
    assert acc.report.verification == Verification("verilator", 2, fault="simulation-stalled")
    assert acc.report.throughput.interval_cycles.simulated is not None
    acc.simulate(images=4)
    assert acc.report.verification.fault == "simulation-stalled"  # the RTL is what it was
    assert main(["report", str(build)]) == 0
    assert "verified    2 frames in verilator, simulation-stalled\n" in capsys.readouterr().out
    edit(build)
    assert main(["report", str(build)]) == 0
    assert "simulation-stalled, but of other RTL" in capsys.readouterr().out
    acc.simulate(images=3)
    assert acc.report.verification == Verification("verilator", 3, 0)


def test_what_keeps_a_run_from_starting_says_nothing_of_the_hardware(
    build: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*given: Any, **named: Any) -> Any:
        raise XnorflowError(Diagnostic("tool-missing", "must be there", "install it"))

    monkeypatch.setattr(xnorflow.simulate.rtl, "simulate", missing)
    acc = xnorflow.load(build)
    assert refused(lambda: acc.simulate(images=2)) == "tool-missing"
    assert acc.report.verification == Verification()


def test_a_failed_synthesis_leaves_its_log_and_earlier_results(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["synth", str(build), "--quiet"]) == 0
    before = (build / "synth" / "netlist.v").read_bytes()
    edit(build)
    top = build / "rtl" / "xnorflow_top.v"
    top.write_text(top.read_text().replace("module xnorflow_top", "modul xnorflow_top"))
    assert main(["synth", str(build)]) == 2
    text = " ".join(capsys.readouterr().err.split())
    assert "error[yosys-failed]" in text
    assert f"the whole log is {build / 'logs' / 'yosys.log'}" in text
    assert "ERROR" in (build / "logs" / "yosys.log").read_text()
    assert (build / "synth" / "netlist.v").read_bytes() == before
    assert {path.name for path in build.iterdir()} == {
        *("build.json", "design.json", "design.npz", "report.json", "rtl", "synth", "logs")
    }


def test_the_frames_compared_are_named_by_their_bytes(build: Path) -> None:
    acc, x = xnorflow.load(build), signs(np.random.default_rng(3), 4, 24).astype(np.int8)
    acc.simulate(x)
    stored = (x > 0).astype("<i4")  # -1 and +1 enter as 0 and 1
    evidence = acc.report.evidence.verified
    assert evidence is not None
    assert evidence.frames_sha256 == hashlib.sha256(stored.tobytes()).hexdigest()
