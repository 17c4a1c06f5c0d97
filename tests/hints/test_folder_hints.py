# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about build folders and what is written there, followed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.designs import Maker
from tests.hints.faults import compiled, hint, said, tiny
from tests.hints.follows import follows

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.cli import main
from xnorflow.finn.export import export_finn
from xnorflow.ir.types import BINARY

AGAIN = "make it again with `xnorflow compile`"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny.onnx and a build b of it."""
    folder = tmp_path_factory.mktemp("made")
    compiled(tiny(folder), folder / "b", target_fps=1e6)
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: a copy of ``made``."""
    folder = Path(shutil.copytree(made, tmp_path / "place"))
    monkeypatch.chdir(folder)
    return folder


def again() -> Accelerator:
    """As first, over the build b."""
    return compiled(Path("tiny.onnx"), Path("b"), target_fps=1e6)


@follows("output-folder", "not-writable")
@pytest.mark.parametrize(
    ("output", "code", "told"),
    [
        ("tiny.onnx", "output-folder", "give another folder with -o"),
        (".", "output-folder", "give another folder with -o"),
        ("b/rtl", "output-folder", "give another folder with -o"),
        ("tiny.onnx/b", "not-writable", "or choose another place"),
        ("/proc/new", "not-writable", "or choose another place"),
    ],
)
def test_a_place_that_is_taken(
    place: Path, capsys: pytest.CaptureFixture[str], output: str, code: str, told: str
) -> None:
    command = ["compile", "tiny.onnx", "--board", "pynq-z1", "-q", "-o"]
    assert said(code, capsys, *command, output).endswith(told)
    assert main([*command, "new"]) == 0


@follows("output-folder")
def test_an_export_s_place_with_a_file_of_the_user_s(place: Path) -> None:
    design = Maker(6, BINARY).dense("dense0", 4, (1, 1), raw=True).build()
    export_finn(design, Path("finn"))
    readme = Path("finn") / "README.md"
    readme.write_text("mine")
    told = hint("output-folder", lambda: export_finn(design, Path("finn")))
    assert told == "move README.md away, or give another folder with -o"
    export_finn(design, Path("other"))
    readme.rename("README.md")
    export_finn(design, Path("finn"))


@follows("output-file")
@pytest.mark.parametrize("name", ["in.npz", "b/report.json", "b/rtl/mine.npz"])
def test_results_in_the_place_of_something_else(
    place: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setattr("xnorflow.simulate.rtl.simulate", None)  # nothing gets so far
    np.savez("in.npz", x=np.ones((1, 24), np.int8))
    command = ["simulate", "b", "--input", "in.npz", "--out"]
    assert said("output-file", capsys, *command, name) == "give another file with --out"
    xnorflow.load("b").require_output(Path("out.npz"), Path("in.npz"))


@follows("build-changed")
def test_a_build_that_changes_meanwhile(place: Path) -> None:
    acc = xnorflow.load("b")
    report = acc.report
    compiled(Path("tiny.onnx"), Path("b"), target_fps=2e7)
    told = hint("build-changed", lambda: acc._record(lambda found: report))
    assert told == "run it again"
