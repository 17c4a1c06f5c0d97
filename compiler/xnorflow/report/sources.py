# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a build folder holds now, and which figures of its report are of something else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from xnorflow.backends.load import rtl_sha256
from xnorflow.design.restore import MAX_DESIGN_BYTES
from xnorflow.diagnostics import XnorflowError
from xnorflow.files.access import read_file
from xnorflow.report.model import Outdated, Report, Source
from xnorflow.report.routing import BitstreamEntry

__all__ = ["design_sha256", "marked", "source_of"]

_REMEDIES = {
    "estimated": "xnorflow compile",
    "simulated": "xnorflow simulate",
    "verified": "xnorflow simulate",
    "synthesized": "xnorflow synth",
    "routed": "xnorflow route",
    "packed": "xnorflow bitstream",
    "measured": "xnorflow run",
}
_DESIGN = "of another design"
_MOST_BITSTREAM_BYTES = 1 << 27
_RTL = "of other RTL"
_GONE = "of a file that is no longer there as it was"


def _is_there(folder: Path, packed: BitstreamEntry) -> bool:
    try:
        content = read_file(folder / packed.file, _MOST_BITSTREAM_BYTES)
    except (OSError, ValueError):
        return False
    return hashlib.sha256(content).hexdigest() == packed.sha256


def design_sha256(folder: Path) -> str:
    """The SHA-256 of a build folder's design.json; nothing where that cannot be read."""
    try:
        content = read_file(folder / "design.json", MAX_DESIGN_BYTES)
        return hashlib.sha256(content).hexdigest()
    except (OSError, ValueError):
        return ""


def source_of(folder: Path) -> Source:
    """The design and RTL that a build folder holds; nothing for what cannot be read."""
    try:
        return Source(design_sha256(folder), rtl_sha256(folder / "rtl"))
    except XnorflowError:
        return Source(design_sha256(folder), "")


def marked(report: Report, folder: Path) -> Report:
    """The report with a mark on all that is not of the design and RTL in its folder."""
    sources = {name: getattr(report.evidence, name) for name in _REMEDIES}
    found = {name: source for name, source in sources.items() if source is not None}
    looked_at_rtl = any(source.rtl_sha256 is not None for source in found.values())
    here = source_of(folder) if looked_at_rtl else Source(design_sha256(folder))
    causes = {
        name: _DESIGN if source.design_sha256 != here.design_sha256 else _RTL
        for name, source in found.items()
        if source.design_sha256 != here.design_sha256
        or source.rtl_sha256 not in (None, here.rtl_sha256)
    }
    packed = report.bitstream
    if packed is not None and "packed" not in causes and not _is_there(folder, packed):
        causes["packed"] = _GONE
    outdated = tuple(Outdated(name, cause, _REMEDIES[name]) for name, cause in causes.items())
    return replace(report, outdated=outdated)
