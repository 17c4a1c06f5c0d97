# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a worker does: fold for one point, and try one design in Yosys and Verilator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir

from xnorflow.api import write_build
from xnorflow.boards.board import Board
from xnorflow.diagnostics import XnorflowError
from xnorflow.explore.outcome import Check, Layer, Outcome, Point
from xnorflow.files.staging import staging
from xnorflow.folding.file import parse_folding
from xnorflow.folding.search import fold
from xnorflow.folding.verdict import Found
from xnorflow.ir.graph import Graph

__all__ = ["Problem", "check", "estimate"]

_FRAMES = 6
_CANNOT = frozenset({"over-budget", "search-unfinished", "target-too-fast", "fifo-schedule"})
"""Codes that say that there is no such design, or that none was found."""


@dataclass(frozen=True, eq=False)
class Problem:
    """What is folded, for which board and clock."""

    graph: Graph
    board: Board
    clock_mhz: float

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.graph.model.name} on {self.board.name} at {self.clock_mhz:g} MHz"

    def fold(self, point: Point) -> Found:
        """The design of fewest LUTs for a point.

        Raises:
            XnorflowError: as ``fold`` says.
        """
        limits = replace(self.board.resources, bram18=point.bram18)
        target_fps = self.clock_mhz * 1e6 / point.cycles
        return fold(self.graph, self.board, self.clock_mhz, target_fps=target_fps, most=limits)

    def fastest(self) -> Found:
        """The fastest design that fits the board.

        Raises:
            XnorflowError: as ``fold`` says.
        """
        return fold(self.graph, self.board, self.clock_mhz)

    def again(self, outcome: Outcome) -> Found:
        """The very design of an outcome, by the folding file that it gives.

        Raises:
            XnorflowError: the layers are not those of the network, or not legal.
        """
        content = outcome.folding_file(self.graph.model.sha256)
        file = parse_folding(content, Path(f"{outcome.point.key}.json"))
        return fold(self.graph, self.board, self.clock_mhz, folding=file)


def estimate(network: Problem, point: Point) -> Outcome:
    """The design found for a point.

    Raises:
        XnorflowError: something other than that there is none.
    """
    try:
        found = network.fold(point)
    except XnorflowError as error:
        if all(item.code in _CANNOT for item in error.diagnostics):
            return Outcome(point, fits=False)
        raise
    design, used = found.design, found.design.resources()
    return Outcome(
        point,
        True,
        design.fps,
        design.interval_cycles,
        design.latency_cycles,
        used.lut,
        used.ff,
        used.bram18,
        used.dsp,
        found.verdict.gap,
        tuple(
            Layer(
                stage.layer.name,
                stage.kernel_name,
                stage.folding.pe,
                stage.folding.simd,
                stage.folding.storage,
            )
            for stage in design.stages
        ),
    )


def check(network: Problem, outcome: Outcome) -> Outcome:
    """The same with what Yosys counts and Verilator runs.

    Raises:
        XnorflowError: as folding, synthesis and simulation say.
    """
    found = network.again(outcome)
    with staging(Path(gettempdir())) as folder:
        built = write_build(found, folder / "build")
        simulation = built.simulate(images=_FRAMES)
        totals = built.synth().resources
    lut, ff, bram18, dsp = (
        total.synthesized or 0 for total in (totals.lut, totals.ff, totals.bram18, totals.dsp)
    )
    return replace(
        outcome,
        check=Check(
            lut,
            ff,
            bram18,
            dsp,
            simulation.interval_cycles,
            simulation.frames,
            simulation.mismatches,
        ),
    )
