# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A compiled network in its build folder: predict, simulate, synthesise, report."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from xnorflow.backends.bundle import Bundle
from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.open_build import OpenBuild
from xnorflow.report.assemble import with_measurement, with_timing, with_verification
from xnorflow.report.model import ON_BOARD, Report, Source
from xnorflow.report.model import Verification as Entry
from xnorflow.results import (
    FAILED_CHECKS,
    STEADY_FRAMES,
    BoardRun,
    Mismatch,
    Prediction,
    Simulation,
    Verification,
)
from xnorflow.running import VIRTUAL, connected

if TYPE_CHECKING:
    from xnorflow.host.answers import Agreement

__all__ = ["Accelerator"]

Array = npt.NDArray[Any]
Progress = Callable[[str, int, int], None]

_SIMULATED_REPEATS = 3
"""A simulated accelerator's interval is the same each time."""


class Accelerator:
    """A build folder and the design in it.

    Attributes:
        design: layers, kernels, foldings.
    """

    def __init__(
        self,
        folder: Path,
        design: Design,
        design_sha256: str,
        temporary: TemporaryDirectory[str] | None = None,
    ) -> None:
        self.design = design
        self._build = OpenBuild(folder, design_sha256, design.clock_mhz)
        self._temporary = temporary  # keeps the folder as long as this object

    @property
    def folder(self) -> Path:
        """The build folder; every method reads and writes there."""
        return self._build.folder

    @property
    def notes(self) -> list[Diagnostic]:
        """What else commands had to tell: files that they moved aside."""
        return self._build.notes

    def __repr__(self) -> str:
        model = self.design.graph.model.name
        return f"<Accelerator {model} for {self.design.board.name} in {self.folder}>"

    @property
    def report(self) -> Report:
        """What is known so far, as in report.json; ``outdated`` says what no longer holds."""
        return self._build.report

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
        """Random frames in the ONNX input's layout, over the input type's whole range.

        Raises:
            XnorflowError: ``bad-number``: more than the memory holds.
        """
        graph = self.design.graph
        value = graph.tensors[graph.input].value
        levels = np.asarray(graph.host_input.levels or range(value.low, value.high + 1))
        shape = (images, *graph.host_input.shape)
        try:
            return np.random.default_rng(seed).choice(levels, shape)
        except MemoryError as error:
            fault = f"frames must fit this machine's memory, not be {images:,} of them"
            hint = "ask for fewer with --images"
            raise XnorflowError(Diagnostic("bad-number", fault, hint)) from error

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
        source, bundle = self._build.rtl()
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

        source, bundle = self._build.rtl()
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
                self._build.record(
                    source, lambda report: with_verification(report, verified, entry)
                )
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

        self._build.record(source, add)
        return Simulation(
            raw=found.raw,
            prediction=self._meaning(found.raw, mismatches),
            frames=len(frames),
            mismatches=mismatches,
            first=_first(differs, golden, found.raw),
            interval_cycles=found.interval_cycles,
            latency_cycles=found.latency_cycles,
        )

    def synth(self) -> Report:
        """Synthesise the build folder's RTL with Yosys; the report gets what was counted."""
        from xnorflow.implementation import synth

        return synth(self._build, self.design)

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
        from xnorflow.implementation import route

        return route(self._build, self.design, seeds, progress)

    def bitstream(self, seeds: int = 1, *, progress: Progress | None = None) -> Report:
        """Make the file that configures the board: the accelerator in its shell, routed.

        Args:
            seeds: how many placements to try; the fastest one counts.
            progress: called with a step's name, steps done and steps in all.

        Raises:
            XnorflowError: ``board-tool``: nothing from pip makes one for the board;
                ``clock-missed``: the routed design does not reach its clock; ``pll-clock``,
                ``uart-baud``, ``route-failed``, ``pack-failed``; or as ``synth``.
        """
        from xnorflow.implementation import bitstream

        return bitstream(self._build, self.design, seeds, progress)

    def run(
        self,
        x: npt.ArrayLike | None = None,
        *,
        port: str = VIRTUAL,
        images: int = 20,
        repeats: int = 1000,
        progress: Progress | None = None,
    ) -> BoardRun:
        """Send frames to the board, compare its answers with the golden engine, and time it.

        The report gets the frame rate that a real board measures.

        Args:
            x: frames in the ONNX input's layout; None takes random ones.
            port: the board's serial port; ``virtual`` simulates one.
            images: how many random frames.
            repeats: how often a real board computes the first frame to be timed, at least 2.
            progress: called with a step's name, steps done and steps in all.

        Raises:
            XnorflowError: ``serial-port``, ``board-silent``, ``board-design``, ``board-tool``; or
                what keeps the simulation from running.
        """
        from xnorflow.deploy.overlay import MEASURED

        source, bundle = self._build.rtl()
        frames = self._frames(self.random_inputs(images) if x is None else np.asarray(x))
        golden = self._golden(frames)
        with connected(self.design, bundle, source.sha256, port) as board:
            raw = board.run(frames, progress)
            differs = raw != golden
            mismatches = int(np.count_nonzero(differs.any(axis=1)))
            is_real = board.evidence == MEASURED
            if progress is not None:
                progress("timing", 0, 1)
            benchmark = board.benchmark(frames[0], repeats if is_real else _SIMULATED_REPEATS)
            if progress is not None:
                progress("timing", 1, 1)
            resent, counters = board.resent, board.counters()
        if is_real:
            verified = replace(source, frames_sha256=_frames_sha256(frames))
            entry = Entry(ON_BOARD, len(frames), mismatches)

            def add(report: Report) -> Report:
                report = with_verification(report, verified, entry)
                return report if mismatches else with_measurement(report, source, benchmark.fps)

            self._build.record(source, add)
        return BoardRun(
            raw=raw,
            prediction=self._meaning(raw, mismatches),
            frames=len(frames),
            mismatches=mismatches,
            first=_first(differs, golden, raw),
            benchmark=benchmark,
            resent=resent,
            counters=counters,
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
