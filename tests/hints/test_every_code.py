# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""For every code of docs/diagnostics.md there is a test that does what its hint says."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.hints.follows import follows

HERE = Path(__file__).parent
PAGE = HERE.parent.parent / "docs" / "diagnostics.md"


def listed() -> set[str]:
    rows = [line.split("|")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    return {code for row in rows for code in re.findall(r"`([^`]+)`", row)}


def followed() -> set[str]:
    decorators = [
        decorator
        for path in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name)
        if decorator.func.id == follows.__name__
    ]
    return {ast.literal_eval(code) for decorator in decorators for code in decorator.args}


def test_the_hint_of_every_code_is_followed() -> None:
    assert followed() == listed()
