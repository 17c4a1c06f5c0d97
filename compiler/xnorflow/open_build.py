# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A build folder that commands work on: what they start from, and how their results get there."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from xnorflow.backends.bundle import Bundle
from xnorflow.backends.load import load_bundle
from xnorflow.backends.rtl import TOP
from xnorflow.builds.folder import locked, put_results
from xnorflow.builds.manifest import read_manifest
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.access import not_writable
from xnorflow.files.staging import staging
from xnorflow.hw_common.memory import damage_of
from xnorflow.report.file import read_report, write_report
from xnorflow.report.model import Report, Source
from xnorflow.report.sources import design_sha256, source_of

__all__ = ["OpenBuild"]

_IMAGE = ".hex"


class OpenBuild:
    """A build folder, which others may change at any time.

    Attributes:
        folder: where it is.
        notes: what there was to tell: files that were moved aside.

    Args:
        folder: where it is.
        design_sha256: of the design file that it must hold.
        clock_mhz: of that design.
    """

    def __init__(self, folder: Path, design_sha256: str, clock_mhz: float) -> None:
        self.folder = folder
        self.notes: list[Diagnostic] = []
        self._design_sha256, self._clock_mhz = design_sha256, clock_mhz

    @property
    def report(self) -> Report:
        """What is known so far, as in report.json; ``outdated`` says what no longer holds."""
        with locked(self.folder):
            return read_report(self.folder)

    def record(self, source: Source, add: Callable[[Report], Report]) -> None:
        """Add to the report what was found from this design and RTL.

        Raises:
            XnorflowError: ``build-changed``.
        """
        with self.unchanged(source):
            write_report(self.folder, add(read_report(self.folder)))

    def implemented(
        self, command: str, source: Source, run: Callable[[Path], Callable[[Report], Report]]
    ) -> Report:
        """Run a tool in a folder of its own; keep its results and logs, or its logs if it fails.

        Args:
            command: whose results these are, which are in a folder of that name.
            source: what they are found from.
            run: works in the folder that it gets, and gives what the report gets.
        """
        try:
            with staging(self.folder) as work:
                try:
                    add = run(work)
                except XnorflowError:
                    _leave(work, {"logs"})
                    with locked(self.folder, alone=True):
                        put_results(self.folder, work, f"failed {command}", self.notes.append)
                    raise
                _leave(work, {"logs", command})
                with self.unchanged(source):
                    write_report(work, add(read_report(self.folder)))
                    put_results(self.folder, work, command, self.notes.append)
                    return read_report(self.folder)
        except OSError as error:
            raise not_writable(self.folder, error) from error

    def holds(self, source: Source, place: str) -> bool:
        """Whether a file is there as synthesis of this RTL wrote it."""
        with locked(self.folder):
            synthesized = read_report(self.folder).evidence.synthesized
            return synthesized == source and read_manifest(self.folder).owns(self.folder, place)

    def rtl(self) -> tuple[Source, Bundle]:
        """The RTL in the folder, and which it is.

        Raises:
            XnorflowError: what is there is damaged, which is better found now than after a long
                run; ``build-changed``.
        """
        with locked(self.folder):
            read_report(self.folder)
            bundle = load_bundle(self.folder / "rtl", TOP, self._clock_mhz)
            self._check_images(bundle)
            self._require(design_sha256(self.folder) == self._design_sha256)
        return Source(self._design_sha256, bundle.sha256), bundle

    def _check_images(self, bundle: Bundle) -> None:
        """Refuse RTL of which memory images are gone or damaged."""
        written = (Path(name) for name in read_manifest(self.folder).files)
        images = [p.name for p in written if p.suffix == _IMAGE and p.parent == Path("rtl")]
        faults = [
            f"the RTL of a build folder must be complete, not without its memory image {name}"
            for name in images
            if name not in bundle.files
        ]
        for name, content in bundle.files.items():
            lacks = damage_of(content) if name.endswith(_IMAGE) else None
            if lacks is not None:
                faults.append(f"the memory image {name} must have {lacks}")
        hint = "make it again with `xnorflow compile`; if an image was edited, mend its first line"
        origin = Origin(file=str(self.folder / "rtl"))
        if faults:
            raise XnorflowError(*(Diagnostic("rtl-folder", f, hint, origin) for f in faults))

    @contextmanager
    def unchanged(self, source: Source) -> Iterator[None]:
        """The folder for ourselves, if it still holds what results are from.

        Raises:
            XnorflowError: ``build-changed``.
        """
        with locked(self.folder, alone=True):
            self._require(source_of(self.folder) == source)
            yield

    def _require(self, same: bool) -> None:
        if not same:
            raise XnorflowError(
                Diagnostic(
                    "build-changed",
                    "the design and the RTL of the build folder must stay as they are while a "
                    "command works on them, not change: nothing was recorded",
                    "run it again",
                    Origin(file=str(self.folder)),
                )
            )


def _leave(folder: Path, names: set[str]) -> None:
    """Remove all else from a folder."""
    for path in folder.iterdir():
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
