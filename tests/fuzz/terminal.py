# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""All that a command writes to the terminal, past Python too."""

from __future__ import annotations

import ctypes
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO


@dataclass(frozen=True)
class Said:
    """What was written.

    Attributes:
        out: to standard output.
        err: to standard error.
        native: to either, by libraries that do not go through Python.
    """

    out: str
    err: str
    native: str

    def hidden(self) -> list[str]:
        """Lines with codes that a terminal obeys or does not show; only newlines end a line."""
        lines = [line for text in (self.out, self.err) for line in text.split("\n")]
        return [line for line in lines if not line.isprintable()]


def listen(run: Callable[[], int]) -> tuple[int, Said]:
    """What a command returns, and what it says."""
    out, err = io.StringIO(), io.StringIO()
    with TemporaryFile() as file:
        with _descriptors(file), redirect_stdout(out), redirect_stderr(err):
            code = run()
        file.seek(0)
        native = file.read().decode(errors="replace")
    return code, Said(out.getvalue(), err.getvalue(), native)


@contextmanager
def _descriptors(file: IO[bytes]) -> Iterator[None]:
    """Standard output and error lead to a file for the time of the block."""
    _flush()
    kept = [(number, os.dup(number)) for number in (1, 2)]
    try:
        for number, _ in kept:
            os.dup2(file.fileno(), number)
        yield
    finally:
        _flush()
        for number, copy in kept:
            os.dup2(copy, number)
            os.close(copy)


def _flush() -> None:
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
    ctypes.CDLL(None).fflush(None)
