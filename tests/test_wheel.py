# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A wheel built from the repository works from an empty folder, without the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("compiler", "hw", "boards", "setup.cfg", "pyproject.toml", "README.md", "LICENSE")
CLEAN = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("source")
    for name in PARTS:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=CLEAN)
        else:
            shutil.copy(path, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-q", "-w", "dist", "."], cwd=source, check=True)
    (made,) = (source / "dist").glob("xnorflow-*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, and this one's packages except xnorflow."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # A folder named in a .pth is searched, but the .pth files in it, such as that of an editable
    # installation, are not read.
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    return home / "bin" / "python"


def run(python: Path, folder: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [python, *arguments], cwd=folder, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_the_wheel_is_what_is_imported(python: Path, tmp_path: Path) -> None:
    where = run(python, tmp_path, "-c", "import xnorflow; print(xnorflow.__file__)")
    assert Path(where.strip()).is_relative_to(python.parent.parent)


def test_kernels_and_boards_come_along(python: Path, tmp_path: Path) -> None:
    listed = run(python, tmp_path, "-m", "xnorflow", "kernels")
    for folder in (ROOT / "hw" / "kernels").glob("*/__init__.py"):
        assert folder.parent.name in listed
    listed = run(python, tmp_path, "-m", "xnorflow", "boards")
    for folder in (ROOT / "boards").glob("*/board.toml"):
        assert folder.parent.name in listed


def test_it_compiles_simulates_and_synthesises(python: Path, tmp_path: Path) -> None:
    model = ROOT / "models" / "tfc-mnist" / "model.onnx"
    command = ("compile", str(model), "--board", "pynq-z1", "--target-fps", "20000", "-o", "b")
    run(python, tmp_path, "-m", "xnorflow", *command)
    simulated = run(python, tmp_path, "-m", "xnorflow", "simulate", "b", "--images", "3")
    assert "mismatches: 0" in simulated
    assert "synthesized" in run(python, tmp_path, "-m", "xnorflow", "synth", "b")
    assert "mismatches: 0" in run(python, tmp_path, "-m", "xnorflow", "run", "b", "--images", "3")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


HARDWARE = {"kernels": "hw/kernels", "hw_common": "hw/common", "hw_shell": "hw/shell"}


def test_the_wheel_names_its_command_and_its_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (points,) = [name for name in names if name.endswith("entry_points.txt")]
        assert "xnorflow = xnorflow.__main__:run" in archive.read(points).decode()
    assert "xnorflow/py.typed" in names
    assert "xnorflow/toolchains/templates/synth.ys.j2" in names
    shipped = {name for name in names if name.endswith((".sv", ".svh"))}
    expected = {
        f"xnorflow/{home}/{path.relative_to(ROOT / folder)}"
        for home, folder in HARDWARE.items()
        for path in (ROOT / folder).rglob("*.sv*")
    }
    assert shipped == expected
