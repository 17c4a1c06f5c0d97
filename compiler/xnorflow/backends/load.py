# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Read a Bundle back from the folder it was written to, changes made there included."""

from __future__ import annotations

import re
from pathlib import Path

from xnorflow.backends.bundle import SOURCES, Bundle, combined_sha256
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError

__all__ = ["load_bundle", "rtl_sha256"]

_MAX_BYTES = 1 << 30
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


def load_bundle(folder: Path, top: str, clock_mhz: float) -> Bundle:
    """What a build folder's ``rtl`` holds now.

    Raises:
        XnorflowError: ``rtl-folder``: not there, without its list of sources, or with a source
            missing.
    """
    files = _files(folder)
    listed = files.get(SOURCES, b"").decode(errors="replace").split()
    missing = [name for name in listed if not _NAME.fullmatch(name) or name not in files]
    if not listed or missing:
        fault = f"without {missing[0]!r}" if missing else f"without {SOURCES}"
        raise _refusal(folder, f"complete, not {fault}")
    return Bundle(files, tuple(listed), top, clock_mhz)


def rtl_sha256(folder: Path) -> str:
    """The SHA-256 of a build folder's ``rtl``: what `LC_ALL=C; sha256sum * | sha256sum` says.

    Raises:
        XnorflowError: ``rtl-folder``: not there, or not readable.
    """
    return combined_sha256(_files(folder))


def _files(folder: Path) -> dict[str, bytes]:
    """All files but hidden ones, which editors leave."""
    try:
        paths = [p for p in sorted(folder.iterdir()) if p.is_file() and not p.name.startswith(".")]
        if sum(path.stat().st_size for path in paths) > _MAX_BYTES:
            raise _refusal(folder, f"at most {_MAX_BYTES} bytes in all, not more")
        return {path.name: path.read_bytes() for path in paths}
    except OSError as error:
        raise _refusal(folder, f"readable, not fail with: {error.strerror}") from error


def _refusal(folder: Path, fault: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "rtl-folder",
            f"the RTL of a build folder must be {fault}",
            "make it again with `xnorflow compile`",
            Origin(file=str(folder)),
        )
    )
