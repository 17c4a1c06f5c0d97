# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a model file to a build folder, and back from a build folder."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from xnorflow.accelerator import Accelerator
from xnorflow.folder import locked, new_build_folder, require_build_folder
from xnorflow.folding.board import Board
from xnorflow.folding.boards import load_board
from xnorflow.folding.design import Design
from xnorflow.folding.verdict import Found
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError

__all__ = ["clock_of", "compile", "load", "write_build"]

_TOOLS = ("numba", "numpy", "onnx", "onnxruntime", "ortools", "qonnx")
_MAX_CLOCK_MHZ = 1000.0


def compile(  # noqa: A001 - xnorflow.compile is the name users expect
    model: str | PathLike[str],
    board: str,
    *,
    target_fps: float | None = None,
    folding: str | PathLike[str] | None = None,
    clock_mhz: float | None = None,
    minimize: Literal["lut", "bram18", "area"] | None = None,
    input_scale: float = 1.0,
    output: str | PathLike[str] | None = None,
    dump_steps: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Accelerator:
    """Compile a QONNX model for a board.

    Args:
        model: the ``.onnx`` file.
        board: a name that `xnorflow boards` shows.
        target_fps: frames per second to reach with as little hardware as possible; without it
            and ``folding``, as many as the board has room for.
        folding: a folding file, xnorflow's or FINN's, instead of a target.
        clock_mhz: the accelerator's clock; the board's own by default.
        minimize: of what a design takes the least: ``lut``, the default for a target, ``bram18``,
            or ``area``, LUTs with a block RAM counted as 24, the default for a folding file.
        input_scale: what one step of the stored integer is worth where the graph wants floats.
        output: the build folder; by default a temporary one that goes with the Accelerator.
        dump_steps: also write each step as text to the build folder's ``steps``.
        progress: called with what is being done.

    Raises:
        XnorflowError: with one Diagnostic or more; nothing is left half-written.
    """
    from xnorflow.finn.read import hold_against, read_any_folding
    from xnorflow.folding.search import fold
    from xnorflow.frontend.load import load_model
    from xnorflow.passes.pipeline import run_passes

    say = progress or (lambda text: None)
    target = load_board(board)
    clock = clock_of(target, clock_mhz)
    if target_fps is not None:
        _positive(target_fps, "target FPS", math.inf)
        if folding is not None:
            raise XnorflowError(
                Diagnostic(
                    "folding-twice",
                    "the folding must come from a target FPS or a file, not both",
                    "leave one of the two out",
                )
            )
    wanted = None if folding is None else read_any_folding(Path(folding))
    temporary = TemporaryDirectory(prefix="xnorflow-") if output is None else None
    folder = Path(temporary.name) / "build" if temporary else Path(output or "")
    notes: list[Diagnostic] = []
    with new_build_folder(folder, notes.append) as work:
        dump = _dumper(work / "steps") if dump_steps else None
        say("reading the model")
        graph = load_model(Path(model), input_scale=input_scale, dump=dump)
        graph = run_passes(graph, dump=dump)
        file, graph = hold_against(wanted, graph)
        say("choosing foldings")
        found = fold(graph, target, clock, target_fps=target_fps, folding=file, minimize=minimize)
        say("writing RTL")
        design_sha256 = _write(found, work)
    made = Accelerator(folder.resolve(), found.design, design_sha256, temporary)
    made.notes += notes
    return made


def load(folder: str | PathLike[str]) -> Accelerator:
    """Open an earlier build folder.

    Raises:
        XnorflowError: it is not one, or is damaged.
    """
    from xnorflow.folding.store import load as load_design
    from xnorflow.report.sources import design_sha256

    with locked(Path(folder)):
        path = require_build_folder(Path(folder))
        design: Design = load_design(path)
        return Accelerator(path, design, design_sha256(path))


def clock_of(board: Board, clock_mhz: float | None) -> float:
    """The accelerator's clock: the one asked for, or the board's own.

    Raises:
        XnorflowError: ``bad-number``.
    """
    if clock_mhz is None:
        return board.clock_mhz
    return _positive(clock_mhz, "clock", _MAX_CLOCK_MHZ)


def write_build(found: Found, folder: Path) -> Accelerator:
    """Write a folded network to a new build folder.

    Raises:
        XnorflowError: as ``new_build_folder``.
    """
    with new_build_folder(folder) as work:
        design_sha256 = _write(found, work)
    return Accelerator(folder, found.design, design_sha256)


def _write(found: Found, folder: Path) -> str:
    """Write RTL, design and report to an existing folder; the SHA-256 of the design's file."""
    from xnorflow.backends.rtl import generate
    from xnorflow.folding.store import save
    from xnorflow.report.assemble import estimated_report
    from xnorflow.report.file import write_report
    from xnorflow.report.sources import design_sha256

    generate(found.design).write(folder / "rtl")
    save(found.design, folder)
    sha256 = design_sha256(folder)
    write_report(folder, estimated_report(found, _versions(), sha256))
    return sha256


def _dumper(folder: Path) -> Callable[[str, str | bytes], None]:
    """A function that writes a named step to a file in a new folder."""
    folder.mkdir()

    def dump(name: str, content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)

    return dump


def _positive(value: object, what: str, high: float) -> float:
    try:
        number = math.nan if isinstance(value, (bool, str)) else float(value)  # type: ignore[arg-type]
    except (OverflowError, TypeError, ValueError):
        number = math.nan
    if math.isfinite(number) and 0 < number <= high:
        return number
    limit = f" and at most {high:g}" if math.isfinite(high) else ""
    shown = ascii(value)[:60] if math.isnan(number) else f"{number:g}"
    raise XnorflowError(
        Diagnostic(
            "bad-number",
            f"the {what} must be a number above 0{limit}, not {shown}",
            "give another number, or leave it out",
        )
    )


def _versions() -> dict[str, str | None]:
    return {"python": platform.python_version(), **{name: version(name) for name in _TOOLS}}
