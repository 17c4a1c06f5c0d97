# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Choose a folding for every layer: the fastest on a board, or the smallest for a target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import floor, inf

import numpy as np

from xnorflow.boards.board import Board
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.folding.as_written import fold_as_written, is_chain
from xnorflow.folding.budget import Budget
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.fit import Attempt, Fitted, fit
from xnorflow.folding.headroom import beyond_board, on_board
from xnorflow.folding.program import least
from xnorflow.folding.space import Space
from xnorflow.folding.trellis import COLUMNS, CYCLES
from xnorflow.folding.verdict import Found, Lift, Verdict
from xnorflow.hardware.resources import Resources
from xnorflow.ir.graph import Graph

__all__ = ["GOALS", "fold", "intervals"]

GOALS = ("lut", "bram18", "area")
"""What a design may take the least of."""
_TIES = ("lut", "bram18", "cycles")
"""What is made least of, in turn, among designs that are equal in what was sought."""
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
    equals the one of fewest LUTs, then of fewest block RAMs, then of fewest cycles in all stages,
    which stand for its latency.

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
        XnorflowError: ``target-too-fast``, ``over-budget``, ``unknown-goal``, ``folding-branches``,
            or what is wrong in the file.
    """
    if minimize not in (None, *GOALS):
        raise XnorflowError(
            Diagnostic(
                "unknown-goal",
                f"what to minimize must be one of {', '.join(GOALS)}, not {minimize!a:.60}",
                "leave it out for the usual choice",
            )
        )
    if folding is not None:
        folding.check(graph)
    budget = Budget.of(board).within(most)
    goal = minimize or ("lut" if folding is None else "area")
    goals = [COLUMNS.index(name) for name in dict.fromkeys((goal, *_TIES))]
    if folding is not None and not is_chain(graph):
        return fold_as_written(graph, board, clock_mhz, budget, folding, goals)
    space = Space.of(graph, board, clock_mhz, budget, folding)
    search = _Search(space, goals, within_file=folding is not None)
    if folding is not None:
        return search.smallest(search.shortest, "fold more, or change board")
    if target_fps is not None:
        return search.smallest(search.interval_for(target_fps))
    return search.fastest()


def intervals(graph: Graph, board: Board) -> tuple[int, ...]:
    """The cycles from frame to frame that designs for a board can have, ascending."""
    return tuple(Space.of(graph, board, 1.0, Budget.of(board), None).intervals)


class _Search:
    """What is sought among all designs."""

    def __init__(self, space: Space, goals: Sequence[int], *, within_file: bool) -> None:
        self._space, self._goals = space, goals
        self._within_file = within_file
        self.shortest, self._longest = space.intervals[0], space.intervals[-1]

    def interval_for(self, target_fps: float) -> int:
        """The longest interval that reaches a target and gains anything.

        Raises:
            XnorflowError: ``target-too-fast``.
        """
        space = self._space
        wanted = space.clock_mhz * 1e6 / target_fps * (1 + _ROUNDING)
        interval = floor(min(wanted, self._longest))
        if interval >= self.shortest:
            return interval
        layer = space.graph.layers[space.slowest_at_best]
        raise XnorflowError(
            Diagnostic(
                "target-too-fast",
                f"the target must be at most {floor(space.fps(self.shortest)):,} FPS at "
                f"{space.clock_mhz:g} MHz, since {layer.name} needs {self.shortest} "
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
        attempt = fit(self._space, interval, self._goals)
        if attempt.fitted is None:
            raise self._over_budget(interval, attempt, hint or self._slower_hint())
        best, column = attempt.fitted, self._goals[0]
        reached = best.design.interval_cycles
        lifts = on_board(self._space, reached, column, best.cost)
        return self._found(best, COLUMNS[column], float(best.total[column]), attempt.bound, lifts)

    def fastest(self) -> Found:
        """The fastest design that is found to fit the board.

        It has the first interval for which no proof says that nothing fits, or, where fifos do not
        fit, a longer one.

        Raises:
            XnorflowError: ``over-budget``: none fits.
        """
        space, first = self._space, self._first_that_may_fit()
        failed, found = first - 1, None
        for number in _onwards(first, len(space.intervals)):
            found = self._fitted(number)
            if found is not None:
                between = map(self._fitted, range(failed + 1, number))
                found = next((one for one in between if one is not None), found)
                break
            failed = number
        if found is None:
            attempt = fit(space, self._longest, self._goals)
            raise self._over_budget(self._longest, attempt, "choose a larger board")
        lifts = beyond_board(space, found.design.interval_cycles, self._goals)
        return self._found(found, "fps", found.design.fps, space.fps(space.intervals[first]), lifts)

    def _fitted(self, number: int) -> Fitted | None:
        return fit(self._space, self._space.intervals[number], self._goals).fitted

    def _first_that_may_fit(self) -> int:
        """The number of the shortest interval for which no proof says that nothing fits."""
        low, high = 0, len(self._space.intervals)
        while low < high:
            middle = (low + high) // 2
            answer = self._space.least(self._space.intervals[middle], 0, self._space.limits)
            if answer.bound < inf:
                high = middle
            else:
                low = middle + 1
        return low

    def _found(
        self, fitted: Fitted, goal: str, found: float, bound: float, lifts: tuple[Lift, ...]
    ) -> Found:
        design = fitted.design
        slowest = tuple(
            stage.layer.name for stage in design.stages if stage.cycles == design.interval_cycles
        )
        return Found(design, Verdict(goal, found, bound, self._within_file, slowest, lifts))

    def _over_budget(self, interval: int, attempt: Attempt, hint: str) -> XnorflowError:
        """Which resources do not suffice, each with the least that it takes."""
        space, trellis = self._space, self._space.trellis.within(interval)
        assert trellis is not None, "the interval is one of a design"
        units = np.eye(len(COLUMNS))[:CYCLES]
        least_of_each = [trellis.cheapest(unit).cost[n] for n, unit in enumerate(units)]
        needs = Resources(*map(int, least_of_each))
        if space.budget.fits(needs) and attempt.first is not None:
            needs = attempt.first  # it is the fifos
        for column in range(CYCLES):  # each alone suffices, but not all together
            limits = space.limits.copy()
            limits[column] = inf
            answer = least(trellis, column, limits)
            if space.budget.fits(needs) and answer.route is not None:
                needs = Resources(*map(int, answer.route.cost[:CYCLES]))
        if space.budget.fits(needs):
            smallest = trellis.cheapest(np.eye(len(COLUMNS))[COLUMNS.index("area")])
            needs = Resources(*map(int, smallest.cost[:CYCLES]))
        return space.budget.error(space.board.name, needs, hint)

    def _slower_hint(self) -> str:
        try:
            fastest = self.fastest().design.fps
        except XnorflowError:
            return "choose a larger board"
        return f"ask for at most {floor(fastest):,} FPS, or choose a larger board"


def _onwards(first: int, end: int) -> Iterator[int]:
    """Some numbers from the first to the last, in ever longer steps."""
    numbers = range(first, end)
    steps = (step * (step + 1) // 2 for step in range(len(numbers)))
    return iter(dict.fromkeys(numbers[min(step, len(numbers) - 1)] for step in steps))
