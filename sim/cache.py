# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Where builds and synthesis results are kept between runs."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["cache_folder", "forget_unused", "locked", "mark_used"]

_KEEP_DAYS = 30


def cache_folder() -> Path:
    """Where builds are kept: xnorflow/cocotb in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) / "xnorflow" / "cocotb"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def mark_used(path: Path) -> None:
    """Say that an entry of the cache was of use now."""
    os.utime(path)


def forget_unused() -> None:
    """Remove what has been of no use for 30 days; others may add and remove meanwhile."""
    oldest = time.time() - _KEEP_DAYS * 86_400
    for path in cache_folder().iterdir():
        try:
            unused = path.name != "runtime" and path.stat().st_mtime < oldest
        except FileNotFoundError:
            continue
        if not unused:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock: one process at a time."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
