# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Standard output that is full, closed, or of few letters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.test_report import complete

from xnorflow.cli.console import show
from xnorflow.report.terminal import render

COMMAND = (sys.executable, "-m", "xnorflow")


def run(*arguments: str, **options: Any) -> tuple[int, str]:
    """Exit code and standard error."""
    given = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment = given | options.pop("environment", {})
    command = [*COMMAND, *arguments]
    options = {"stderr": subprocess.PIPE, **options}
    done = subprocess.run(command, env=environment, check=False, **options)
    return done.returncode, (done.stderr or b"").decode()


@pytest.fixture
def no_reader() -> Any:
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("argument", ["boards", "--help"])
def test_a_full_output_is_a_diagnostic(argument: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, error = run(argument, stdout=full)
        assert code == 2
        assert error.startswith(
            "error[not-writable]: standard output must be writable, "
            "not fail with: No space left on device\n"
        )
        assert "Exception" not in error
        assert run(argument, stdout=full, stderr=full)[0] == 2


def test_a_reader_that_leaves_changes_nothing(no_reader: int, tmp_path: Path) -> None:
    assert run("boards", stdout=no_reader) == (0, "")
    assert run("--help", stdout=no_reader) == (0, "")
    assert run("doctor", stdout=no_reader, environment={"PATH": "/nowhere"}) == (1, "")
    assert run("report", str(tmp_path), stderr=no_reader)[0] == 2


def test_closed_streams_change_nothing(tmp_path: Path) -> None:
    def closed(*arguments: str) -> int:
        script = 'exec "$@" >&- 2>&-'
        return subprocess.run(
            ["sh", "-c", script, "sh", *COMMAND, *arguments], check=False
        ).returncode

    assert closed("boards") == 0
    assert closed("report", str(tmp_path)) == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_tables_need_no_letters_that_the_encoding_lacks(encoding: str) -> None:
    code = "from tests.test_output import show_all; show_all()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        check=True,
    )
    text = done.stdout.decode(encoding)
    assert ("█░" in text, "#...." in text) == (encoding == "utf-8", encoding != "utf-8")
    assert "20 frames in verilator, 0 mismatches" in text
    assert ("größe" in text) == (encoding != "ascii")
    assert "gr\\xf6\\xdfe \\udcff" in text or encoding != "ascii"


def show_all() -> None:
    show(render(complete()), "größe \udcff")
