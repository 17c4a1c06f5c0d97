# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""From a model to a build folder, and back from a build folder."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from xnorflow.accelerator import Accelerator
from xnorflow.boards.board import Board
from xnorflow.boards.read import load_board
from xnorflow.builds.folder import locked, new_build_folder, require_build_folder
from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.folding.verdict import Found
from xnorflow.hardware.catalog import kernels_for
from xnorflow.ir.input_spec import InputSpec, input_spec
from xnorflow.pytorch.extra import import_extra, is_module

if TYPE_CHECKING:
    from xnorflow.frontend.account import NodeAccount
    from xnorflow.frontend.load import Dump
    from xnorflow.ir.graph import Graph
    from xnorflow.pytorch.extra import Frame, Module
    from xnorflow.report.model import InputEntry

__all__ = ["Check", "check", "clock_of", "compile", "load", "write_build"]

_TOOLS = ("numba", "numpy", "onnx", "onnxruntime", "ortools", "qonnx")
_MAX_CLOCK_MHZ = 1000.0


def compile(  # noqa: A001 - xnorflow.compile is the name users expect
    model: str | PathLike[str] | Module,
    board: str,
    *,
    example_input: Frame | None = None,
    target_fps: float | None = None,
    folding: str | PathLike[str] | None = None,
    clock_mhz: float | None = None,
    minimize: Literal["lut", "bram18", "area"] | None = None,
    input_type: str | None = None,
    input_scale: float | None = None,
    input_mean: float | Sequence[float] | None = None,
    input_std: float | Sequence[float] | None = None,
    output: str | PathLike[str] | None = None,
    dump_steps: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Accelerator:
    """Compile a model for a board.

    Args:
        model: a QONNX file, or a trained ``torch.nn.Module`` of Brevitas layers, a copy of which
            is exported in evaluation mode to the build folder's ``model.onnx``.
        board: a name that `xnorflow boards` shows.
        example_input: a frame of batch 1 as the module takes it, a tensor or an array; the
            export must give the module's outputs for it. Not for a file.
        target_fps: frames per second to reach with as little hardware as possible; without it
            and ``folding``, as many as the board has room for.
        folding: a folding file, xnorflow's or FINN's, instead of a target.
        clock_mhz: the accelerator's clock; the board's own by default.
        minimize: of what a design takes the least: ``lut``, the default for a target, ``bram18``,
            or ``area``, LUTs with block RAMs and DSP slices at the family's prices, the default for
            a folding file.
        input_type: what the input arrays hold: ``uint8``, ``int8``, ``bipolar``, ...; by default
            what the model says, or pixels. The report tells which.
        input_scale: what one step of the stored integer is worth where the graph wants floats.
        input_mean: subtracted from that, one number or one a channel.
        input_std: divides that, likewise.
        output: the build folder; by default a temporary one that goes with the Accelerator.
        dump_steps: also write each step as text to the build folder's ``steps``.
        progress: called with what is being done.

    Raises:
        XnorflowError: with one Diagnostic or more; nothing is left half-written.
    """
    from xnorflow.folding.search import fold
    from xnorflow.folding_files import held_against, read_any_folding
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
    given = input_spec(input_type, input_scale, input_mean, input_std)
    wanted = None if folding is None else read_any_folding(Path(folding))
    temporary = TemporaryDirectory(prefix="xnorflow-") if output is None else None
    folder = Path(temporary.name) / "build" if temporary else Path(output or "")
    notes: list[Diagnostic] = []
    with new_build_folder(folder, notes.append) as work:
        dump = _dumper(work / "steps") if dump_steps else None
        graph = _read(model, example_input, work, given, dump, say)
        graph = run_passes(graph, dump=dump)
        file, left_out = held_against(wanted, graph)
        graph = replace(graph, notes=(*graph.notes, *left_out))
        say("choosing foldings")
        found = fold(graph, target, clock, target_fps=target_fps, folding=file, minimize=minimize)
        say("writing RTL")
        design_sha256 = _write(found, work)
    made = Accelerator(folder.resolve(), found.design, design_sha256, temporary)
    made.notes.extend(notes)
    return made


@dataclass(frozen=True)
class Check:
    """What becomes of a model.

    Attributes:
        nodes: every node of it, and what it becomes.
        input: what enters; None where that is not known.
        faults: all that is wrong; a model without any compiles, where it fits a board.
        notes: what the user should know.
        layers: how many layers it has.
        binary_macs: binary multiply-accumulates a frame.
    """

    nodes: tuple[NodeAccount, ...]
    input: InputEntry | None
    faults: tuple[Diagnostic, ...]
    notes: tuple[Diagnostic, ...] = ()
    layers: int = 0
    binary_macs: int = 0


def check(
    model: str | PathLike[str],
    *,
    input_type: str | None = None,
    input_scale: float | None = None,
    input_mean: float | Sequence[float] | None = None,
    input_std: float | Sequence[float] | None = None,
) -> Check:
    """What each node of a model becomes, and all that is wrong with it; needs no board.

    Args:
        model: a QONNX file.
        input_type: what the input arrays hold, as for ``compile``; so are the others.
        input_scale: what one step is worth.
        input_mean: subtracted from that.
        input_std: divides that.

    Raises:
        XnorflowError: the file is no readable model, or what is said of the input is wrong.
    """
    from xnorflow.frontend.account import account
    from xnorflow.frontend.load import examine_model
    from xnorflow.passes.pipeline import run_passes
    from xnorflow.report.assemble import input_entry

    given = input_spec(input_type, input_scale, input_mean, input_std)
    found = examine_model(Path(model), given)
    nodes = account(found)
    entry = None if found.input is None else input_entry(*found.input)
    if found.graph is None:
        return Check(nodes, entry, found.faults)
    graph = run_passes(found.graph)
    faults = tuple(_without_kernel(graph))
    return Check(nodes, entry, faults, graph.notes, len(graph.layers), graph.binary_macs)


def _without_kernel(graph: Graph) -> Iterator[Diagnostic]:
    for layer in graph.layers:
        try:
            kernels_for(layer)
        except XnorflowError as error:
            yield from error.diagnostics


def load(folder: str | PathLike[str]) -> Accelerator:
    """Open an earlier build folder.

    Raises:
        XnorflowError: it is not one, or is damaged.
    """
    from xnorflow.design.store import load as load_design
    from xnorflow.report.sources import design_sha256

    with locked(Path(folder)):
        path = require_build_folder(Path(folder)).resolve()
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
    return Accelerator(folder.resolve(), found.design, design_sha256)


def _write(found: Found, folder: Path) -> str:
    """Write RTL, design and report to an existing folder; the SHA-256 of the design's file."""
    from xnorflow.backends.rtl import generate
    from xnorflow.design.store import save
    from xnorflow.report.assemble import estimated_report
    from xnorflow.report.file import write_report
    from xnorflow.report.sources import design_sha256

    generate(found.design).write(folder / "rtl")
    save(found.design, folder)
    sha256 = design_sha256(folder)
    write_report(folder, estimated_report(found, _versions(), sha256))
    return sha256


def _read(
    model: str | PathLike[str] | Module,
    example_input: Frame | None,
    folder: Path,
    given: InputSpec,
    dump: Dump | None,
    say: Callable[[str], None],
) -> Graph:
    """The network of a file, or of a module by way of an export in the build folder."""
    from xnorflow.frontend.load import load_model

    if is_module(model):
        own = import_extra("xnorflow.pytorch.own", "compile a module")
        graph: Graph = own.load_own(model, example_input, folder, given, dump, say)
        return graph
    if not isinstance(model, str | PathLike):
        raise XnorflowError(
            Diagnostic(
                "model-kind",
                "the model must be the path of a QONNX file or a torch.nn.Module, "
                f"not a {type(model).__name__}",
                "of a class give an instance, of a graph in memory the file that it is saved to",
            )
        )
    if example_input is not None:
        raise XnorflowError(
            Diagnostic(
                "example-input",
                "example_input must be left out where the model is a file, not given",
                "it is for a torch.nn.Module, which is exported with it",
            )
        )
    say("reading the model")
    return load_model(Path(model), given, dump=dump)


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
