# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The examples run from an empty folder and show what they promise."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("brevitas", reason="needs the extra train")


def run(folder: Path, *arguments: str) -> str:
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_s_model_compiles(tmp_path: Path) -> None:
    shown = (ROOT / "README.md").read_text().partition("<!-- own model -->\n```python\n")[2]
    code = shown.partition("```")[0]
    assert "Sequential for pynq-z1" in run(tmp_path, "-c", f"{code}\nprint(acc)")


def test_own_model(tmp_path: Path) -> None:
    shown = run(tmp_path, str(ROOT / "examples" / "own_model.py"))
    share = re.search(r"^right: ([\d.]+)% of 200 images$", shown, re.M)
    assert share
    assert float(share[1]) > 90
    assert "outputs that differ from PyTorch's: 0\n" in shown
    assert "frames that differ in Verilator: 0\n" in shown
    assert "verified    20 frames in verilator, 0 mismatches" in shown
    assert (tmp_path / "build" / "own-model" / "model.onnx").is_file()
