# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Reading and writing files so that nothing is half-written and no input is trusted."""

from __future__ import annotations

import json
import os
import stat
from errno import ELOOP, ENODEV
from pathlib import Path

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.staging import staged_file

__all__ = ["not_writable", "place_of", "read_file", "read_json", "write_atomic"]


def write_atomic(path: Path, content: bytes) -> None:
    """Write a file under another name beside it, then rename; a link is followed.

    A file that is replaced keeps its permissions.

    Raises:
        XnorflowError: ``not-writable``.
    """
    place = place_of(path)
    try:
        with staged_file(place.parent) as (staged, descriptor):
            with os.fdopen(os.dup(descriptor), "wb") as file:
                file.write(content)
            if place.exists():
                os.fchmod(descriptor, stat.S_IMODE(place.stat().st_mode))
            staged.replace(place)
    except OSError as error:
        raise not_writable(path, error) from error


def place_of(path: Path) -> Path:
    """The file that writing to ``path`` makes or replaces, links followed.

    Raises:
        XnorflowError: ``not-writable``: links in a loop, a folder, or what is no file, such as a
            device, and must not be replaced by one.
    """
    try:
        place = Path(os.path.realpath(path))
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return place
    except (OSError, ValueError) as error:
        raise not_writable(path, error) from error
    if stat.S_ISREG(mode):
        return place
    if stat.S_ISLNK(mode):
        raise not_writable(path, OSError(ELOOP, os.strerror(ELOOP)))
    found = "it is a folder" if stat.S_ISDIR(mode) else "it is a device, a pipe or a socket"
    raise not_writable(path, OSError(found))


def read_file(path: Path, max_bytes: int) -> bytes:
    """The content of a file in a folder that is not trusted.

    Raises:
        OSError: it cannot be read, or is no file, such as a device or a pipe without an end.
        ValueError: it is larger.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(ENODEV, "it is no file")
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f"at most {max_bytes} bytes")
    return content


def read_json(
    path: Path,
    code: str,
    what: str,
    max_bytes: int,
    hint: str = "make it again with `xnorflow compile`",
) -> object:
    """The parsed content of a JSON file that may be missing, cut off or hostile.

    Args:
        path: the file.
        code: code of the Diagnostic raised.
        what: what the file is, for the message.
        max_bytes: the largest size read.
        hint: what to do about a faulty one.

    Raises:
        XnorflowError: not there, too large, not JSON (NaN and Infinity are not), or with a key
            twice in one object.
    """

    def refused(fault: str) -> XnorflowError:
        return XnorflowError(
            Diagnostic(code, f"{what} must be {fault}", hint, Origin(file=str(path)))
        )

    try:
        content = read_file(path, max_bytes)
    except OSError as error:
        raise refused(f"readable, not fail with: {error.strerror or error}") from error
    except ValueError as error:
        raise refused(f"{error}, not more") from error
    try:
        text = content.decode()
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise refused(f"complete JSON, not fail with: {error}") from error


def not_writable(path: Path, error: OSError | ValueError) -> XnorflowError:
    """The error for a place that cannot be written."""
    return XnorflowError(
        Diagnostic(
            "not-writable",
            f"{path} must be writable, not fail with: {getattr(error, 'strerror', None) or error}",
            "check the permissions and free space, or choose another place",
            Origin(file=str(path)),
        )
    )


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not a JSON number")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {ascii(twice)[:60]} stands there twice")
    return made
