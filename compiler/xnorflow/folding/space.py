# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""All designs of a network for a board: what there is to choose from, and what limits it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path

import numpy as np

from xnorflow.boards.board import Board
from xnorflow.design.assemble import assemble
from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.folding.budget import Budget
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.options import Option, options_of
from xnorflow.folding.program import Answer, least
from xnorflow.folding.trellis import CYCLES, Floats, Route, Trellis, amounts
from xnorflow.ir.graph import Graph

__all__ = ["Space", "branches"]


@dataclass(frozen=True, eq=False)
class Space:
    """The foldings of all layers, and the budget.

    Attributes:
        graph: the network.
        board: what it must fit.
        clock_mhz: the accelerator's clock.
        budget: what it may take.
        options: what each layer can be.
    """

    graph: Graph
    board: Board
    clock_mhz: float
    budget: Budget
    options: tuple[tuple[Option, ...], ...]

    @classmethod
    def of(
        cls, graph: Graph, board: Board, clock_mhz: float, budget: Budget, file: FoldingFile | None
    ) -> Space:
        """All that a folding file leaves open."""
        options = tuple(options_of(layer, board, file) for layer in graph.layers)
        return cls(graph, board, clock_mhz, budget, options)

    @cached_property
    def trellis(self) -> Trellis:
        """All chains of options.

        Raises:
            XnorflowError: ``folding-branches``: the network is none.
        """
        if not self.graph.is_chain:
            raise branches("a network that branches must be folded as a file says, not by a search")
        return Trellis.of(self.options, self.board.family)

    @cached_property
    def limits(self) -> Floats:
        """The budget, in the trellis's columns."""
        return np.array([*amounts(self.budget.limits), inf, inf])

    @cached_property
    def intervals(self) -> list[int]:
        """The cycles from frame to frame that designs can have, ascending."""
        columns = [level.costs[:, CYCLES] for level in self.trellis.levels]
        shortest = max(column.min() for column in columns)
        return [int(n) for n in np.unique(np.concatenate(columns)) if n >= shortest]

    @cached_property
    def promising(self) -> list[int]:
        """The intervals from the first for which no proof says that nothing fits; the last ever."""
        low, high = 0, len(self.intervals) - 1
        while low < high:
            middle = (low + high) // 2
            if self.least(self.intervals[middle], 0, self.limits).bound < inf:
                high = middle
            else:
                low = middle + 1
        return self.intervals[low:]

    @cached_property
    def slowest_at_best(self) -> int:
        """The number of the layer that no folding makes as fast as the others can be."""
        return int(np.argmax([level.costs[:, CYCLES].min() for level in self.trellis.levels]))

    def fps(self, interval: int) -> float:
        """Frames per second."""
        return self.clock_mhz * 1e6 / interval

    def least(self, interval: int, column: int, limits: Floats) -> Answer:
        """The route of an interval that takes least of a column; fifos are not counted."""
        trellis = self.trellis.within(interval)
        return Answer(None, inf) if trellis is None else least(trellis, column, limits)

    def design(self, trellis: Trellis, route: Route) -> Design:
        """The design of a route through a part of the trellis; without fifos."""
        stages = tuple(
            level.options[number].stage
            for level, number in zip(trellis.levels, route.choice, strict=True)
        )
        return assemble(self.graph, self.board, self.clock_mhz, stages)


def branches(rule: str, file: Path | None = None) -> XnorflowError:
    """The error of a network that branches and is not folded by a file, or not wholly."""
    hint = (
        'give a folding file (--folding) with "pe" and "simd" of every layer: only networks '
        "without branches are searched yet"
    )
    origin = Origin() if file is None else Origin(file=str(file))
    return XnorflowError(Diagnostic("folding-branches", rule, hint, origin))
