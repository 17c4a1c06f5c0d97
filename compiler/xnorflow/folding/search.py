# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Choose a folding for every layer: the fastest on a board, or the smallest for a target.

Fifos come last, since how deep they must be follows from all stages together: the search proves
what no design can better without them, and leaves room for them where they do not fit.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, inf

import numpy as np

from xnorflow.folding.assemble import assemble
from xnorflow.folding.board import Board
from xnorflow.folding.budget import Budget
from xnorflow.folding.design import Design
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.options import options_of
from xnorflow.folding.program import Answer, least
from xnorflow.folding.trellis import COLUMNS, CYCLES, Floats, Ints, Route, Trellis, counted
from xnorflow.folding.verdict import Found, Lift, Verdict
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.graph import Graph
from xnorflow.ir.kernel import Resources

__all__ = ["fold", "intervals"]

_GOALS = ("lut", "bram18")
"""What may be made as few as possible for a target."""
_FASTER = (1.5, 2.0)
"""How much faster is asked for, beside the next step, when telling what more would give."""
_TRIES = 6
"""Designs that are looked at with their fifos before the best so far counts."""
_ROUNDING = 1e-9
"""So that a target of clock / cycles asks for exactly these cycles."""


def fold(
    graph: Graph,
    board: Board,
    clock_mhz: float,
    *,
    target_fps: float | None = None,
    folding: FoldingFile | None = None,
    minimize: str | None = None,
    most: Resources | None = None,
) -> Found:
    """Fold a network for a board.

    With a target, the smallest design that reaches it; with a folding file, that folding, the
    smallest for layers that it may leave open; with neither, the fastest design that fits. Among
    equals the one of fewest LUTs, then of fewest block RAMs, then of fewest cycles in all stages.

    Args:
        graph: the network.
        board: what it must fit.
        clock_mhz: the accelerator's clock.
        target_fps: frames per second to reach.
        folding: what is fixed of the layers.
        minimize: of what the smallest design takes least: ``lut``, ``bram18``, or ``area``, LUTs
            with a block RAM counted as 24. By default ``lut`` for a target, and ``area`` for a
            folding file.
        most: what it may take at most, where that is less than what the board leaves.

    Raises:
        XnorflowError: ``target-too-fast``, ``over-budget``, or what is wrong in the file.
    """
    if folding is not None:
        folding.check(graph)
    budget = Budget.of(board).within(most)
    goal = minimize or ("lut" if folding is None else "area")
    search = _Search(graph, board, clock_mhz, folding, goal, budget)
    if folding is not None:
        return search.smallest(search.shortest, "fold more, or change board")
    if target_fps is not None:
        return search.smallest(search.interval_for(target_fps))
    return search.fastest()


def intervals(graph: Graph, board: Board) -> tuple[int, ...]:
    """The cycles from frame to frame that designs for a board can have, ascending."""
    columns = [[o.cycles for o in options_of(layer, board, None)] for layer in graph.layers]
    shortest = max(min(column) for column in columns)
    return tuple(sorted({cycles for c in columns for cycles in c if cycles >= shortest}))


@dataclass(frozen=True)
class _Fitted:
    """A design that fits with its fifos.

    Attributes:
        design: with its fifos.
        cost: int64 [columns]: what it takes without them.
        bound: what none of its interval can better.
    """

    design: Design
    cost: Ints
    bound: float


class _Search:
    """The trellis of a network, and what was found in it."""

    def __init__(
        self,
        graph: Graph,
        board: Board,
        clock_mhz: float,
        file: FoldingFile | None,
        minimize: str,
        budget: Budget,
    ) -> None:
        self._graph, self._board, self._clock_mhz = graph, board, clock_mhz
        options = [options_of(layer, board, file) for layer in graph.layers]
        self._trellis = Trellis.of(options, board.family)
        self._budget = budget
        self._limits = np.array([*counted(self._budget.limits)[:CYCLES], inf, inf])
        self._goals = tuple(COLUMNS.index(name) for name in (minimize, *_GOALS, "cycles"))
        cycles = [level.costs[:, CYCLES] for level in self._trellis.levels]
        self.shortest = int(max(column.min() for column in cycles))
        self._longest = int(max(column.max() for column in cycles))
        every = np.unique(np.concatenate(cycles))
        self._intervals = [int(cycles) for cycles in every[every >= self.shortest]]

    def interval_for(self, target_fps: float) -> int:
        """The longest interval that reaches a target and gains anything.

        Raises:
            XnorflowError: ``target-too-fast``.
        """
        wanted = self._clock_mhz * 1e6 / target_fps * (1 + _ROUNDING)
        interval = floor(min(wanted, self._longest))
        if interval >= self.shortest:
            return interval
        slowest = int(np.argmax([level.costs[:, CYCLES].min() for level in self._trellis.levels]))
        layer = self._graph.layers[slowest]
        raise XnorflowError(
            Diagnostic(
                "target-too-fast",
                f"the target must be at most {floor(self._fps(self.shortest)):,} FPS at "
                f"{self._clock_mhz:g} MHz, since {layer.name} needs {self.shortest} "
                f"cycle{'s' if self.shortest > 1 else ''} a frame, not {target_fps:,.15g} FPS",
                "lower the target or raise the clock (--clock-mhz)",
                layer.origin,
            )
        )

    def smallest(self, interval: int, hint: str = "") -> Found:
        """The smallest design of an interval.

        Raises:
            XnorflowError: ``over-budget``, with a hint at what would fit if none is given.
        """
        fitted = self._fitted(interval)
        if fitted is None:
            raise self._over_budget(interval, hint)
        column = self._goals[0]
        found = counted(fitted.design.resources())[column]
        lifts = self._lifts(fitted, [column] if column < CYCLES else [0], fitted.cost)
        return self._found(fitted, COLUMNS[column], found, fitted.bound, lifts)

    def fastest(self) -> Found:
        """The fastest design that fits the board.

        Raises:
            XnorflowError: ``over-budget``: none fits.
        """
        first = self._first_that_may_fit()
        if first is None:
            raise self._over_budget(self._longest, "choose a larger board")
        for interval in self._intervals[first : first + _TRIES]:
            fitted = self._fitted(interval)
            if fitted is not None:
                bound = self._fps(self._intervals[first])
                lifts = self._lifts(fitted, range(CYCLES), self._limits)
                return self._found(fitted, "fps", fitted.design.fps, bound, lifts)
        raise self._over_budget(self._longest, "choose a larger board")

    def _first_that_may_fit(self) -> int | None:
        """The number of the shortest interval for which no proof says that nothing fits."""
        low, high = 0, len(self._intervals)
        while low < high:
            middle = (low + high) // 2
            if self._least(self._intervals[middle], 0, self._limits).bound < inf:
                high = middle
            else:
                low = middle + 1
        return low if low < len(self._intervals) else None

    def _least(self, interval: int, column: int, limits: Floats) -> Answer:
        trellis = self._trellis.within(interval)
        return Answer(None, inf) if trellis is None else least(trellis, column, limits)

    def _fitted(self, interval: int) -> _Fitted | None:
        """The smallest design of an interval that is found to fit with its fifos."""
        trellis = self._trellis.within(interval)
        if trellis is None:
            return None
        limits, bound = self._limits.copy(), -inf
        for _ in range(_TRIES):
            route, own = self._best_route(trellis, limits)
            bound = max(bound, own)
            if route is None:
                return None
            bare = self._design(trellis, route)
            design = with_fifos(bare)
            if self._budget.fits(design.resources()):
                return _Fitted(design, route.cost, bound)
            fifos = np.array(counted(design.resources())) - counted(bare.resources())
            left = self._limits[:CYCLES] - fifos[:CYCLES]
            limits[:CYCLES] = np.minimum(limits[:CYCLES] - 1, left)
        return None

    def _best_route(self, trellis: Trellis, limits: Floats) -> tuple[Route | None, float]:
        """The route of least of each goal in turn, and the bound of the first."""
        limits, bound, best = limits.copy(), None, None
        for column in self._goals:
            answer = least(trellis, column, limits)
            bound = answer.bound if bound is None else bound
            if answer.route is None:
                break
            best = answer.route
            limits[column] = min(limits[column], float(best.cost[column]))
        assert bound is not None, "there are goals"
        return best, bound

    def _design(self, trellis: Trellis, route: Route) -> Design:
        stages = tuple(
            level.options[number].stage
            for level, number in zip(trellis.levels, route.choice, strict=True)
        )
        return assemble(self._graph, self._board, self._clock_mhz, stages)

    def _found(
        self, fitted: _Fitted, goal: str, found: float, bound: float, lifts: tuple[Lift, ...]
    ) -> Found:
        design = fitted.design
        slowest = tuple(
            stage.layer.name for stage in design.stages if stage.cycles == design.interval_cycles
        )
        return Found(design, Verdict(goal, found, bound, slowest, lifts))

    def _lifts(
        self, fitted: _Fitted, columns: Iterable[int], have: Ints | Floats
    ) -> tuple[Lift, ...]:
        """For some speeds, of which one resource how many more than ``have`` would suffice."""
        interval = fitted.design.interval_cycles
        lifts: list[Lift] = []
        for most in (interval - 1, *(floor(interval / factor) for factor in _FASTER)):
            shorter = [cycles for cycles in self._intervals if cycles <= most]
            if not shorter or (lifts and lifts[-1].fps >= self._fps(shorter[-1])):
                continue
            for column in columns:
                limits = self._limits.copy()
                limits[column] = inf
                answer = self._least(shorter[-1], column, limits)
                more = 0 if answer.route is None else int(answer.route.cost[column] - have[column])
                if more > 0:
                    lifts.append(Lift(self._fps(shorter[-1]), COLUMNS[column], more))
        return tuple(lifts)

    def _over_budget(self, interval: int, hint: str) -> XnorflowError:
        """Which resources do not suffice, each with the least that it takes."""
        trellis = self._trellis.within(interval)
        assert trellis is not None, "the interval is one of a design"
        units = np.eye(len(COLUMNS))[:CYCLES]
        needs = [int(trellis.cheapest(unit).cost[column]) for column, unit in enumerate(units)]
        if not (needs > self._limits[:CYCLES]).any():
            limits = self._limits.copy()
            limits[0] = inf  # each alone suffices, but not all together: what that takes of LUTs
            answer = least(trellis, 0, limits)
            needs[0] = int(self._limits[0]) + 1 if answer.route is None else int(answer.value(0))
        if not hint:
            hint = self._slower_hint()
        return self._budget.error(self._board.name, Resources(*needs), hint)

    def _slower_hint(self) -> str:
        first = self._first_that_may_fit()
        if first is None:
            return "choose a larger board"
        return (
            f"ask for at most {floor(self._fps(self._intervals[first])):,} FPS, "
            "or choose a larger board"
        )

    def _fps(self, interval: int) -> float:
        return self._clock_mhz * 1e6 / interval
