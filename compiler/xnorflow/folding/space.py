# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""All designs of a network for a board: what there is to choose from, and what limits it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf

import numpy as np

from xnorflow.boards.board import Board
from xnorflow.design.assemble import assemble
from xnorflow.design.design import Design
from xnorflow.folding.budget import Budget
from xnorflow.folding.columns import Floats, amounts
from xnorflow.folding.cost_network import CostNetwork, Route
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.options import Option, options_of
from xnorflow.folding.program import Answer, least, may_fit
from xnorflow.folding.sized import Sized
from xnorflow.ir.graph import Graph

__all__ = ["Space"]

_SECONDS = 0.5
"""CP-SAT's deterministic time for what is only told."""


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
    def cost_network(self) -> CostNetwork:
        """All designs."""
        return CostNetwork.of(self.graph, self.options, self.board.family)

    @cached_property
    def sized(self) -> Sized:
        """The designs that have been looked at with their fifos."""
        return Sized(self.cost_network, self.board.family)

    @cached_property
    def limits(self) -> Floats:
        """The budget, in columns."""
        return np.array([*amounts(self.budget.limits), inf, inf])

    @cached_property
    def intervals(self) -> list[int]:
        """The cycles from frame to frame that designs can have, ascending."""
        columns = [{option.cycles for option in own} for own in self.options]
        shortest = max(map(min, columns))
        return sorted(n for n in set().union(*columns) if n >= shortest)

    @cached_property
    def promising(self) -> list[int]:
        """The intervals from the first for which no proof says that nothing fits; the last ever."""
        low, high = 0, len(self.intervals) - 1
        while low < high:
            middle = (low + high) // 2
            network = self.cost_network.within(self.intervals[middle])
            if network is not None and may_fit(network, self.limits):
                high = middle
            else:
                low = middle + 1
        return self.intervals[low:]

    @cached_property
    def slowest_at_best(self) -> int:
        """The number of the layer that no folding makes as fast as the others can be."""
        return int(np.argmax([min(option.cycles for option in own) for own in self.options]))

    def fps(self, interval: int) -> float:
        """Frames per second."""
        return self.clock_mhz * 1e6 / interval

    def least(self, interval: int, column: int, limits: Floats) -> Answer:
        """The route of an interval that takes least of a column, nearly; fifos are not counted."""
        network = self.cost_network.within(interval)
        if network is None:
            return Answer(None, inf)
        return least(network, [column], limits, seconds=_SECONDS)

    def design(self, route: Route) -> Design:
        """The design of a route, with its fifos.

        Raises:
            XnorflowError: ``fifo-schedule``.
        """
        stages = tuple(
            own[number].stage for own, number in zip(self.options, route.choice, strict=True)
        )
        bare = assemble(self.graph, self.board, self.clock_mhz, stages)
        return self.sized.design(route.choice, bare)
