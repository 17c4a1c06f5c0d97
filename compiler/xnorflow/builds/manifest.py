# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""build.json: the mark of a build folder, and which files in it are a command's, not the user's."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from xnorflow.files.access import read_json, write_atomic
from xnorflow.files.codec import decode, encode
from xnorflow.files.strict import Strict
from xnorflow.version import __version__

__all__ = [
    "MANIFEST",
    "REPORT",
    "Entry",
    "Manifest",
    "files_below",
    "read_manifest",
    "write_manifest",
]

MANIFEST = "build.json"
REPORT = "report.json"
"""Which every command writes again."""

_SCHEMA = 1
_MARK = "a build folder of xnorflow"
_CODE = "build-folder"
_HINT = "make the build folder again with `xnorflow compile`"
_MAX_BYTES = 64 << 20
_PART_BYTES = 1 << 20


@dataclass(frozen=True)
class Entry:
    """A file that a command has written.

    Attributes:
        command: which one.
        sha256: of what it wrote; None for the report, which later commands write again.
    """

    command: str
    sha256: str | None


@dataclass(frozen=True)
class Manifest:
    """What build.json says. Field names are its keys.

    Attributes:
        this: says what the folder is.
        schema: of this file.
        xnorflow: the version that wrote it.
        complete: false while files are being replaced, hence where that was killed.
        files: path in the folder, with slashes -> what is known of it.
    """

    this: str = _MARK
    schema: int = _SCHEMA
    xnorflow: str = __version__
    complete: bool = True
    files: dict[str, Entry] = field(default_factory=dict)

    def of(self, folder: Path, command: str) -> Manifest:
        """With all files below another folder, as a command's."""
        found = {name: _entry(folder / name, name, command) for name in files_below(folder)}
        return replace(self, files=dict(sorted({**self.files, **found}.items())))

    def without(self, names: Mapping[str, object]) -> Manifest:
        """Without some files."""
        left = {name: entry for name, entry in self.files.items() if name not in names}
        return replace(self, files=left)

    def owns(self, folder: Path, name: str) -> bool:
        """Whether what stands there now is what a command wrote, unchanged."""
        entry, path = self.files.get(name), folder / name
        if entry is None or path.is_symlink() or not path.is_file():
            return False
        return entry.sha256 is None or entry.sha256 == _sha256(path)


def files_below(folder: Path) -> list[str]:
    """All files in a folder and below, as paths with slashes, but for the manifest."""
    found = [
        (Path(place) / name).relative_to(folder).as_posix()
        for place, _, names in os.walk(folder)
        for name in names
    ]
    return sorted(name for name in found if name != MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a build folder.

    Raises:
        XnorflowError: ``build-folder``: it is missing, or is something else.
    """
    path = folder / MANIFEST
    entry = Strict(read_json(path, _CODE, MANIFEST, _MAX_BYTES), MANIFEST, path, _CODE, _HINT)
    found = decode(Manifest, entry)
    if found.this != _MARK or found.schema != _SCHEMA:
        raise entry.error(f"of {_MARK}, schema {_SCHEMA}, not {found.schema}")
    for name, file in found.files.items():
        parts = PurePosixPath(name).parts or ("",)
        if "/".join(parts) != name or {"..", MANIFEST} & {*parts} or "\0" in name:
            raise entry.error(f"about files in the folder, not {ascii(name)[:60]}")
        if file.sha256 is None and name != REPORT:
            raise entry.error(f"one with a SHA-256 of {ascii(name)[:60]}, not null")
    return found


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest in one step.

    Raises:
        XnorflowError: ``not-writable``.
    """
    text = json.dumps(encode(manifest), indent=1, allow_nan=False)
    write_atomic(folder / MANIFEST, f"{text}\n".encode())


def _entry(path: Path, name: str, command: str) -> Entry:
    return Entry(command, None if name == REPORT else _sha256(path))


def _sha256(path: Path) -> str:
    """Of a file of any size."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):
            found.update(part)
    return found.hexdigest()
