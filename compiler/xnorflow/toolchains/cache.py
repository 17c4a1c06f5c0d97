# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Built things kept in the user's cache folder by a hash of all they were made from.

An entry is a folder with a manifest of hashes. It is made under another name and renamed, one
process at a time; an entry that no longer agrees with its manifest is made again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.files.access import not_writable
from xnorflow.files.staging import is_staging, staging, sweep

__all__ = ["cache_folder", "digest", "kept", "path_of"]

_MANIFEST = "manifest.json"
_MOST_ENTRIES = 48
_YOUNG_S = 24 * 3600.0


def cache_folder() -> Path:
    """``xnorflow`` in the user's cache folder: $XDG_CACHE_HOME, or ~/.cache.

    Raises:
        XnorflowError: ``no-home``: neither is known.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():
        return Path(base) / "xnorflow"
    try:
        return Path.home() / ".cache" / "xnorflow"
    except RuntimeError as error:
        raise XnorflowError(
            Diagnostic(
                "no-home",
                "the user's home folder must be known, not missing",
                "set XDG_CACHE_HOME to a folder where built simulations can be kept",
            )
        ) from error


def digest(parts: Iterable[bytes | str]) -> str:
    """A key for an entry: a hash over the parts and their lengths."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little") + data)
    return state.hexdigest()[:40]


def path_of(kind: str, key: str) -> Path:
    """Where an entry is, or will be."""
    return cache_folder() / kind / key


def kept(kind: str, key: str, make: Callable[[Path], None]) -> Path:
    """The entry's folder, complete and unchanged since it was made.

    Args:
        kind: name of a family of entries; old ones of the same family are dropped in time.
        key: from ``digest``.
        make: fills a new, empty folder, if there is no good entry; it may raise.

    Raises:
        XnorflowError: ``not-writable``, or what ``make`` raises.
    """
    place = path_of(kind, key)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        sweep(place.parent)
        with place.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_good(place):
                _make(place, make)
            os.utime(place)
        _prune(place.parent)
    except OSError as error:
        raise not_writable(place.parent, error) from error
    return place


def _make(place: Path, make: Callable[[Path], None]) -> None:
    with staging(place.parent) as folder:
        work = folder / "entry"
        work.mkdir()
        make(work)
        files = (path for path in sorted(work.rglob("*")) if path.is_file())
        hashes = {str(path.relative_to(work)): _hash(path) for path in files}
        (work / _MANIFEST).write_text(json.dumps(hashes, indent=1), encoding="utf-8")
        shutil.rmtree(place, ignore_errors=True)
        work.rename(place)


def _is_good(place: Path) -> bool:
    try:
        hashes = json.loads((place / _MANIFEST).read_text(encoding="utf-8"))
        return all(_hash(place / name) == value for name, value in hashes.items())
    except (OSError, ValueError, AttributeError):
        return False


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _prune(folder: Path) -> None:
    """Drop the entries unused for longest, but none of the last day: it may be in use."""
    now = time.time()
    with contextlib.suppress(OSError):
        entries = [p for p in folder.iterdir() if p.is_dir() and not is_staging(p.name)]
        entries.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in entries[_MOST_ENTRIES:]:
            if now - path.stat().st_mtime > _YOUNG_S:
                shutil.rmtree(path, ignore_errors=True)
                path.with_suffix(".lock").unlink(missing_ok=True)
