# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Places to work in under names of our own, beside what is to be replaced.

Each is locked as long as its process lives. What a killed process has left is locked by nobody, and
goes with the next place that is made beside it. Where the file system has no locks it stays.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import ENOENT
from pathlib import Path

from xnorflow.interrupts import shield

__all__ = ["is_free", "is_staging", "staged_file", "staging", "sweep"]

_NAME = re.compile(r"\.xnorflow-[0-9a-f]{16}")
_TRIES = 100
"""Far more than anybody's sweeps come between."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY
_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def is_staging(name: str) -> bool:
    """Whether a file or folder of that name is a place to work in."""
    return _NAME.fullmatch(name) is not None


def is_free(place: Path) -> bool:
    """Whether nothing is there, or a folder with nothing in it but what a killed run has left.

    Raises:
        OSError: that cannot be found out; ValueError: no path can be so.
    """
    if not place.exists():
        return True
    return place.is_dir() and all(is_staging(path.name) for path in place.iterdir())


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A new folder in ``parent``, for the time of the block.

    Raises:
        OSError: it cannot be made.
    """

    def make(path: Path) -> int:
        path.mkdir()
        return os.open(path, _FOLDER)

    with _place(parent, make) as (path, _):
        yield path


@contextmanager
def staged_file(parent: Path) -> Iterator[tuple[Path, int]]:
    """A new file in ``parent`` and its descriptor; gone after the block unless it was renamed.

    Raises:
        OSError: it cannot be made.
    """
    with _place(parent, lambda path: os.open(path, _FILE, 0o666)) as place:
        yield place


@contextmanager
def _place(parent: Path, make: Callable[[Path], int]) -> Iterator[tuple[Path, int]]:
    sweep(parent)
    made: list[tuple[Path, int]] = []
    try:
        with shield():
            made.append(_claimed(parent, make))
        yield made[0]
    finally:
        with shield():
            for path, descriptor in made:
                _remove(path)
                os.close(descriptor)


def _claimed(parent: Path, make: Callable[[Path], int]) -> tuple[Path, int]:
    """Made and locked; under another name where someone sweeps it between the two."""
    swept = FileNotFoundError(ENOENT, "no such file, or one that another process keeps removing")
    for _ in range(_TRIES):
        path = parent / f".xnorflow-{secrets.token_hex(8)}"
        try:
            descriptor = make(path)
        except FileNotFoundError as error:  # also where nothing can be made, as in /proc
            swept = error
            continue
        if _is_held(descriptor) and _is_there(path, descriptor):
            return path, descriptor
        os.close(descriptor)
    raise swept


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks, where nothing is swept either
        return True
    return True


def _is_there(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.lstat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def sweep(parent: Path) -> None:
    """Remove what killed processes have left in a folder."""
    with suppress(OSError):
        for path in parent.iterdir():
            if is_staging(path.name):
                _remove_if_left(path)


def _remove_if_left(path: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(path)
        finally:
            os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
