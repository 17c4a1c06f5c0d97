# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The build folder: complete or not there, and nobody's own files lost."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Event

import pytest
from tests.rights import no_root, open_folder

from xnorflow.builds.folder import (
    is_build_folder,
    locked,
    new_build_folder,
    put_results,
    require_build_folder,
)
from xnorflow.builds.manifest import Manifest
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.files.codec import encode
from xnorflow.files.staging import is_staging

MANIFEST = json.dumps(encode(Manifest()))


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
    build(tmp_path / "b")
    before = tree(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        build_and_fail(tmp_path / "b", KeyboardInterrupt)
    assert tree(tmp_path) == before
    assert (tmp_path / "b" / "design.json").read_text() == "old"


def build(path: Path, text: str = "old") -> Path:
    """A build with two files of RTL and a report."""
    with new_build_folder(path) as work:
        fill(work, text)
        (work / "rtl" / f"{text}.v").write_text(text)
        (work / "report.json").write_text(text)
    return path


def rebuild(path: Path) -> list[Diagnostic]:
    """A new build in its place; what was told."""
    told: list[Diagnostic] = []
    with new_build_folder(path, told.append) as work:
        fill(work)
    return told


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_a_folder_in_which_nothing_can_be_made_is_a_diagnostic() -> None:
    if not Path("/proc/self").exists():
        pytest.skip("needs /proc")
    with pytest.raises(XnorflowError) as caught, new_build_folder(Path("/proc/new")):
        pass
    assert caught.value.diagnostics[0].code == "not-writable"


def test_an_export_stays_until_another_comes(tmp_path: Path) -> None:
    target = tmp_path / "b"
    for text in ("one", "", "two"):
        with new_build_folder(target) as work:
            fill(work)
            if text:
                (work / "model.onnx").write_text(text)
        assert (target / "model.onnx").read_text() == (text or "one")
    assert not [path for path in target.iterdir() if path.name.startswith("kept")]


def test_a_new_build_takes_what_commands_wrote_and_nothing_else(tmp_path: Path) -> None:
    target = build(tmp_path / "b")
    mine = {"answers.npz", "rtl/extra.v", "rtl/mine/cpu.v", "bitstream/top.bit", "hls/a.cpp"}
    mine |= {"report.html", "synth/notes.txt", "logs/mine.log"}
    for name in mine:
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text("mine")
    (target / "report.json").write_text("written by a later command")
    assert rebuild(target) == []
    found = contents(target)
    assert found.keys() == mine | {"design.json", "rtl/top.v", "build.json"}
    assert {found[name] for name in mine} == {"mine"}
    assert found["design.json"] == found["rtl/top.v"] == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_what_a_command_wrote_last_replaces_what_it_wrote_before(tmp_path: Path) -> None:
    target = build(tmp_path / "b")
    for text in ("one", "two"):
        work = tmp_path / text
        (work / "synth").mkdir(parents=True)
        (work / "synth" / f"{text}.v").write_text(text)
        (target / "synth").mkdir(exist_ok=True)
        (target / "synth" / "mine.txt").write_text("mine")
        put_results(target, work, "synth", lambda fault: pytest.fail(str(fault)))
    assert {path.name for path in (target / "synth").iterdir()} == {"two.v", "mine.txt"}
    assert rebuild(target) == []
    assert contents(target).keys() == {"design.json", "rtl/top.v", "build.json", "synth/mine.txt"}


def test_changed_files_and_those_in_the_way_are_kept_aside(tmp_path: Path) -> None:
    target = build(tmp_path / "b")
    (target / "rtl" / "top.v").write_text("edited")
    (target / "rtl" / "old.v").write_text("edited")
    told = rebuild(target)
    assert {note.code for note in told} == {"kept-aside"}
    assert "rtl/top.v must give way to new files" in told[-1].message
    assert "it is kept as kept-1/rtl/top.v" in told[-1].message
    assert contents(target / "kept-1") == {"rtl/top.v": "edited", "rtl/old.v": "edited"}
    assert (target / "rtl" / "top.v").read_text() == "new"
    shutil.rmtree(target / "rtl")
    (target / "rtl").write_text("a file of mine")
    assert len(rebuild(target)) == 1
    assert (target / "kept-2" / "rtl").read_text() == "a file of mine"
    assert contents(target / "kept-1") == {"rtl/top.v": "edited", "rtl/old.v": "edited"}


def test_nothing_is_removed_through_a_link(tmp_path: Path) -> None:
    target, elsewhere = build(tmp_path / "b"), tmp_path / "elsewhere"
    (target / "rtl").rename(elsewhere)
    (target / "rtl").symlink_to(elsewhere)
    before = contents(elsewhere)
    (note,) = rebuild(target)
    assert "it is kept as kept-1/rtl" in note.message
    assert contents(elsewhere) == before
    assert (target / "kept-1" / "rtl").is_symlink()
    assert (target / "rtl" / "top.v").read_text() == "new"


def linked(tmp_path: Path) -> Path:
    """A build of which the RTL and the design are relative links to the user's own."""
    target = build(tmp_path / "b")
    (target / "rtl").rename(tmp_path / "myrtl")
    (target / "rtl").symlink_to("../myrtl")
    (target / "design.json").rename(target / "mine.json")
    (target / "design.json").symlink_to("mine.json")
    return target


def test_a_relative_link_that_is_kept_aside_leads_where_it_led(tmp_path: Path) -> None:
    target = linked(tmp_path)
    (target / "kept-1").symlink_to("nowhere")
    before = contents(tmp_path / "myrtl")
    rebuild(target)
    assert (target / "kept-1").readlink() == Path("nowhere")
    kept = target / "kept-2"
    assert (kept / "rtl").is_symlink()
    assert contents(kept / "rtl") == before
    assert (kept / "design.json").is_symlink()
    assert (kept / "design.json").read_text() == "old"
    assert (target / "rtl" / "top.v").read_text() == "new"
    assert not [path for path in target.iterdir() if path.name.startswith(".")]


def test_a_link_that_could_not_give_way_is_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, real = linked(tmp_path), Path.rename
    before = tree(tmp_path)

    def rename(path: Path, goal: Path) -> Path:
        if goal == target / "rtl" / "top.v":
            raise OSError(28, "No space left on device")
        return real(path, goal)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(XnorflowError, match="No space left"):
        rebuild(target)
    assert tree(tmp_path) == before
    assert (target / "rtl").readlink() == Path("../myrtl")


def test_a_read_only_folder_of_the_users_stays_where_it_is() -> None:
    with open_folder() as place, no_root():
        target = build(place / "b")
        for folder in (target / "photos", target / "rtl" / "photos"):
            folder.mkdir()
            (folder / "cat.jpg").write_text("mine")
            folder.chmod(0o555)
        assert rebuild(target) == []
        assert [path.name for path in place.iterdir()] == ["b"]
        found = contents(target)
        assert found["photos/cat.jpg"] == found["rtl/photos/cat.jpg"] == "mine"
        for folder in (target / "photos", target / "rtl" / "photos"):
            folder.chmod(0o755)


def test_a_read_only_folder_of_ours_stops_all() -> None:
    with open_folder() as place, no_root():
        target = build(place / "b")
        before = contents(target)
        (target / "rtl").chmod(0o555)
        with pytest.raises(XnorflowError, match=r"error\[not-writable\].*Permission denied"):
            rebuild(target)
        (target / "rtl").chmod(0o755)
        assert contents(target) == before
        assert tree(place) == {"b", *(f"b/{name}" for name in tree(target))}


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_whatever_move_fails_all_is_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    target = build(tmp_path / "b")
    (target / "rtl" / "top.v").write_text("edited")
    before, paths = contents(target), tree(tmp_path)
    for turn in range(1, 100):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", failing(turn, fault))
            code = code_of(target)
        if not code:
            break
        assert code == ("not-writable" if isinstance(fault, OSError) else "interrupted")
        assert contents(target) == before
        assert tree(tmp_path) == paths
    assert turn > 6
    found = contents(target)
    manifest = json.loads(found.pop("build.json"))
    assert manifest["files"].keys() == {"design.json", "rtl/top.v"}
    assert found == {"design.json": "new", "rtl/top.v": "new", "kept-1/rtl/top.v": "edited"}
    assert tree(tmp_path) == {"b", *(f"b/{name}" for name in tree(target))}


def failing(turn: int, fault: BaseException) -> Callable[[Path, Path], Path]:
    """``Path.rename`` that fails where it is called for the ``turn``-th time."""
    real, turns = Path.rename, count(1)

    def rename(path: Path, other: Path) -> Path:
        if next(turns) == turn:
            raise fault
        return real(path, other)

    return rename


def code_of(target: Path) -> str:
    """What a new build in its place fails with; nothing where it does not."""
    try:
        rebuild(target)
    except KeyboardInterrupt:
        return "interrupted"
    except XnorflowError as error:
        return error.diagnostics[0].code
    return ""


def test_a_build_killed_while_it_was_replaced_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = build(tmp_path / "b")
    (target / "rtl" / "extra.v").write_text("mine")
    killed = os.fork()
    if killed == 0:
        try:
            real = Path.rename
            count = iter(range(4))
            monkeypatch.setattr(
                Path,
                "rename",
                lambda *paths: real(*paths) if next(count) < 3 else os.kill(os.getpid(), 9),
            )
            rebuild(target)
        finally:  # whatever happens, the rest is the parent's
            os._exit(1)
    assert os.waitpid(killed, 0)[1] == 9
    assert any(is_staging(path.name) for path in target.iterdir())
    with pytest.raises(XnorflowError, match="whose files were being replaced when that was killed"):
        require_build_folder(target)
    rebuild(target)
    found = {name: text for name, text in contents(target).items() if "kept-1" not in name}
    assert found.keys() == {"design.json", "rtl/top.v", "build.json", "rtl/extra.v"}
    assert found["design.json"] == found["rtl/top.v"] == "new"
    assert found["rtl/extra.v"] == "mine"


def test_a_link_to_a_build_is_followed(tmp_path: Path) -> None:
    build(tmp_path / "b")
    (tmp_path / "link").symlink_to("b")
    rebuild(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "b" / "design.json").read_text() == "new"


@pytest.mark.parametrize(
    ("manifest", "fault"),
    [
        ("{", "damaged: build.json must be complete JSON"),
        ("[]", "damaged: build.json must be an object"),
        ('{"files": {}}', "damaged: build.json must be an object of this, schema"),
        (MANIFEST.replace("build folder", "photo album"), "must be of a build folder of xnorflow"),
        (MANIFEST.replace("{}", '{"../a": {"command": "x", "sha256": "00"}}'), "not '../a'"),
        (MANIFEST.replace("{}", '{"/a": {"command": "x", "sha256": "00"}}'), "not '/a'"),
        (MANIFEST.replace("{}", '{"a": {"command": "x", "sha256": null}}'), "a SHA-256 of 'a'"),
    ],
)
def test_no_other_folder_is_taken_for_a_build(tmp_path: Path, manifest: str, fault: str) -> None:
    """Not even one with design.json and rtl, and a manifest that is none."""
    (tmp_path / "b").mkdir()
    fill(tmp_path / "b", "mine")
    (tmp_path / "a").write_text("mine")
    before = contents(tmp_path)
    for name in ("", manifest):
        if name:
            (tmp_path / "b" / "build.json").write_text(manifest)
            before |= {"b/build.json": manifest}
        assert not is_build_folder(tmp_path / "b")
        assert refusal(tmp_path / "b").startswith("output-folder")
        with pytest.raises(XnorflowError, match=r"error\[build-folder\]") as caught:
            require_build_folder(tmp_path / "b")
    assert fault in str(caught.value)
    assert contents(tmp_path) == before


def test_who_changes_a_build_waits_for_those_who_use_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = build(tmp_path / "b")
    real, blocked = fcntl.flock, Event()

    def flock(descriptor: int, kind: int) -> None:
        if kind == fcntl.LOCK_EX:
            try:
                return real(descriptor, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                blocked.set()
        return real(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", flock)
    with ThreadPoolExecutor(1) as pool:
        with locked(target), locked(target):  # several may read
            waiting = pool.submit(rebuild, target)
            assert blocked.wait(timeout=30)
            assert (target / "design.json").read_text() == "old"
        assert waiting.result(timeout=30) == []
    assert (target / "design.json").read_text() == "new"


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
    assert refusal(tmp_path / "photos") == (
        start + "a folder with other files in it and no build.json of a build"
    )
    assert refusal(tmp_path / "file") == start + "a file"
    monkeypatch.chdir(tmp_path / "photos")
    assert refusal(Path()) == start + "the current folder or one above it"
    assert refusal(tmp_path) == start + "the current folder or one above it"
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["file/new", "x" * 300, "a\0b", "/proc/new/build"])
def test_an_unwritable_place_is_a_diagnostic(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    assert refusal(tmp_path / name).startswith("not-writable: ")
    assert tree(tmp_path) == {"file"}


def test_links_in_circles_and_the_root_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    assert "not a link that leads in circles" in refusal(tmp_path / "one")
    assert refusal(tmp_path / "one" / "below").startswith("not-writable: ")
    assert "not the current folder or one above it" in refusal(Path("/"))


def test_the_longest_name_will_do(tmp_path: Path) -> None:
    target = build(tmp_path / ("x" * 255))
    assert rebuild(target) == []


def test_what_is_no_build_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "earlier").mkdir()
    fill(tmp_path / "earlier")
    for name, found in [
        ("gone", "nothing there"),
        ("file", "a file"),
        ("", "a folder without build.json"),
        ("earlier", "one of an earlier version, with a design.json and no build.json"),
    ]:
        path = tmp_path / name
        with pytest.raises(XnorflowError) as caught:
            require_build_folder(path)
        (diagnostic,) = caught.value.diagnostics
        assert diagnostic.code == "build-folder"
        assert diagnostic.message == (
            f"{path} must be a folder that `xnorflow compile` made, not {found}"
        )
