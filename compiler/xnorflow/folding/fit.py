# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The smallest design of an interval, fifos included.

How deep fifos must be follows from all stages together. So the best route without fifos is found,
and its fifos; these are then counted wherever the same two streams meet, and the best route is
looked for again, until one is found whose fifos have all been counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from xnorflow.design.design import Design
from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.columns import COLUMNS, Ints, counted
from xnorflow.folding.cost_network import CostNetwork, Meeting
from xnorflow.folding.program import SECONDS, Answer, least
from xnorflow.folding.sized import fifos_of
from xnorflow.folding.space import Space
from xnorflow.hardware.resources import Resources

__all__ = ["Attempt", "Fitted", "fit"]

_TRIES = 4
"""Designs that are looked at with their fifos before the best so far counts."""
_OPTIONS = 2000
"""Where all layers have fewer options than these, so many times more designs are looked at."""
_CYCLES = 1 << 22
"""Where all layers of so many designs would take more cycles a frame than these, fewer are."""
_LEAST = 2
"""In any case: what fifos take is not known before the first."""
_SECONDS = 1.0
"""Deterministic time of CP-SAT for each design but the first."""
_LUT = COLUMNS.index("lut")


@dataclass(frozen=True)
class Fitted:
    """A design that fits with its fifos.

    Attributes:
        design: with its fifos.
        cost: int64 [columns]: what it takes without them.
        total: int64 [columns]: what it takes.
    """

    design: Design
    cost: Ints
    total: Ints


@dataclass(frozen=True)
class Attempt:
    """What came of looking for a design.

    Attributes:
        fitted: the smallest that fits; None where none was found.
        bound: what no design of the interval can better; infinite where proven that none fits.
        first: what the first design takes, whether it fits or not.
        fault: ``fifo-schedule``, where none was found since the first could not be followed.
    """

    fitted: Fitted | None = None
    bound: float = inf
    first: Resources | None = None
    fault: XnorflowError | None = None


def fit(space: Space, interval: int, goals: Sequence[int]) -> Attempt:
    """The design of least of each goal in turn, columns, that is found to fit.

    What fifos are needed depends on the interval too. So shorter ones are tried as well, while
    some design may still be better than the best so far.
    """
    search, fault = _Rounds(space, goals, _tries(space, interval)), None
    try:
        for most in reversed([n for n in space.intervals if n <= interval]):
            if not search.goes_on(most):
                break
    except XnorflowError as error:
        fault = error if search.best is None else None
    bound = inf if search.bound is None else search.bound
    return Attempt(search.best, bound, search.first, fault)


def _tries(space: Space, interval: int) -> int:
    """How many designs to look at: more of few options, fewer whose frames take long to follow."""
    options = sum(map(len, space.options))
    layers = len(space.options)
    affordable = max(_LEAST, _CYCLES // (interval * layers))
    return min(max(_TRIES, _OPTIONS // options), affordable)


class _Rounds:
    """Designs that are looked at, interval by interval, and what came of them."""

    def __init__(self, space: Space, goals: Sequence[int], tries: int) -> None:
        self._space, self._goals, self._tries = space, goals, tries
        self.best: Fitted | None = None
        self.bound: float | None = None
        self.first: Resources | None = None

    def goes_on(self, interval: int) -> bool:
        """Look at designs of an interval; whether shorter ones may be better."""
        estimated = bool(self._space.sized.more({}))
        for number, found in enumerate(self._designs(interval)):
            if found is None or not self._betters(found.cost):
                # The first is the least with no more than estimates, which shorter ones have too.
                return number > 0
            if self.first is None:
                self.first = found.design.resources()
            fits = bool((found.total <= self._space.limits).all())
            if fits and self._betters(found.total):
                self.best = found
            self._tries -= 1
            is_least = number == 0 and not estimated  # of all, even without fifos
            if not self._tries or (fits and is_least and (found.total == found.cost).all()):
                return False
        return True

    def _betters(self, cost: Ints) -> bool:
        """Whether so much is less than the best takes, in the order of the goals."""
        columns = list(self._goals)
        return self.best is None or cost[columns].tolist() < self.best.total[columns].tolist()

    def _designs(self, interval: int) -> Iterator[Fitted | None]:
        """The best designs, as far as their fifos are known.

        Ends when nothing new is found; the last is None where nothing fits. Where a design does not
        fit, the next ones leave so much room as its fifos took more than was counted.
        """
        bare, limits = self._space.cost_network.within(interval), self._space.limits
        known: dict[Meeting, Ints] = {}
        room = np.zeros(len(COLUMNS), np.int64)
        while bare is not None:
            answer, counting = self._answer(bare, known, room)
            if self.bound is None:
                self.bound = answer.bound
            if answer.route is None:
                yield None
                return
            choice = answer.route.choice
            design = self._space.design(answer.route)
            needed = _fifos(design, bare.meetings(choice))
            cost, takes = bare.route(choice).cost, sum(needed.values())
            yield Fitted(design, cost, cost + takes)
            if all(np.array_equal(known.get(at, 0 * cost), took) for at, took in needed.items()):
                return
            known |= needed
            if not (cost + takes <= limits).all():
                room = np.maximum(room, cost + takes - counting.route(choice).cost)

    def _answer(
        self, bare: CostNetwork, known: Mapping[Meeting, Ints], room: Ints
    ) -> tuple[Answer, CostNetwork]:
        """The best route that leaves the room, and what it was counted by.

        After the first, ties are left open beyond LUTs, and proofs when they take long: to have
        both each time takes as long as the search itself. The bound of the first is that of designs
        without fifos.
        """
        limits, goals, seconds = self._space.limits, self._goals, SECONDS
        if known:
            goals, seconds = goals[: goals.index(_LUT) + 1], _SECONDS
        more = self._space.sized.more(known)
        counting = bare.with_more(more)
        answer = least(counting, goals, limits - room, seconds=seconds)
        if room.any() and answer.route is None:
            answer = least(counting, goals, limits, seconds=seconds)
        if more and not known and answer.route is None:
            answer = least(bare, goals, limits)  # estimates rule nothing out
        elif more and self.bound is None:
            answer = replace(answer, bound=least(bare, goals[:1], limits).bound)
        return answer, counting


def _fifos(design: Design, meetings: Sequence[Meeting]) -> dict[Meeting, Ints]:
    """What the fifos take between each two streams that meet, in columns."""
    family = design.board.family
    found = {meeting: np.zeros(len(COLUMNS), np.int64) for meeting in meetings}
    for meeting, fifos in zip(meetings, fifos_of(design), strict=True):
        for fifo in fifos:
            found[meeting] += counted(fifo.resources(family), family)
    return found
