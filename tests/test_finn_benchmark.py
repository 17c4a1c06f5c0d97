# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The comparison with FINN+ takes folders as users give them, and empties none of theirs."""

from __future__ import annotations

import subprocess
import sys
import venv
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "finn_export.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = spec_from_file_location("finn_export", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "finn_export", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("options", [[], ["--environment", "env", "--work", "../work"]])
def test_folders_are_found_from_wherever_a_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ModuleType, options: list[str]
) -> None:
    seen: list[Path] = []

    def environment(folder: Path, _: str) -> Path:
        seen.append(folder)
        return folder / "bin" / "python"

    def run(_: Any, models: Path, work: Path, python: Path, __: list[str]) -> list[str]:
        seen.extend((models, work, python))
        return []

    monkeypatch.setattr(script, "_environment", environment)
    monkeypatch.setattr(script, "_run", run)
    monkeypatch.setattr(sys, "argv", ["finn_export.py", "models", *options])
    monkeypatch.chdir(tmp_path)
    assert script.main() == 0
    assert len(seen) == 1 + 3 * len(script.CASES)
    assert all(path.is_absolute() for path in seen)


def test_an_environment_takes_no_place_of_the_users_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ModuleType
) -> None:
    monkeypatch.setattr(venv, "create", lambda *_, **__: pytest.fail("must not be made"))
    for name, file in (("photos", "cat.jpg"), ("own", "pyvenv.cfg")):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("photos", "own", "file"):
        with pytest.raises(SystemExit, match=f"{name} must be new, empty or an environment that"):
            script._environment(tmp_path / name, "torch")


@pytest.mark.parametrize("name", ["new", "empty", "half-made"])
def test_an_environment_is_made_where_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: ModuleType, name: str
) -> None:
    made: list[Path] = []

    def create(folder: Path, **_: bool) -> None:
        folder.mkdir(exist_ok=True)
        made.append(folder)

    def run(*_: Any, **__: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 0, b"[]")

    monkeypatch.setattr(venv, "create", create)
    monkeypatch.setattr(subprocess, "run", run)
    (tmp_path / "empty").mkdir()
    (tmp_path / "half-made").mkdir()
    (tmp_path / "half-made" / "finn-begun").touch()
    assert script._environment(tmp_path / name, "torch") == tmp_path / name / "bin" / "python"
    assert made == [tmp_path / name]
