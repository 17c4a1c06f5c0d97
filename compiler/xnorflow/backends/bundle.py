# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The Bundle: what a backend generates, as bytes, before any tool runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from xnorflow.files.access import not_writable

__all__ = ["IF_EDITED", "SOURCES", "Bundle", "combined_sha256"]

SOURCES = "sources.txt"
"""Name of the file that lists a Bundle's sources in compile order, one a line."""

IF_EDITED = "if rtl/ was edited, mend it or make it again with `xnorflow compile`"
"""The hint where a Bundle that was written is at fault."""


@dataclass(frozen=True)
class Bundle:
    """Generated files; the same Design gives the same bytes.

    Attributes:
        files: name -> content; all in one flat folder.
        sources: names of the HDL files in compile order, headers and memory images excluded.
        top: name of the top module.
        clock_mhz: the clock that the design is meant for.
    """

    files: Mapping[str, bytes]
    sources: tuple[str, ...]
    top: str
    clock_mhz: float

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """SHA-256 of every file, by name."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of all files, as ``combined_sha256``."""
        return combined_sha256(self.files)

    def write(self, folder: Path) -> None:
        """Write all files to a new folder.

        Raises:
            XnorflowError: ``not-writable``: also where something is there.
        """
        try:
            folder.mkdir(parents=True)
            for name, content in self.files.items():
                (folder / name).write_bytes(content)
        except OSError as error:
            raise not_writable(folder, error) from error


def combined_sha256(files: Mapping[str, bytes]) -> str:
    """One SHA-256 of files by name: that of the list which `sha256sum` prints of them."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()
