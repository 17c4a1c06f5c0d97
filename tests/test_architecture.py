# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The shape of the code: imports point left, heavy ones wait, every file says whose it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from xnorflow.hardware.families import families

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "compiler" / "xnorflow"

ORDER = (
    ("",),
    ("interrupts", "diagnostics", "version"),
    ("files",),
    ("builds",),
    ("ir",),
    ("frontend.read",),
    ("frontend.trace",),
    ("frontend.evaluate",),
    ("frontend.lower",),
    ("frontend",),
    ("passes",),
    ("timing",),
    ("hardware",),
    ("hw_common",),
    ("kernels", "hw_shell"),
    ("boards",),
    ("design",),
    ("folding",),
    ("backends",),
    ("host",),
    ("deploy",),
    ("toolchains",),
    ("simulate",),
    ("verify",),
    ("report",),
    ("finn", "pytorch"),
    ("results", "folding_files", "open_build", "running"),
    ("implementation",),
    ("accelerator",),
    ("api",),
    ("explore", "train"),
    ("cli",),
    ("__main__",),
    ("sim",),
    ("tests",),
    ("benchmarks", "examples"),
)
"""Left to right; what stands at one place does not import each other."""

RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
LONGEST_FILE = 400

HARDWARE = {"kernels": "kernels", "common": "hw_common", "shell": "hw_shell"}
"""How the folders in hw/ are installed."""


def sources() -> list[Path]:
    """All Python files; of those beside kernels, tests are of ``tests`` and grids of ``sim``."""
    folders = (PACKAGE, *(ROOT / name for name in ("hw", "sim", "tests", "benchmarks", "examples")))
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def product() -> list[Path]:
    """The files that are installed and are no tests."""
    last = RANK["__main__"]
    return [path for path in sources() if RANK[home(path)] <= last]


def home(path: Path) -> str:
    """The part that a file belongs to."""
    if path.is_relative_to(PACKAGE):
        names = path.relative_to(PACKAGE).with_suffix("").parts
        return part_of(".".join(("xnorflow", *names)).removesuffix(".__init__")) or ""
    folder, kind = path.relative_to(ROOT).parts[:2]
    if folder != "hw":
        return folder
    if path.name.startswith("test_"):
        return "tests"
    if path.name == "grid.py":
        return "sim"
    return HARDWARE[kind]


def module_of(path: Path) -> str:
    """By which name a file is imported."""
    if path.is_relative_to(PACKAGE):
        names = ("xnorflow", *path.relative_to(PACKAGE).with_suffix("").parts)
    elif path.is_relative_to(ROOT / "hw"):
        _, folder, *rest = path.relative_to(ROOT).with_suffix("").parts
        names = ("xnorflow", HARDWARE[folder], *rest)
    else:
        names = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(names).removesuffix(".__init__")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} must import by full name"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(module: str) -> str | None:
    """The part that a module belongs to; None for other packages."""
    names = module.split(".")
    if names[0] in ("sim", "tests", "benchmarks", "examples"):
        return names[0]
    if names[0] != "xnorflow":
        return None
    parts = (".".join(names[1:end]) for end in range(len(names), 0, -1))
    return next(part for part in parts if part in RANK)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_left(path: Path) -> None:
    own = home(path)
    if own == "":
        return  # names what users import, resolved on first use
    for module in imported(path):
        other = part_of(module)
        if other is not None and other != own:
            assert RANK[other] < RANK[own], f"{own} must not import {module}"


def test_files_import_in_no_circle() -> None:
    files = {module_of(path): path for path in sources()}
    open_files: dict[str, bool] = {}

    def visit(module: str) -> None:
        assert not open_files.get(module, False), f"{module} imports itself by way of others"
        if module not in open_files:
            open_files[module] = True
            for other in set(imported(files[module])):
                if other in files and other not in ("xnorflow", module):
                    visit(other)
            open_files[module] = False

    for module in files.keys() - {"xnorflow"}:  # which resolves its names on first use
        visit(module)


def test_the_host_needs_numpy_alone() -> None:
    code = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        first = name.split('.')[0]\n"
        "        standard = first in sys.stdlib_module_names or first.startswith('__editable__')\n"
        "        if not standard and first not in ('numpy', 'xnorflow'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "from xnorflow.host import answers, arrays, frames, meaning, packing\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_only_the_frontend_reads_onnx() -> None:
    importers = {
        home(path).split(".")[0]
        for path in product()
        for module in imported(path)
        if module.split(".")[0] in ("onnx", "qonnx", "onnxruntime")
    }
    assert importers <= {"frontend", "finn", "pytorch"}
    assert "frontend" in importers


def test_only_training_and_modules_need_torch() -> None:
    importers = {
        home(path)
        for path in product()
        for module in imported(path)
        if module.split(".")[0] in ("torch", "brevitas", "onnxscript", "onnxoptimizer")
    }
    assert importers <= {"pytorch", "train"}


@pytest.mark.parametrize("path", product(), ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_FILE


def test_only_its_own_file_names_a_family() -> None:
    """What differs from family to family is asked of the family."""
    home_of_families = PACKAGE / "hardware" / "families"
    others = [p for p in sources() if p.parent != home_of_families and home(p) != "tests"]
    naming = [
        path
        for path in others
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in families()
    ]
    assert naming == []
    templates = [p for folder in (PACKAGE, ROOT / "hw", ROOT / "sim") for p in folder.rglob("*.j2")]
    assert templates
    assert not [p for p in templates for name in families() if name in p.read_text()]


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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


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
