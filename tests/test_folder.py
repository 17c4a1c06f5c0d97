# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The build folder: complete or not there, and nobody's own files lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from xnorflow.folder import is_build_folder, new_build_folder, require_build_folder
from xnorflow.ir.diagnostics import XnorflowError


def fill(folder: Path, text: str = "new") -> None:
    (folder / "rtl").mkdir()
    (folder / "rtl" / "top.v").write_text(text)
    (folder / "design.json").write_text(text)


def build_and_fail(path: Path, fault: type[BaseException]) -> None:
    with new_build_folder(path) as work:
        fill(work)
        raise fault


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("name", ["new", "deeper/down/new"])
def test_a_folder_appears_complete(tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    with new_build_folder(target) as work:
        fill(work)
        assert not target.exists()
    assert is_build_folder(target)
    assert {p.name for p in target.parent.iterdir()} == {"new"}


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("name", ["new", "deeper/down/new"])
def test_an_error_leaves_nothing(tmp_path: Path, fault: type[BaseException], name: str) -> None:
    with pytest.raises(fault):
        build_and_fail(tmp_path / name, fault)
    assert tree(tmp_path) == set()


def test_an_error_leaves_the_earlier_build(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    fill(tmp_path / "b", "old")
    before = tree(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        build_and_fail(tmp_path / "b", KeyboardInterrupt)
    assert tree(tmp_path) == before
    assert (tmp_path / "b" / "design.json").read_text() == "old"


def test_what_a_build_brings_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "b"
    target.mkdir()
    fill(target)
    (target / "model.onnx").write_text("old")
    with new_build_folder(target) as work:
        fill(work)
    assert (target / "model.onnx").read_text() == "old"
    with new_build_folder(target) as work:
        fill(work)
        (work / "model.onnx").write_text("new")
    assert (target / "model.onnx").read_text() == "new"


def test_an_earlier_build_is_replaced_but_not_the_users_files(tmp_path: Path) -> None:
    target = tmp_path / "b"
    target.mkdir()
    fill(target, "old")
    (target / "synth").mkdir()
    (target / "synth" / "stat.json").write_text("old")
    (target / "answers.npz").write_text("mine")
    with new_build_folder(target) as work:
        fill(work)
    expected = {"design.json", "rtl", "rtl/top.v", "answers.npz"}
    assert tree(target) == expected
    assert (target / "design.json").read_text() == "new"
    assert (target / "answers.npz").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with new_build_folder(tmp_path / "b") as work:
        fill(work)
    assert is_build_folder(tmp_path / "b")


def refusal(path: Path) -> str:
    with pytest.raises(XnorflowError) as caught, new_build_folder(path):
        pytest.fail("the block must not run")
    (diagnostic,) = caught.value.diagnostics
    return f"{diagnostic.code}: {diagnostic.message}"


def test_other_things_in_the_place_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("mine")
    before = tree(tmp_path)
    start = "output-folder: the output folder must be new, empty or an earlier build, not "
    assert refusal(tmp_path / "photos") == start + "a folder with other files in it"
    assert refusal(tmp_path / "file") == start + "a file"
    monkeypatch.chdir(tmp_path / "photos")
    assert refusal(Path()) == start + "the current folder or one above it"
    assert refusal(tmp_path) == start + "the current folder or one above it"
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["file/new", "x" * 300, "/proc/new/build"])
def test_an_unwritable_place_is_a_diagnostic(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    assert refusal(tmp_path / name).startswith("not-writable: ")
    assert tree(tmp_path) == {"file"}


def test_what_is_no_build_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for name, found in [
        ("gone", "nothing there"),
        ("file", "a file"),
        ("", "a folder without design.json and rtl"),
    ]:
        path = tmp_path / name
        with pytest.raises(XnorflowError) as caught:
            require_build_folder(path)
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.code == "build-folder"
        assert diagnostic.message == (
            f"{path} must be a folder that `xnorflow compile` made, not {found}"
        )
