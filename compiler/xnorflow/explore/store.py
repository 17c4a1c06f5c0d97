# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The folder of an exploration: a file a point, written when it is done, so that none is lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from xnorflow.boards.board import Board
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.explore.outcome import Outcome, Point
from xnorflow.explore.work import Problem
from xnorflow.files.access import not_writable, read_json, write_atomic
from xnorflow.files.codec import encode
from xnorflow.files.staging import is_free
from xnorflow.files.strict import Strict
from xnorflow.ir.graph import Graph
from xnorflow.version import __version__

__all__ = ["Store"]

_MANIFEST = "explore.json"
_MAX_BYTES = 16 << 20
_CODE = "explore-folder"
_ANEW = "remove it, and run again"
_OTHER = "give another folder with -o, or remove this one"


class Store:
    """An exploration's folder.

    Attributes:
        folder: where it is.
    """

    def __init__(self, folder: Path, network: Problem) -> None:
        """Open a folder, or make it.

        Raises:
            XnorflowError: ``explore-folder``: it holds something else; ``not-writable``.
        """
        self.folder = folder
        self._model = network.graph.model.sha256
        self._points = folder / "points"
        wanted = {
            "xnorflow": __version__,
            "model": self._model,
            **_input(network.graph),
            "board": network.board.name,
            "board_sha256": _sha256(network.board),
            "clock_mhz": network.clock_mhz,
        }
        manifest = folder / _MANIFEST
        try:
            free = is_free(folder)
        except (OSError, ValueError) as error:
            raise not_writable(folder, error) from error
        if not free:
            if not manifest.is_file():
                raise _error(folder, "new, empty or an earlier exploration, not something else")
            _require(manifest, wanted)
        _make(folder)
        _write(manifest, wanted)  # first of all files: it tells that the folder is ours
        _make(self._points)

    def known(self) -> dict[Point, Outcome]:
        """What earlier runs have found.

        Raises:
            XnorflowError: ``explore-folder``: a file is not as this version writes it.
        """
        found: dict[Point, Outcome] = {}
        for path in sorted(self._points.glob("[0-9]*.json")):
            data = read_json(path, _CODE, "a point", _MAX_BYTES, hint=_ANEW)
            outcome = Outcome.read(Strict(data, "point", path, _CODE, _ANEW))
            if path != self._path(outcome.point):
                fault = f"the point {outcome.point.key} must be in a file of that name, not another"
                raise _refusal(path, fault, _ANEW)
            found[outcome.point] = outcome
        return found

    def put(self, outcome: Outcome) -> None:
        """Keep what became of a point.

        Raises:
            XnorflowError: ``not-writable``.
        """
        _write(self._path(outcome.point), outcome.to_json())

    def put_front(self, best: Sequence[Outcome], points: int) -> None:
        """Write ``front.json``, and a folding file for each design of the front.

        Folding files of points that are no more of the front are removed.

        Raises:
            XnorflowError: ``not-writable``.
        """
        foldings = self.folder / "foldings"
        _make(foldings)
        stays = {outcome.point.key for outcome in best}
        for path in self._points.glob("[0-9]*.json"):
            if path.stem not in stays:
                _remove(foldings / path.name)
        for outcome in best:
            _write(foldings / f"{outcome.point.key}.json", outcome.folding_file(self._model))
        _write(
            self.folder / "front.json",
            {"points": points, "front": [outcome.to_json() for outcome in best]},
        )

    def put_picture(self, picture: bytes | None) -> None:
        """Write ``front.png``, or with None remove an earlier one.

        Raises:
            XnorflowError: ``not-writable``.
        """
        path = self.folder / "front.png"
        if picture is None:
            _remove(path)
        else:
            write_atomic(path, picture)

    def _path(self, point: Point) -> Path:
        return self._points / f"{point.key}.json"


def _sha256(board: Board) -> str:
    content = encode(board) | {"family": board.family.name}
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _require(manifest: Path, wanted: dict[str, object]) -> None:
    found = read_json(manifest, _CODE, "the exploration's file", _MAX_BYTES, hint=_OTHER)
    for key, value in wanted.items():
        there = found.get(key) if isinstance(found, dict) else None
        if there != value:
            raise _error(
                manifest, f"for the same {key} ({value}), not for another ({ascii(there)[:80]})"
            )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise not_writable(folder, error) from error


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise not_writable(path, error) from error


def _write(path: Path, data: object) -> None:
    write_atomic(path, f"{json.dumps(data, indent=1, allow_nan=False)}\n".encode())


def _error(path: Path, rule: str) -> XnorflowError:
    fault = f"the folder of an exploration must be {rule}"
    return _refusal(path, fault, _OTHER)


def _refusal(path: Path, fault: str, hint: str) -> XnorflowError:
    return XnorflowError(Diagnostic(_CODE, fault, hint, Origin(file=str(path))))


def _input(graph: Graph) -> dict[str, object]:
    """What enters, by the names of the options that say so."""
    host = graph.host_input
    return {
        "input_type": str(graph.input_type),
        "input_scale": host.scale,
        "input_mean": list(host.mean),
        "input_std": list(host.std),
    }
