# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Standard output and standard error, be they closed, full, or of few letters."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

__all__ = ["flush", "write"]


def write(text: str, *, stderr: bool = False) -> None:
    """Write at once; letters that the encoding lacks become escapes.

    A reader that has gone is no fault: from then on all goes nowhere.

    Raises:
        XnorflowError: ``not-writable``: standard output is full, or fails for another reason.
    """
    stream = sys.stderr if stderr else sys.stdout
    if stream is None:  # closed since before the process began
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    except OSError as error:
        _give_up(stream, error)
    flush(stderr=stderr)


def flush(*, stderr: bool = False) -> None:
    """Write what is held back.

    Raises:
        XnorflowError: as ``write``.
    """
    stream = sys.stderr if stderr else sys.stdout
    if stream is None:
        return
    try:
        stream.flush()
    except OSError as error:
        _give_up(stream, error)


def _give_up(stream: TextIO, error: OSError) -> None:
    """What is still held goes nowhere, without a complaint as the process ends."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    if stream is sys.stdout and not isinstance(error, BrokenPipeError):
        from xnorflow.files.access import not_writable

        raise not_writable(Path("standard output"), error) from error
