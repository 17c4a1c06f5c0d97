# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Writing files: links are followed, what is no file is left, and nothing half-written stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from xnorflow.api import load
from xnorflow.builds.folder import new_build_folder, require_output
from xnorflow.diagnostics import XnorflowError
from xnorflow.files.access import write_atomic
from xnorflow.files.staging import is_staging, staged_file, staging


def fault(path: Path) -> str:
    with pytest.raises(XnorflowError) as caught:
        write_atomic(path, b"new")
    (found,) = caught.value.diagnostics
    assert found.code == "not-writable"
    return found.message.partition("not fail with: ")[2]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("deep/file")
    (tmp_path / "other").symlink_to("deep/new")
    write_atomic(tmp_path / "link", b"one")
    write_atomic(tmp_path / "other", b"two")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "other").is_symlink()
    assert (tmp_path / "deep" / "file").read_bytes() == b"one"
    assert (tmp_path / "deep" / "new").read_bytes() == b"two"


def test_what_is_no_file_is_left_as_it_is(tmp_path: Path) -> None:
    ends = os.openpty()
    terminal = Path(os.ttyname(ends[1]))
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    (tmp_path / "terminal").symlink_to(terminal)
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    for name in ("pipe", "link", "terminal"):
        assert fault(tmp_path / name) == "it is a device, a pipe or a socket"
    assert fault(tmp_path) == "it is a folder"
    assert fault(tmp_path / "one") == "Too many levels of symbolic links"
    assert fault(tmp_path / ("x" * 300)) == "File name too long"
    assert "embedded null" in fault(Path("a\0b"))
    assert (tmp_path / "pipe").is_fifo()
    assert terminal.is_char_device()
    for end in ends:
        os.close(end)
    assert len([*tmp_path.iterdir()]) == 5


LEFT = """
import os, sys
from pathlib import Path
from xnorflow.files.staging import staged_file, staging
with staging(Path(sys.argv[1])) as folder, staged_file(Path(sys.argv[1])):
    (folder / "deep").mkdir()
    (folder / "deep" / "file").touch()
    os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_left_goes_and_nothing_else(tmp_path: Path) -> None:
    mine = [".xnorflow-notes", ".xnorflow-0123456789abcdef.txt", ".file.0123abcd"]
    for name in mine:
        (tmp_path / name).write_text("mine")
    done = subprocess.run([sys.executable, "-c", LEFT, str(tmp_path)], check=False)
    assert done.returncode == -9
    left = {path for path in tmp_path.iterdir() if is_staging(path.name)}
    assert len(left) == 2
    with staging(tmp_path) as first, staged_file(tmp_path) as (second, _), staging(tmp_path):
        assert first.is_dir()  # in use, hence not swept by the next
        assert second.is_file()
        assert not any(path.exists() for path in left)
    assert {path.name for path in tmp_path.iterdir()} == {*mine}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o755])
def test_a_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "results"
    path.touch()
    path.chmod(mode)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == mode


def test_results_take_no_other_files_place(tmp_path: Path) -> None:
    build, given = tmp_path / "b", tmp_path / "x.npz"
    np.savez(given, x=np.zeros(3))
    with new_build_folder(build) as work:
        (work / "rtl").mkdir()
        for name in ("design.json", "report.json", "rtl/top.v"):
            (work / name).touch()
    (tmp_path / "design").symlink_to("b/design.json")
    (tmp_path / "same.npz").hardlink_to(given)
    (tmp_path / "rtl").symlink_to("b/rtl")

    def refusal(name: str) -> str:
        with pytest.raises(XnorflowError) as caught:
            require_output(tmp_path / name, build, given)
        (found,) = caught.value.diagnostics
        assert found.code in ("output-file", "not-writable")
        return found.message

    for name in ("x.npz", "same.npz", "b/../x.npz"):
        assert refusal(name).endswith("must be one of its own, not the input file")
    for name in ("b/design.json", "b/report.json", "b/build.json", "b/rtl/top.v", "design"):
        assert refusal(name).endswith("must be one of its own, not a file of the build")
    for name in ("b/rtl/y.npz", "rtl/y.npz"):
        assert refusal(name).endswith("not one among the RTL of the build")
    shutil.rmtree(build / "rtl")
    (build / "rtl").symlink_to("rtl")
    require_output(tmp_path / "y.npz", build, given)
    assert "no such folder" in refusal("gone/y.npz")
    assert "it is a folder" in refusal("b")
    for name in ("y.npz", "b/y.npz", "b/answers"):
        require_output(tmp_path / name, build, given)


def test_a_name_too_long_for_a_build_is_a_diagnostic(tmp_path: Path) -> None:
    with pytest.raises(XnorflowError, match="not a path that fails with: File name too long"):
        load(tmp_path / ("x" * 300))
