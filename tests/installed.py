# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The package as it is installed, in a folder of its own, to which files can be added."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["CLEAN", "ROOT", "install", "run"]

ROOT = Path(__file__).parent.parent
CLEAN = shutil.ignore_patterns("__pycache__")


def install(tree: Path) -> None:
    """Copy everything that is installed, and the benches of kernels, into an empty folder."""
    for source, target in (
        ("compiler/xnorflow", "xnorflow"),
        ("hw/kernels", "xnorflow/kernels"),
        ("hw/common", "xnorflow/hw_common"),
        ("boards", "xnorflow/board_files"),
        ("sim", "sim"),
    ):
        shutil.copytree(ROOT / source, tree / target, ignore=CLEAN)
    shutil.copy(ROOT / "setup.cfg", tree)


def run(tree: Path, *arguments: str, code: int = 0) -> str:
    """What Python says, run with these arguments in the folder and with the package there."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout
