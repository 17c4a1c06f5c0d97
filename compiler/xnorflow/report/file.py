# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""report.json in a build folder, read strictly and written whole."""

from __future__ import annotations

import json
from pathlib import Path

from xnorflow.builds.manifest import REPORT
from xnorflow.files.access import read_json, write_atomic
from xnorflow.report.model import Report
from xnorflow.report.sources import marked

__all__ = ["read_report", "write_report"]

_MAX_BYTES = 16 << 20


def read_report(folder: Path) -> Report:
    """The report of a build folder, with marks on figures that are of other RTL or another design.

    Raises:
        XnorflowError: ``report-file``: not there, cut off, or not as this version writes it.
    """
    path = folder / REPORT
    data = read_json(path, "report-file", "the report", _MAX_BYTES)
    return marked(Report.from_json(data, str(path)), folder)


def write_report(folder: Path, report: Report) -> None:
    """Replace the report of a build folder in one step.

    Raises:
        XnorflowError: ``not-writable``.
    """
    text = json.dumps(report.to_json(), indent=1, allow_nan=False)
    write_atomic(folder / REPORT, f"{text}\n".encode())
