# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Read boards/<name>/board.toml, strictly."""

from __future__ import annotations

import difflib
import importlib
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xnorflow.boards.board import Board
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.hardware.resources import Resources

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["board_names", "load_board", "parse_board"]

_FAMILIES = ("ecp5", "xc7")
_COUNTS = ("lut", "ff", "bram18", "dsp")
_MAX_BYTES = 64 * 1024


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
    reader = _Reader(path)
    if len(content) > _MAX_BYTES:
        raise reader.error(f"the file must be at most {_MAX_BYTES} bytes, not {len(content)}")
    try:
        data = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise reader.error(f"the file must be TOML, not text with this fault: {error}") from error
    top = ("title", "part", "family", "cap", "clock_mhz", "resources", "shell")
    reader.exact_keys(data, top, "the file")
    family = reader.text(data, "family")
    if family not in _FAMILIES:
        raise reader.error(f"family must be one of {', '.join(_FAMILIES)}, not {family!r}")
    return Board(
        name=name,
        title=reader.text(data, "title"),
        part=reader.text(data, "part"),
        family=family,
        resources=reader.resources(data, "resources", ("source",)),
        shell=reader.resources(data, "shell", ("evidence", "source")),
        cap=reader.number(data, "cap", 1.0),
        clock_mhz=reader.number(data, "clock_mhz", 1000.0),
    )


class _Reader:
    """Typed access to one board.toml; every complaint names the file and the key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def error(self, message: str) -> XnorflowError:
        hint = "see boards/pynq-z1/board.toml for a complete example"
        return XnorflowError(Diagnostic("board-file", message, hint, Origin(file=str(self._path))))

    def exact_keys(self, table: Mapping[str, object], keys: tuple[str, ...], place: str) -> None:
        unknown = sorted(set(table) - set(keys))
        missing = [key for key in keys if key not in table]
        if unknown or missing:
            parts = [f"unknown {key!r}" for key in unknown] + [f"no {key!r}" for key in missing]
            raise self.error(
                f"{place} must have exactly the keys {', '.join(keys)}, not {', '.join(parts)}"
            )

    def text(self, table: Mapping[str, object], key: str) -> str:
        value = table[key]
        if not isinstance(value, str) or not value:
            raise self.error(f"{key} must be a text, not {value!r}")
        return value

    def number(self, table: Mapping[str, Any], key: str, high: float) -> float:
        value = table[key]
        numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
        if numeric and math.isfinite(value) and 0 < value <= high:
            return float(value)
        raise self.error(f"{key} must be a number above 0 and at most {high:g}, not {value!r}")

    def resources(self, data: Mapping[str, object], key: str, texts: tuple[str, ...]) -> Resources:
        table = data[key]
        if not isinstance(table, dict):
            raise self.error(f"{key} must be a table, not {table!r}")
        self.exact_keys(table, (*_COUNTS, *texts), key)
        for name in texts:
            self.text(table, name)
        for name in _COUNTS:
            value = table[name]
            if type(value) is not int or value < 0:
                raise self.error(f"{key}.{name} must be a whole number from 0 up, not {value!r}")
        return Resources(**{name: table[name] for name in _COUNTS})


def _home() -> Path:
    module = importlib.import_module("xnorflow.board_files")
    assert module.__file__ is not None
    return Path(module.__file__).parent
