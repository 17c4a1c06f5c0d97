# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What commands show: results on standard output, progress and Diagnostics on standard error."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console, RenderableType
from rich.markup import escape

from xnorflow.cli.output import write
from xnorflow.diagnostics import Diagnostic, Severity, XnorflowError

__all__ = ["show", "show_diagnostics", "show_error", "spinner", "steps"]

_WIDTH = 130
"""Columns where the output is no terminal: enough for the report's table."""

_SHOWN = 200
"""Enough for all faults of a model that somebody will mend."""
_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


class _Page(io.TextIOWrapper):
    """Text for a stream, in memory: Rich chooses frames and colours as for the stream itself."""

    def __init__(self, stream: TextIO | None) -> None:
        encoding = getattr(stream, "encoding", None) or "utf-8"
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, encoding, errors="backslashreplace", newline="")
        self._seen = stream is not None and stream.isatty()

    def isatty(self) -> bool:
        return self._seen

    @property
    def text(self) -> str:
        """All that was written."""
        self.flush()
        return self._bytes.getvalue().decode(self.encoding)


def _console(*, stderr: bool = False, paged: bool = True) -> Console:
    stream: TextIO | None = sys.stderr if stderr else sys.stdout
    page = _Page(stream)
    return Console(
        file=stream if stream is not None and not paged else page,
        width=None if page.isatty() else _WIDTH,
        highlight=False,
        soft_wrap=stderr,
    )


def _text(console: Console) -> str:
    page = console.file
    assert isinstance(page, _Page), "what is shown at once is collected first"
    return page.text


def show(*things: RenderableType) -> None:
    """Print results.

    Raises:
        XnorflowError: ``not-writable``: standard output is full.
    """
    console = _console()
    for thing in things:
        console.print(thing, markup=False, soft_wrap=isinstance(thing, str))
    write(_text(console))


def show_error(error: XnorflowError) -> None:
    """Print what is wrong, all of it."""
    show_diagnostics(error.diagnostics)


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print Diagnostics: what, where, what to do; of very many, the first ones."""
    console = _console(stderr=True)
    listed = list(diagnostics)
    for item in listed[:_SHOWN]:
        colour = _COLOURS[item.severity]
        title = f"[{colour}]{item.severity.value}\\[{escape(item.code)}][/]"
        console.print(f"{title}: {escape(item.message)}")
        if str(item.origin):
            console.print(f"  at: {escape(str(item.origin))}")
        if item.hint:
            console.print(f"  fix: {escape(item.hint)}")
    if len(listed) > _SHOWN:
        console.print(f"and {len(listed) - _SHOWN} more")
    write(_text(console), stderr=True)


@contextmanager
def spinner(text: str, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A spinner with a text that can be changed, only on a terminal."""
    console = _console(stderr=True, paged=False)
    if quiet or not console.is_terminal:
        yield lambda text: None
        return
    with console.status(escape(text)) as status:
        yield lambda text: status.update(escape(text))


@contextmanager
def steps(quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A progress bar fed with (what, done, of how many), only on a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = _console(stderr=True, paged=False)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def update(what: str, done: int, total: int) -> None:
            progress.update(task, description=escape(what), completed=done, total=total or None)

        yield update
