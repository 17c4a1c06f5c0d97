# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""No program that we start outlives us, nor the work that it is for."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest

from xnorflow.diagnostics import XnorflowError
from xnorflow.files.staging import is_staging
from xnorflow.toolchains import cache, verilator
from xnorflow.toolchains.leash import Leash

SHELL = str(shutil.which("sh"))
LONG = "sleep 1000 & sleep 1000"
"""A program with a child of its own, as g++ has."""

PARENT = f"""
import sys
from pathlib import Path
from xnorflow.toolchains.leash import Leash
with Leash() as leash:
    leash.run([{SHELL!r}, "-c", "echo started; {LONG}"], Path(), sys.stdout.buffer)
"""


def told(script: str) -> tuple[int, bytes]:
    with TemporaryFile() as output, Leash() as leash:
        code = leash.run([SHELL, "-c", script], Path("/"), output, {"WORD": "hello"})
        output.seek(0)
        return code, output.read()


def test_output_folder_and_exit_code_come_through() -> None:
    assert told("pwd; echo $WORD >&2; cat; exit 3") == (3, b"/\nhello\n")
    assert told("kill -9 $$")[0] == 137
    assert told("exit 0") == (0, b"")


@pytest.mark.parametrize(
    ("present", "reason"), [(False, b"No such file or directory"), (True, b"Permission denied")]
)
def test_what_cannot_be_started_is_told_in_a_line(
    tmp_path: Path, present: bool, reason: bytes
) -> None:
    program = tmp_path / "program"
    if present:
        program.touch(mode=0o644)
    with TemporaryFile() as output, Leash() as leash:
        code = leash.run([str(program)], tmp_path, output)
        output.seek(0)
        assert (code, output.read()) == (
            127,
            bytes(program) + b" cannot be started: " + reason + b"\n",
        )


def test_a_tool_that_cannot_be_started_is_to_be_installed_again(tmp_path: Path) -> None:
    program = tmp_path / "verilator_bin"
    program.touch(mode=0o644)
    given = ([str(program)], tmp_path, tmp_path / "log", "verilator-failed", "Verilator")
    with pytest.raises(XnorflowError) as caught, Leash() as leash:
        verilator._run(leash, *given)
    (found,) = caught.value.diagnostics
    assert found.message.endswith(f"not stop with: {program} cannot be started: Permission denied")
    assert found.hint.startswith("install Verilator again, then `xnorflow doctor`; the whole log")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_programs_end_with_us(number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"started\n"
    process.send_signal(number)
    rest, _ = process.communicate(timeout=60)  # until nobody holds the pipe
    assert rest == b""


def test_programs_end_together(tmp_path: Path) -> None:
    read, write = os.pipe()
    codes: list[int] = []
    with os.fdopen(write, "wb") as output, Leash() as leash:

        def work() -> None:
            codes.append(leash.run([SHELL, "-c", f"echo; {LONG}"], tmp_path, output))

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert len([os.read(read, 1) for _ in threads]) == 3
        leash.cut()
        for thread in threads:
            thread.join(timeout=60)
        assert codes == [137] * 3
        assert leash.run([SHELL, "-c", LONG], tmp_path, output) == 137  # none begins any more
    assert os.read(read, 1) == b""
    os.close(read)


def test_a_killed_build_is_swept_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    code = (
        "import os\nfrom xnorflow.toolchains.cache import kept\n"
        "kept('things', 'one', lambda work: os.kill(os.getpid(), 9))"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    folder = tmp_path / "xnorflow" / "things"
    assert len([path for path in folder.iterdir() if is_staging(path.name)]) == 1
    cache.kept("things", "two", lambda work: (work / "file").touch())
    assert {path.name for path in folder.iterdir()} == {"one.lock", "two.lock", "two"}


def test_one_failing_compiler_ends_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They might take minutes."""
    compiler, done = tmp_path / "g++", tmp_path / "done"
    long = f"sleep 20; touch '{done}'"
    compiler.write_text(f"#!{SHELL}\ncase $* in *wrapper*) exit 1;; *) {long};; esac\n")
    compiler.chmod(0o755)
    real = verilator.find_verilator()
    tools = verilator.Verilator(real.root, compiler, real.version, "none")
    jobs: dict[Path, Any] = {
        tmp_path / f"{name}.o": (f"{name}.cpp", "-O1") for name in ("a", "wrapper")
    }
    with pytest.raises(XnorflowError, match=r"error\[compiler-failed\]"):
        verilator._compile_all(jobs, tools, tmp_path, tmp_path / "log")
    assert not done.exists()
