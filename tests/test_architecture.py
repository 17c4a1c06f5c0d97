# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The shape of the code: imports point left, heavy ones wait, every file says whose it is."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "compiler" / "xnorflow"

ORDER = (
    ("__init__",),
    ("interrupts",),
    ("ir",),
    ("staging",),
    ("files", "npy"),
    ("hw_common",),
    ("kernels", "boards"),
    ("frontend",),
    ("passes",),
    ("folding",),
    ("backends",),
    ("toolchains",),
    ("simulate",),
    ("verify",),
    ("deploy",),
    ("report",),
    ("finn",),
    ("pytorch",),
    ("arrays", "manifest"),
    ("exchange",),
    ("folder",),
    ("results",),
    ("accelerator",),
    ("api",),
    ("explore",),
    ("train",),
    ("cli",),
    ("__main__",),
)
"""Left to right; what stands at one place does not import each other."""

RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
LONGEST_FILE = 400


def sources() -> list[Path]:
    kernels = [p for p in (ROOT / "hw").rglob("*.py") if not p.name.startswith(("test_", "tb_"))]
    return sorted([*PACKAGE.rglob("*.py"), *kernels])


def home(path: Path) -> str:
    """The part of the package that a file belongs to."""
    if path.is_relative_to(PACKAGE):
        first = path.relative_to(PACKAGE).parts[0]
        return first.removesuffix(".py")
    return "kernels" if path.is_relative_to(ROOT / "hw" / "kernels") else "hw_common"


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} must import by full name"
            module = node.module or ""
            if module == "xnorflow":
                yield from (f"xnorflow.{alias.name}" for alias in node.names)
            else:
                yield module


def part_of(module: str) -> str | None:
    """The part of the package that a module belongs to; None for other packages."""
    names = module.split(".")
    if names[0] != "xnorflow":
        return None
    return names[1] if len(names) > 1 and names[1] in RANK else "__init__"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_left(path: Path) -> None:
    own = home(path)
    if own == "__init__":
        return  # names what users import, resolved on first use
    for module in imported(path):
        other = part_of(module)
        if other is not None and other != own:
            assert RANK[other] < RANK[own], f"{own} must not import {module}"


def test_only_the_frontend_reads_onnx() -> None:
    importers = {
        home(path)
        for path in sources()
        for module in imported(path)
        if module.split(".")[0] in ("onnx", "qonnx", "onnxruntime")
    }
    assert importers <= {"frontend", "finn", "pytorch"}
    assert "frontend" in importers


def test_only_training_and_modules_need_torch() -> None:
    importers = {
        home(path)
        for path in sources()
        for module in imported(path)
        if module.split(".")[0] in ("torch", "brevitas", "onnxscript", "onnxoptimizer")
    }
    assert importers <= {"pytorch", "train"}


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def tracked() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in done.stdout.decode().splitlines()]


def test_every_source_file_has_the_licence_header() -> None:
    kinds = {".py", ".sv", ".svh", ".v", ".vlt", ".hpp", ".cpp", ".j2", ".toml", ".cfg", ".tcl"}
    header = ("SPDX-FileCopyrightText: 2026 The xnorflow authors", "License-Identifier: Apache-2.0")
    lacking = []
    for path in tracked():
        if path.is_file() and (path.suffix in kinds or path.name == "Makefile"):
            head = "\n".join(path.read_text().splitlines()[:4])
            if not all(line in head for line in header):
                lacking.append(path.name)
    assert lacking == []


HEAVY = ("numpy", "onnx", "qonnx", "onnxruntime", "jinja2", "rich", "torch", "sympy", "numba")


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_needs_no_heavy_module(argument: str) -> None:
    code = (
        "import sys\nfrom xnorflow.cli import main\n"
        f"try:\n    main([{argument!r}])\n"
        "except SystemExit as end:\n    assert end.code == 0\n"
        f"heavy = [n for n in {HEAVY!r} if n in sys.modules]\n"
        "assert not heavy, heavy\n"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert time.monotonic() - started < 2  # half a second on an idle machine


def test_the_package_itself_imports_nothing_heavy_until_used() -> None:
    code = (
        "import sys, xnorflow\n"
        f"heavy = [n for n in {HEAVY!r} if n in sys.modules]\n"
        "assert not heavy, heavy\n"
        "assert {'compile', 'load', 'Accelerator'} <= set(dir(xnorflow))\n"
        "try:\n    xnorflow.nothing\n"
        "except AttributeError as e:\n    assert 'nothing' in str(e)\n"
        "else:\n    raise SystemExit(1)\n"
        "assert xnorflow.XnorflowError.__name__ == 'XnorflowError'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_package_is_installed() -> None:
    listed = (ROOT / "setup.cfg").read_text().split("packages =\n", 1)[1].split("\n[", 1)[0]
    packages = {line.strip() for line in listed.splitlines() if line.strip().startswith("xnorflow")}
    folders = {
        ".".join(("xnorflow", *path.parent.relative_to(PACKAGE).parts))
        for path in PACKAGE.rglob("__init__.py")
    }
    assert folders <= packages
