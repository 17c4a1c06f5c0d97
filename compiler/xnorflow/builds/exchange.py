# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Put a command's new files into a build folder: all or none, and no file of the user's lost.

The folder stays where it is, and what no command wrote stays where it is in it. What stands in the
way of a new file, or was changed since a command wrote it, is moved to a folder ``kept-N`` inside.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from xnorflow.builds.manifest import MANIFEST, Manifest, files_below, write_manifest
from xnorflow.files.staging import staging
from xnorflow.interrupts import shield

__all__ = ["exchange"]


def exchange(
    folder: Path, fresh: Path, command: str, known: Manifest, stale: Iterable[str]
) -> list[tuple[str, str]]:
    """Move all files below another folder into the build folder, in place of earlier ones.

    Nobody else may change the folder meanwhile.

    Args:
        folder: the build folder.
        fresh: holds the new files; on the same file system.
        command: that wrote them.
        known: the folder's manifest.
        stale: files in the manifest that go, whether there are new ones of their names or not.

    Returns:
        What was moved aside: its path in the folder, and the new one.

    Raises:
        OSError, XnorflowError: with the folder as it was.
    """
    names = files_below(fresh)
    gone = dict.fromkeys([*stale, *(name for name in names if name in known.files)])
    aside = _in_the_way(folder, known, gone, names)
    marks = {
        "before": known,
        "during": replace(known.of(fresh, command), complete=False),
        "after": replace(known.without(gone).of(fresh, command), complete=True),
    }
    kept = _free_name(folder)
    moves = _Moves()
    with staging(folder) as work:
        for when, manifest in marks.items():  # what takes room is written before anything moves
            (work / when).mkdir()
            write_manifest(work / when, manifest)
        links = _links(folder, aside, kept, work)
        with shield():
            try:
                (work / "during" / MANIFEST).replace(folder / MANIFEST)
                for name in aside:
                    if name in links:
                        moves.move(folder / name, work / "old" / name)
                    moves.move(links.get(name, folder / name), folder / kept / name)
                for name in gone:
                    if known.owns(folder, name) and not _crosses_link(folder, name):
                        moves.move(folder / name, work / "old" / name)
                for name in names:
                    moves.move(fresh / name, folder / name)
                (work / "after" / MANIFEST).replace(folder / MANIFEST)
            except BaseException:
                moves.undo()
                if known.files:
                    (work / "before" / MANIFEST).replace(folder / MANIFEST)
                else:
                    (folder / MANIFEST).unlink()
                raise
            moves.remove_empty(folder)
    return [(name, f"{kept}/{name}") for name in aside]


def _in_the_way(
    folder: Path, known: Manifest, gone: Iterable[str], names: Iterable[str]
) -> list[str]:
    """What is not ours, but stands where files come or go."""
    found: dict[str, None] = {}
    for name in dict.fromkeys([*gone, *names]):
        parents = [str(parent) for parent in PurePosixPath(name).parents][-2::-1]
        wall = next((p for p in parents if _is_wall(folder / p)), None)
        path = folder / name
        if wall is not None:
            found[wall] = None
        elif (path.is_symlink() or path.exists()) and not known.owns(folder, name):
            found[name] = None
    return list(found)


def _is_wall(path: Path) -> bool:
    """Whether something is there that is no folder; a link to one may lead anywhere."""
    return path.is_symlink() or (path.exists() and not path.is_dir())


def _crosses_link(folder: Path, name: str) -> bool:
    return any((folder / parent).is_symlink() for parent in PurePosixPath(name).parents)


def _links(folder: Path, aside: Iterable[str], kept: str, work: Path) -> dict[str, Path]:
    """For relative links that are moved aside such that lead from there to where they lead now."""
    links: dict[str, Path] = {}
    for name in aside:
        path = folder / name
        if path.is_symlink() and not path.readlink().is_absolute():
            back = os.path.relpath(path.parent, (folder / kept / name).parent)
            links[name] = work / "links" / name
            links[name].parent.mkdir(parents=True, exist_ok=True)
            links[name].symlink_to(Path(back, path.readlink()))
    return links


def _free_name(folder: Path) -> str:
    number = 1
    while os.path.lexists(folder / f"kept-{number}"):
        number += 1
    return f"kept-{number}"


@dataclass
class _Moves:
    """Renames that can be taken back, and the folders made for them."""

    done: list[tuple[Path | None, Path]] = field(default_factory=list)

    def move(self, source: Path, target: Path) -> None:
        """Rename, into a folder that is made if need be."""
        lacking = [parent for parent in target.parents if not parent.exists()]
        for parent in reversed(lacking):
            parent.mkdir()
            self.done.append((None, parent))
        source.rename(target)
        self.done.append((source, target))

    def undo(self) -> None:
        """Take all back, the last first; the folders that things came from are still there."""
        for source, target in reversed(self.done):
            if source is None:
                target.rmdir()  # before what it replaced comes back
            else:
                target.rename(source)

    def remove_empty(self, folder: Path) -> None:
        """Remove the folders below ``folder`` that the moves have emptied."""
        for source, _ in self.done:
            for parent in source.parents if source else ():
                if parent == folder or not parent.is_relative_to(folder):
                    break
                with suppress(OSError):
                    parent.rmdir()
