# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Read boards/<name>/board.toml, strictly."""

from __future__ import annotations

import difflib
import importlib
import sys
from dataclasses import replace
from pathlib import Path

from xnorflow.boards.board import Board, Uart
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.files.strict import Strict
from xnorflow.hardware.families import families
from xnorflow.hardware.resources import Resources

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["board_names", "constraints_of", "load_board", "parse_board"]

_COUNTS = ("lut", "ff", "bram18", "dsp")
_MAX_BYTES = 64 * 1024
_MOST = 1 << 31
"""Of anything that a part may have."""
_MOST_BAUD = 100_000_000
_HINT = "see boards/pynq-z1/board.toml for a complete example"


def board_names() -> tuple[str, ...]:
    """Names of all boards, sorted."""
    return tuple(sorted(path.parent.name for path in _home().glob("*/board.toml")))


def load_board(name: str) -> Board:
    """The board called ``name``.

    Raises:
        XnorflowError: ``unknown-board``, or ``board-file`` when its data is not well formed.
    """
    known = board_names()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {close[0]}?" if close else "`xnorflow boards` shows them"
        raise XnorflowError(
            Diagnostic(
                "unknown-board",
                f"the board must be one of {', '.join(known)}, not {name!r}",
                hint,
            )
        )
    path = _home() / name / "board.toml"
    return parse_board(name, path.read_bytes(), path)


def parse_board(name: str, content: bytes, path: Path) -> Board:
    """A Board from the bytes of its board.toml; ``path`` is only named in errors.

    Raises:
        XnorflowError: ``board-file``: not TOML, a key missing, unknown or of the wrong kind.
    """
    file = Strict(None, "", path, "board-file", _HINT)
    if len(content) > _MAX_BYTES:
        raise file.error(f"of at most {_MAX_BYTES} bytes, not {len(content)}")
    try:
        file = replace(file, value=tomllib.loads(content.decode()))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise file.error(f"TOML, not text with this fault: {error}") from error
    keys = ("title", "part", "family", "cap", "clock_mhz", "resources", "shell")
    data = file.table(*keys, *(("uart",) if "uart" in file.entries() else ()))
    return Board(
        name=name,
        title=data["title"].text(),
        part=data["part"].text(),
        family=families()[data["family"].one_of(tuple(families()))],
        resources=_resources(data["resources"], "source"),
        shell=_resources(data["shell"], "evidence", "source"),
        cap=data["cap"].above_zero(1.0),
        clock_mhz=data["clock_mhz"].above_zero(1000.0),
        uart=_uart(data["uart"]) if "uart" in data else None,
    )


def constraints_of(board: Board) -> bytes:
    """Where a board's clock and serial line are on its part: the ``pins.lpf`` in its folder.

    Raises:
        XnorflowError: ``board-file``: it is not there.
    """
    path = _home() / board.name / "pins.lpf"
    try:
        return path.read_bytes()
    except OSError as error:
        file = Strict(None, "", path, "board-file", "see boards/ulx3s-85f/pins.lpf")
        raise file.error(f"there for a board with a [uart], not fail: {error.strerror}") from error


def _uart(entry: Strict) -> Uart:
    table = entry.table("oscillator_mhz", "baud", "load", "source")
    table["source"].text()
    return Uart(
        oscillator_mhz=table["oscillator_mhz"].above_zero(1000.0),
        baud=table["baud"].whole(1, _MOST_BAUD),
        load=table["load"].text(),
    )


def _resources(entry: Strict, *texts: str) -> Resources:
    """Counts of primitives, with texts beside them that say where they come from."""
    table = entry.table(*_COUNTS, *texts)
    for name in texts:
        table[name].text()
    return Resources(**{name: table[name].whole(0, _MOST) for name in _COUNTS})


def _home() -> Path:
    module = importlib.import_module("xnorflow.board_files")
    assert module.__file__ is not None
    return Path(module.__file__).parent
