# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A compiled network in its build folder: predict, simulate, synthesise, report."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from xnorflow.backends.bundle import Bundle
from xnorflow.backends.load import load_bundle
from xnorflow.backends.rtl import TOP
from xnorflow.builds.folder import locked, put_results
from xnorflow.builds.manifest import read_manifest
from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.files.access import not_writable
from xnorflow.files.staging import staging
from xnorflow.report.assemble import with_routing, with_synthesis, with_timing, with_verification
from xnorflow.report.file import read_report, write_report
from xnorflow.report.model import Report, Source
from xnorflow.report.model import Verification as Entry
from xnorflow.report.sources import design_sha256, source_of
from xnorflow.results import (
    FAILED_CHECKS,
    STEADY_FRAMES,
    Mismatch,
    Prediction,
    Simulation,
    Verification,
)

if TYPE_CHECKING:
    from xnorflow.host.answers import Agreement

__all__ = ["Accelerator"]

Array = npt.NDArray[Any]
Progress = Callable[[str, int, int], None]


class Accelerator:
    """A build folder and the design in it.

    Attributes:
        folder: the build folder; every method reads and writes there.
        design: layers, kernels, foldings.
        notes: what else commands had to tell: files that they moved aside.
    """

    def __init__(
        self,
        folder: Path,
        design: Design,
        design_sha256: str,
        temporary: TemporaryDirectory[str] | None = None,
    ) -> None:
        self.folder = folder
        self.design = design
        self.notes: list[Diagnostic] = []
        self._design_sha256 = design_sha256  # of the file that the design is from
        self._temporary = temporary  # keeps the folder as long as this object

    def __repr__(self) -> str:
        model = self.design.graph.model.name
        return f"<Accelerator {model} for {self.design.board.name} in {self.folder}>"

    @property
    def report(self) -> Report:
        """What is known so far, as in report.json; ``outdated`` says what no longer holds."""
        with locked(self.folder):
            return read_report(self.folder)

    def predict(self, x: npt.ArrayLike) -> Prediction:
        """What the accelerator would answer, by the golden integer engine.

        Args:
            x: frames in the ONNX input's layout, batch axis first.
        """
        return self._prediction(self._golden(self._frames(np.asarray(x))))

    def compare(self, prediction: Prediction, output: npt.ArrayLike) -> Agreement:
        """Hold what the accelerator answers against what the model did, within float32 rounding.

        Args:
            prediction: the accelerator's answers.
            output: the ONNX model's for the same frames, batch axis first.

        Raises:
            XnorflowError: ``input-file``: outputs of another shape.
        """
        from xnorflow.host.answers import check_answers, compare_answers

        host, theirs = self.design.graph.host_output, np.asarray(output)
        check_answers(host, len(prediction.label), theirs)
        return compare_answers(host, prediction.output, prediction.label, theirs)

    def random_inputs(self, images: int, seed: int = 2026) -> Array:
        """Random frames in the ONNX input's layout, over the input type's whole range."""
        graph = self.design.graph
        value = graph.tensors[graph.input].value
        levels = np.asarray(graph.host_input.levels or range(value.low, value.high + 1))
        shape = (images, *graph.host_input.shape)
        return np.random.default_rng(seed).choice(levels, shape)

    def simulate(
        self,
        x: npt.ArrayLike | None = None,
        *,
        images: int = 20,
        stall_seed: int | None = None,
        progress: Progress | None = None,
    ) -> Simulation:
        """Run the build folder's RTL in Verilator and compare it with the golden engine.

        The report gets the verification unless it knows more of the same RTL, and without stalls
        the cycles counted.

        Args:
            x: frames in the ONNX input's layout; None takes random ones.
            images: how many random frames.
            stall_seed: seed of random stalls on both streams; None lets them flow.
            progress: called with a step's name, steps done and steps in all.

        Raises:
            XnorflowError: one of ``FAILED_CHECKS``, which the report gets too; or what keeps it
                from running.
        """
        source, bundle = self._rtl()
        frames = self._frames(self.random_inputs(images) if x is None else np.asarray(x))
        return self._simulated(source, bundle, frames, stall_seed, progress)

    def verify(
        self,
        model: str | PathLike[str],
        x: npt.ArrayLike | None = None,
        *,
        images: int = 20,
        progress: Progress | None = None,
    ) -> Verification:
        """Run the model itself by qonnx's executor, frame by frame, beside golden engine and RTL.

        The report gets what ``simulate`` finds.

        Args:
            model: the ``.onnx`` file that was compiled.
            x: frames in the ONNX input's layout; None takes random ones.
            images: how many random frames.
            progress: called with a step's name, steps done and steps in all.

        Raises:
            XnorflowError: ``other-model``, ``build-folder-design``, or as from ``simulate``.
        """
        from xnorflow.simulate.streams import first_fault
        from xnorflow.verify.model import run_model

        source, bundle = self._rtl()
        given = self.random_inputs(images) if x is None else np.asarray(x)
        frames, fault = self._frames(given), None
        found = run_model(Path(model), self.design.graph, given, frames, progress)
        simulation = self._simulated(source, bundle, frames, None, progress)
        if simulation.first is not None:
            fault = first_fault(self.design, bundle, frames, simulation.first.frame)
        prediction = self._prediction(found.raw)
        return Verification(
            found.output, prediction, found.agreement, found.parting, simulation, fault
        )

    def _simulated(
        self,
        source: Source,
        bundle: Bundle,
        frames: Array,
        stall_seed: int | None,
        progress: Progress | None,
    ) -> Simulation:
        from xnorflow.simulate.rtl import simulate

        verified = replace(source, frames_sha256=_frames_sha256(frames))
        golden = self._golden(frames)
        try:
            found = simulate(self.design, bundle, frames, stall_seed=stall_seed, progress=progress)
        except XnorflowError as error:
            code = error.diagnostics[0].code
            if code in FAILED_CHECKS:
                entry = Entry("verilator", len(frames), fault=code)
                self._record(source, lambda report: with_verification(report, verified, entry))
            raise
        differs = found.raw != golden
        mismatches = int(np.count_nonzero(differs.any(axis=1)))

        def add(report: Report) -> Report:
            entry = Entry("verilator", len(frames), mismatches)
            report = with_verification(report, verified, entry)
            if stall_seed is not None:
                return report
            names = (stage.layer.name for stage in self.design.stages)
            return with_timing(
                report,
                source,
                dict(zip(names, found.stage_cycles, strict=True)),
                found.interval_cycles,
                found.latency_cycles,
                _version("verilator"),
                steady=len(frames) >= STEADY_FRAMES,
            )

        self._record(source, add)
        return Simulation(
            raw=found.raw,
            prediction=self._meaning(found.raw, mismatches),
            frames=len(frames),
            mismatches=mismatches,
            first=_first(differs, golden, found.raw),
            interval_cycles=found.interval_cycles,
            latency_cycles=found.latency_cycles,
        )

    def _record(self, source: Source, add: Callable[[Report], Report]) -> None:
        with self._unchanged(source):
            write_report(self.folder, add(read_report(self.folder)))

    def synth(self) -> Report:
        """Synthesise the build folder's RTL with Yosys; the report gets what was counted."""
        from xnorflow.toolchains.yosys import synthesize

        source, bundle = self._rtl()

        def run(work: Path) -> Callable[[Report], Report]:
            bundle.write(work / "rtl")
            family = self.design.board.family
            found = synthesize(work, bundle.sources, TOP, family, home=self.folder)
            return lambda report: with_synthesis(
                report, source, found.parts, found.total, found.version
            )

        return self._implemented("synth", source, run)

    def route(self, seeds: int = 1, *, progress: Progress | None = None) -> Report:
        """Place and route the netlist with nextpnr; the report gets clock and critical path.

        Synthesises first, unless the folder has the netlist of its RTL.

        Args:
            seeds: how many placements to try; the fastest one counts.
            progress: called with a step's name, steps done and steps in all.

        Raises:
            XnorflowError: ``board-tool``: nothing from pip routes the board's part;
                ``route-failed``; or as ``synth``.
        """
        from xnorflow.toolchains.nextpnr import NETLIST, device_of, route

        device = device_of(self.design.board)
        source, _ = self._rtl()
        place = f"synth/{NETLIST}"
        if not self._holds(source, place):
            self.synth()

        def run(work: Path) -> Callable[[Report], Report]:
            shutil.copyfile(self.folder / place, work / NETLIST)
            clock, numbers = self.design.clock_mhz, range(1, seeds + 1)
            found = route(work, TOP, device, clock, numbers, home=self.folder, progress=progress)
            return lambda report: with_routing(report, source, found)

        return self._implemented("route", source, run)

    def _implemented(
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
                with self._unchanged(source):
                    write_report(work, add(read_report(self.folder)))
                    put_results(self.folder, work, command, self.notes.append)
                    return read_report(self.folder)
        except OSError as error:
            raise not_writable(self.folder, error) from error

    def _holds(self, source: Source, place: str) -> bool:
        """Whether a file is there as synthesis of this RTL wrote it."""
        with locked(self.folder):
            synthesized = read_report(self.folder).evidence.synthesized
            return synthesized == source and read_manifest(self.folder).owns(self.folder, place)

    def _rtl(self) -> tuple[Source, Bundle]:
        """The RTL in the folder, and which it is.

        Raises:
            XnorflowError: what is there is damaged, which is better found now than after a long
                run; ``build-changed``.
        """
        with locked(self.folder):
            read_report(self.folder)
            bundle = load_bundle(self.folder / "rtl", TOP, self.design.clock_mhz)
            self._require(design_sha256(self.folder) == self._design_sha256)
        return Source(self._design_sha256, bundle.sha256), bundle

    @contextmanager
    def _unchanged(self, source: Source) -> Iterator[None]:
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

    def _frames(self, x: Array) -> Array:
        from xnorflow.host.frames import to_frames

        graph = self.design.graph
        return to_frames(graph.host_input, graph.tensors[graph.input], x)

    def _golden(self, frames: Array) -> Array:
        from xnorflow.simulate.golden import run_graph

        return run_graph(self.design.graph, frames)

    def _meaning(self, raw: Array, mismatches: int) -> Prediction | None:
        try:
            return self._prediction(raw)
        except XnorflowError:
            if mismatches:
                return None
            raise

    def _prediction(self, raw: Array) -> Prediction:
        from xnorflow.host.meaning import from_raw

        return Prediction(raw, *from_raw(self.design.graph.host_output, raw))


def _leave(folder: Path, names: set[str]) -> None:
    """Remove all else from a folder."""
    for path in folder.iterdir():
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _first(differs: npt.NDArray[np.bool_], golden: Array, hardware: Array) -> Mismatch | None:
    if not differs.any():
        return None
    frame, element = (int(i) for i in np.argwhere(differs)[0])
    return Mismatch(frame, element, int(golden[frame, element]), int(hardware[frame, element]))


def _frames_sha256(frames: Array) -> str:
    return hashlib.sha256(frames.astype("<i4").tobytes()).hexdigest()


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)
