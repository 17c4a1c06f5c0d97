# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The build folder as a whole: made beside its place, moved there complete."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from xnorflow.files import not_writable
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError

__all__ = ["is_build_folder", "new_build_folder", "require_build_folder"]

_OURS = (
    "design.json",
    "design.npz",
    "report.json",
    "report.html",
    "rtl",
    "hls",
    "synth",
    "synth.partial",
    "bitstream",
    "logs",
    "steps",
)
"""What commands write into a build folder; a new compile removes it with the old design."""


def is_build_folder(path: Path) -> bool:
    """Whether ``xnorflow compile`` made this folder."""
    return (path / "design.json").is_file() and (path / "rtl").is_dir()


def require_build_folder(path: Path) -> Path:
    """The path itself.

    Raises:
        XnorflowError: ``build-folder``: it is not a build folder.
    """
    if is_build_folder(path):
        return path
    found = "a folder without design.json and rtl" if path.is_dir() else "nothing there"
    found = "a file" if path.is_file() else found
    raise XnorflowError(
        Diagnostic(
            "build-folder",
            f"{path} must be a folder that `xnorflow compile` made, not {found}",
            "give the folder that was named with -o",
            Origin(file=str(path)),
        )
    )


@contextmanager
def new_build_folder(path: Path) -> Iterator[Path]:
    """A temporary folder that takes the place of ``path`` when the block ends well.

    An earlier build folder there is replaced as a whole; files in it that no command wrote are
    carried over. On any error, Ctrl-C included, ``path`` stays as it was.

    Raises:
        XnorflowError: ``output-folder``: something else is there; ``not-writable``.
    """
    path = path.resolve()
    work = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    made: list[Path] = []
    try:
        _check_replaceable(path)
        made = [parent for parent in path.parents if not parent.exists()]
        work.mkdir(parents=True)
        yield work
        _take_place(work, path)
    except BaseException as error:
        shutil.rmtree(work, ignore_errors=True)
        for parent in made:
            _remove_if_empty(parent)
        if isinstance(error, OSError):
            raise not_writable(path, error) from error
        raise


def _check_replaceable(path: Path) -> None:
    if path == Path.cwd() or path in Path.cwd().parents:
        found = "the current folder or one above it"
    elif path.is_dir() and not is_build_folder(path) and any(path.iterdir()):
        found = "a folder with other files in it"
    elif path.exists() and not path.is_dir():
        found = "a file"
    else:
        return
    raise XnorflowError(
        Diagnostic(
            "output-folder",
            f"the output folder must be new, empty or an earlier build, not {found}",
            "give another folder with -o",
            Origin(file=str(path)),
        )
    )


def _take_place(work: Path, path: Path) -> None:
    if not path.exists():
        work.rename(path)
        return
    old = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    path.rename(old)
    try:
        work.rename(path)
    except BaseException:
        old.rename(path)
        raise
    for entry in old.iterdir():
        if entry.name not in _OURS and not (path / entry.name).exists():
            entry.rename(path / entry.name)
    shutil.rmtree(old, ignore_errors=True)


def _remove_if_empty(path: Path) -> None:
    with suppress(OSError):
        path.rmdir()
