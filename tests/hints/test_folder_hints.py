# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about build folders and what is written there, followed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.designs import Maker
from tests.hints.faults import compiled, hint, said, tiny
from tests.hints.follows import follows

import xnorflow
from xnorflow.builds.folder import require_output
from xnorflow.cli import main
from xnorflow.finn.export import export_finn
from xnorflow.hardware.resources import Resources
from xnorflow.ir.types import BIPOLAR
from xnorflow.toolchains.yosys import Synthesis


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
    design = Maker(6, BIPOLAR).dense("dense0", 4, (1, 1), raw=True).build()
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
def test_results_in_the_place_of_something_else(place: Path, name: str) -> None:
    Path("in.npz").touch()
    told = hint("output-file", lambda: require_output(Path(name), Path("b"), Path("in.npz")))
    assert told == "give another file with --out"
    require_output(Path("out.npz"), Path("b"), Path("in.npz"))


@follows("build-changed")
def test_a_build_that_changes_meanwhile(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def edited(folder: Path, *_: object, **__: object) -> Synthesis:
        top = place / "b" / "rtl" / "xnorflow_top.v"
        top.write_text(f"{top.read_text()}// edited\n")
        return counted(folder)

    def counted(folder: Path, *_: object, **__: object) -> Synthesis:
        for name in ("synth", "logs"):
            (folder / name).mkdir(exist_ok=True)
        return Synthesis("Yosys 0.70", {}, Resources())

    monkeypatch.setattr("xnorflow.toolchains.yosys.synthesize", edited)
    assert said("build-changed", capsys, "synth", "b") == "run it again"
    monkeypatch.setattr("xnorflow.toolchains.yosys.synthesize", counted)
    assert main(["synth", "b"]) == 0


@follows("kept-aside")
def test_a_file_that_was_changed(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["compile", "tiny.onnx", "--board", "pynq-z1", "-q", "-o", "b"]
    top = Path("b/rtl/xnorflow_top.v")
    top.write_text(f"{top.read_text()}// mine\n")
    assert main(command) == 0
    told = capsys.readouterr().err
    assert "warning[kept-aside]" in told
    assert "fix: look at what you need of it, and remove it" in told
    (kept,) = Path("b").glob("kept-*/**/xnorflow_top.v")
    assert kept.read_text().endswith("// mine\n")
    shutil.rmtree(kept.parent)
    assert main(command) == 0
    assert "kept-aside" not in capsys.readouterr().err


@follows("build-folder")
@pytest.mark.parametrize("name", ["gone", "tiny.onnx", "b/rtl"])
def test_a_folder_that_is_no_build(
    place: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    told = said("build-folder", capsys, "report", name)
    assert told == "give the folder that was named with -o"
    assert main(["report", "b"]) == 0


@follows("build-folder")
def test_a_build_whose_list_of_files_is_damaged(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = Path("b/build.json")
    path.write_bytes(path.read_bytes()[:-5])
    told = said("build-folder", capsys, "report", "b")
    assert told == "make it again with `xnorflow compile`, in another folder"
    compiled(Path("tiny.onnx"), Path("other"))
    assert main(["report", "other"]) == 0


@follows(
    "build-folder-design",
    "build-folder-arrays",
    "build-folder-version",
    "rtl-folder",
    "report-file",
)
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("design.json", "build-folder-design"),
        ("design.npz", "build-folder-arrays"),
        ("rtl/sources.txt", "rtl-folder"),
        ("report.json", "report-file"),
        ("version", "build-folder-version"),
    ],
)
def test_a_build_that_is_damaged(
    place: Path, capsys: pytest.CaptureFixture[str], name: str, code: str
) -> None:
    if name == "version":
        path = Path("b/design.json")
        path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 99}))
    else:
        path = Path("b") / name
        path.write_bytes(path.read_bytes()[:-5])
    assert "again with `xnorflow compile`" in said(code, capsys, "synth", "b")
    compiled(Path("tiny.onnx"), Path("b"), target_fps=1e6)
    assert main(["report", "b"]) == 0
    xnorflow.load("b")


@follows("build-folder")
@pytest.mark.parametrize("command", ["report", "simulate", "synth", "export-finn"])
def test_a_build_of_a_version_that_listed_no_files(
    place: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    Path("b/build.json").unlink()
    for name in ("design.json", "report.json"):
        path = Path("b") / name
        path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 1}))
    told = said("build-folder", capsys, command, "b")
    assert told == "make it again with `xnorflow compile`, in another folder"
    compiled(Path("tiny.onnx"), Path("other"), target_fps=1e6)
    assert main(["report", "other"]) == 0
    again = ["compile", "tiny.onnx", "--board", "pynq-z1", "-q", "-o", "b"]
    assert said("output-folder", capsys, *again) == "give another folder with -o"
