# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Cases kept as JSON: what once failed is replayed by the tests from then on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.fuzz.network import Case, from_json, to_json

FOLDER = Path(__file__).parent.parent / "regressions"


def save(case: Case, why: str, folder: Path = FOLDER) -> Path:
    """Keep a case; equal cases share a file."""
    folder.mkdir(parents=True, exist_ok=True)
    content = to_json(case)
    name = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"why": why, **content}, indent=1) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> Case:
    return from_json(json.loads(path.read_text(encoding="utf-8")))
