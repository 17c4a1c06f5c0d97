# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The folder of an exploration: a file a point, written when it is done, so that none is lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from xnorflow import __version__
from xnorflow.explore.outcome import Outcome, Point
from xnorflow.explore.work import Network
from xnorflow.files import not_writable, read_json, write_atomic
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.report.codec import CodecError

__all__ = ["Store"]

_MANIFEST = "explore.json"
_MAX_BYTES = 16 << 20
_CODE = "explore-folder"


class Store:
    """An exploration's folder.

    Attributes:
        folder: where it is.
    """

    def __init__(self, folder: Path, network: Network) -> None:
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
            "board": network.board.name,
            "clock_mhz": network.clock_mhz,
        }
        manifest = folder / _MANIFEST
        if manifest.exists():
            self._require(manifest, wanted)
        elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise _error(folder, "new, empty or an earlier exploration, not something else")
        try:
            self._points.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_writable(folder, error) from error
        _write(manifest, wanted)

    def known(self) -> dict[Point, Outcome]:
        """What earlier runs have found.

        Raises:
            XnorflowError: ``explore-folder``: a file is not as this version writes it.
        """
        found: dict[Point, Outcome] = {}
        for path in sorted(self._points.glob("[0-9]*.json")):
            data = read_json(path, _CODE, "a point", _MAX_BYTES, hint="remove it, and run again")
            try:
                outcome = Outcome.from_json(data)
            except CodecError as error:
                raise _error(path, f"as this version writes it: {error}") from error
            found[outcome.point] = outcome
        return found

    def put(self, outcome: Outcome) -> None:
        """Keep what became of a point.

        Raises:
            XnorflowError: ``not-writable``.
        """
        _write(self._points / f"{outcome.point.key}.json", outcome.to_json())

    def put_front(self, best: Sequence[Outcome], points: int) -> None:
        """Write ``front.json``, and a folding file for each design of the front.

        Raises:
            XnorflowError: ``not-writable``.
        """
        foldings = self.folder / "foldings"
        try:
            foldings.mkdir(exist_ok=True)
        except OSError as error:
            raise not_writable(foldings, error) from error
        for outcome in best:
            _write(foldings / f"{outcome.point.key}.json", outcome.folding_file(self._model))
        _write(
            self.folder / "front.json",
            {"points": points, "front": [outcome.to_json() for outcome in best]},
        )

    def _require(self, manifest: Path, wanted: dict[str, object]) -> None:
        found = read_json(manifest, _CODE, "the exploration's file", _MAX_BYTES)
        for key, value in wanted.items():
            there = found.get(key) if isinstance(found, dict) else None
            if there != value:
                raise _error(
                    manifest, f"for the same {key} ({value}), not for another ({ascii(there)[:80]})"
                )


def _write(path: Path, data: object) -> None:
    write_atomic(path, f"{json.dumps(data, indent=1, allow_nan=False)}\n".encode())


def _error(path: Path, rule: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            _CODE,
            f"the folder of an exploration must be {rule}",
            "give another folder with -o, or remove this one",
            Origin(file=str(path)),
        )
    )
