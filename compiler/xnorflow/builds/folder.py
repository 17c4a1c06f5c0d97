# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The build folder as a whole: how it is known, locked, made and changed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import EEXIST, ENOENT, ENOTEMPTY
from pathlib import Path

from xnorflow.builds.exchange import exchange
from xnorflow.builds.manifest import MANIFEST, Manifest, read_manifest, write_manifest
from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.files.access import not_writable, place_of
from xnorflow.files.staging import is_free, staging

__all__ = [
    "is_build_folder",
    "locked",
    "new_build_folder",
    "put_results",
    "require_build_folder",
    "require_output",
]

Tell = Callable[[Diagnostic], None]

_EXPORT = "model.onnx"
"""The export of a module: it may be what is compiled next, and stays until another comes."""


def is_build_folder(path: Path) -> bool:
    """Whether ``xnorflow compile`` made this folder, be it that it was killed in between."""
    return isinstance(_manifest_or_fault(path), Manifest)


def require_build_folder(path: Path) -> Path:
    """The path itself.

    Raises:
        XnorflowError: ``build-folder``: it is not a build folder, or not a complete one.
    """
    _known(path)
    return path


@contextmanager
def locked(path: Path, *, alone: bool = False) -> Iterator[None]:
    """Nobody else changes the build folder during the block; or uses it, with ``alone``.

    For short: others wait. A lock goes with its process, however that ends. Where the file system
    has none, the block just runs.

    Raises:
        XnorflowError: ``build-folder``: it is not there.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except (OSError, ValueError) as error:
        raise _no_build(path, _what_is_there(path)) from error
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def new_build_folder(path: Path, tell: Tell = lambda note: None) -> Iterator[Path]:
    """A folder for a new build, which gets to ``path`` when the block ends well.

    What commands wrote into an earlier build there goes; all else in it stays, or is moved aside
    by name. On any error, Ctrl-C included, ``path`` is as it was.

    Args:
        path: where to.
        tell: called with a note on files that were moved aside.

    Raises:
        XnorflowError: ``output-folder``: something else is there; ``not-writable``.
    """
    made: list[Path] = []
    try:
        place = _require_replaceable(path)
        made = [parent for parent in place.parents if not parent.exists()]
        place.parent.mkdir(parents=True, exist_ok=True)
        with staging(place if place.is_dir() else place.parent) as work:
            fresh = work / "new"
            fresh.mkdir()
            yield fresh
            _take_place(fresh, place, tell)
    except BaseException as error:
        for parent in made:
            with suppress(OSError):
                parent.rmdir()
        if isinstance(error, OSError):
            raise not_writable(path, error) from error
        raise


def put_results(path: Path, fresh: Path, command: str, tell: Tell) -> None:
    """Put a command's files in place of those that it wrote earlier; the folder must be locked.

    Raises:
        XnorflowError: ``not-writable``, ``build-folder``; the folder is as it was.
    """
    known = _known(path)
    stale = [name for name, entry in known.files.items() if entry.command == command]
    try:
        _tell_of(path, exchange(path, fresh, command, known, stale), tell)
    except OSError as error:
        raise not_writable(path, error) from error


def require_output(path: Path, build: Path, given: Path | None) -> None:
    """Refuse a file for results that would take another's place.

    Args:
        path: where results are to be written.
        build: the build folder that is worked on.
        given: the file that is read.

    Raises:
        XnorflowError: ``not-writable``; ``output-file``: it is the file that is read, a file that a
            command wrote into the build, or one among its RTL.
    """
    place = place_of(path)
    if not place.parent.is_dir():
        raise not_writable(path, FileNotFoundError(ENOENT, "no such folder"))
    if given is not None and _same(place, given):
        found = "the input file"
    elif any(_same(place, build / name) for name in (MANIFEST, *_known(build).files)):
        found = "a file of the build"
    elif place.is_relative_to(os.path.realpath(build / "rtl")):
        found = "one among the RTL of the build"
    else:
        return
    fault = f"the file for results must be one of its own, not {found}"
    hint = "give another file with --out"
    raise XnorflowError(Diagnostic("output-file", fault, hint, Origin(file=str(path))))


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def _take_place(fresh: Path, place: Path, tell: Tell) -> None:
    if not place.exists():
        write_manifest(fresh, Manifest().of(fresh, "compile"))
        try:
            fresh.rename(place)
            return
        except OSError as error:
            if error.errno not in (EEXIST, ENOTEMPTY):  # these say that another was faster
                raise
    with locked(place, alone=True):
        _require_replaceable(place)
        found = _manifest_or_fault(place)
        known = found if isinstance(found, Manifest) else Manifest()
        stale = [name for name in known.files if name != _EXPORT]
        _tell_of(place, exchange(place, fresh, "compile", known, stale), tell)


def _require_replaceable(path: Path) -> Path:
    """The path without links, of nothing, an empty folder or a build."""
    try:
        place = Path(os.path.realpath(path))
        place.lstat()
    except FileNotFoundError:
        return place
    except ValueError as error:
        raise not_writable(path, error) from error
    if place.is_symlink():
        found = "a link that leads in circles"
    elif place == Path.cwd() or place in Path.cwd().parents:
        found = "the current folder or one above it"
    elif not place.is_dir():
        found = "a file"
    elif not is_build_folder(place) and not is_free(place):
        found = f"a folder with other files in it and no {MANIFEST} of a build"
    else:
        return place
    raise XnorflowError(
        Diagnostic(
            "output-folder",
            f"the output folder must be new, empty or an earlier build, not {found}",
            "give another folder with -o",
            Origin(file=str(path)),
        )
    )


def _tell_of(path: Path, moved: list[tuple[str, str]], tell: Tell) -> None:
    for before, after in moved:
        tell(
            Diagnostic(
                "kept-aside",
                f"{before} must give way to new files, and is not as a command wrote it: "
                f"it is kept as {after}",
                "look at what you need of it, and remove it",
                Origin(file=str(path)),
                Severity.WARNING,
            )
        )


def _known(path: Path) -> Manifest:
    """The manifest of a complete build.

    Raises:
        XnorflowError: ``build-folder``.
    """
    found = _manifest_or_fault(path)
    if isinstance(found, str):
        ours = _has_design(path) or (path / MANIFEST).is_file()
        raise _no_build(path, found, _ELSEWHERE if ours else _GIVE)
    if not found.complete:
        raise _no_build(path, "one whose files were being replaced when that was killed", _AGAIN)
    return found


def _manifest_or_fault(path: Path) -> Manifest | str:
    if not (path / MANIFEST).is_file():
        return _what_is_there(path)
    try:
        return read_manifest(path)
    except XnorflowError as error:
        return f"one whose {MANIFEST} is damaged: {error.diagnostics[0].message}"


def _has_design(path: Path) -> bool:
    """Whether it may be a build of an earlier version, without a manifest."""
    return (path / "design.json").is_file() and not (path / MANIFEST).exists()


def _what_is_there(path: Path) -> str:
    try:
        if _has_design(path):
            return f"one of an earlier version, with a design.json and no {MANIFEST}"
        if path.is_dir():
            return f"a folder without {MANIFEST}"
        return "a file" if path.exists() else "nothing there"
    except OSError as error:
        return f"a path that fails with: {error.strerror}"


_AGAIN = "make it again with `xnorflow compile`"
_ELSEWHERE = f"{_AGAIN}, in another folder"  # what in this one is the user's is not known
_GIVE = "give the folder that was named with -o"


def _no_build(path: Path, found: str, hint: str = _GIVE) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "build-folder",
            f"{path} must be a folder that `xnorflow compile` made, not {found}",
            hint,
            Origin(file=str(path)),
        )
    )
