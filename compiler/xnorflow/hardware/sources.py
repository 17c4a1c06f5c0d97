# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog files, found by what they name: a file is called as its module or package."""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path

__all__ = ["COMMON", "KERNELS", "SHELLS", "folder_of", "module_sources", "shell_sources"]

KERNELS, COMMON, SHELLS = "xnorflow.kernels", "xnorflow.hw_common", "xnorflow.hw_shell"
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_NAMED = re.compile(r"\b([a-z_][a-z0-9_]*)\s*(?:#\s*\(|[a-z_][a-z0-9_]*\s*\(|::)")
"""A module with parameters or without, or the package of what follows."""


@cache
def folder_of(package: str) -> Path:
    """Where an installed package of data is."""
    module = importlib.import_module(package)
    assert module.__file__ is not None
    return Path(module.__file__).parent


def module_sources(kernel: str) -> tuple[Path, ...]:
    """The file of a kernel's module and all that it needs, each once, each after those it needs."""
    return _with_needed(folder_of(KERNELS) / kernel / f"{kernel}.sv")


def shell_sources(shell: str, module: str) -> tuple[Path, ...]:
    """The same of a module in a shell's folder."""
    return _with_needed(folder_of(SHELLS) / shell / f"{module}.sv")


def _with_needed(path: Path) -> tuple[Path, ...]:
    found: dict[Path, None] = {}
    _add(path, found, set())
    return tuple(found)


def _add(path: Path, found: dict[Path, None], seen: set[Path]) -> None:
    seen.add(path)
    for other in _needed(path):
        if other not in seen:  # tools refuse modules that hold each other
            _add(other, found, seen)
    found[path] = None


@cache
def _needed(path: Path) -> tuple[Path, ...]:
    """The files of the modules and packages that a file names; its own folder's come first."""
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    names = dict.fromkeys(match[1] for match in _NAMED.finditer(text))
    return tuple(file for name in names if (file := _file(name, path)) not in (None, path))


def _file(name: str, reader: Path) -> Path | None:
    found = _files().get(name, ())
    own = (path for path in found if path.parent == reader.parent)
    return next(own, found[0] if found else None)


@cache
def _files() -> dict[str, tuple[Path, ...]]:
    """All files of each module's or package's name, common ones first."""
    paths = (
        *sorted(folder_of(COMMON).glob("*.sv")),
        *sorted(folder_of(KERNELS).glob("*/*.sv")),
        *sorted(folder_of(SHELLS).glob("*/*.sv")),
    )
    found: dict[str, tuple[Path, ...]] = {}
    for path in paths:
        found[path.stem] = (*found.get(path.stem, ()), path)
    return found
