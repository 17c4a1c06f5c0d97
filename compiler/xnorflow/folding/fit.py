# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The smallest design of an interval, fifos included.

How deep fifos must be follows from all stages together. So the best route without fifos is found,
and its fifos; these are then counted wherever the same two streams meet, and the best route is
looked for again, until one is found whose fifos have all been counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from xnorflow.folding.design import Design
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.program import least
from xnorflow.folding.space import Space
from xnorflow.folding.trellis import COLUMNS, Floats, Ints, Meeting, Route, Trellis, counted
from xnorflow.ir.kernel import Resources

__all__ = ["Attempt", "Fitted", "fit"]

_TRIES = 4
"""Designs that are looked at with their fifos before the best so far counts."""
_OPTIONS = 2000
"""Where all layers have fewer options than these, so many times more designs are looked at."""


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
    """

    fitted: Fitted | None = None
    bound: float = inf
    first: Resources | None = None


def fit(space: Space, interval: int, goals: Sequence[int]) -> Attempt:
    """The design of least of each goal in turn, columns of the trellis, that is found to fit.

    What fifos are needed depends on the interval too. So shorter ones are tried as well, while
    some design may still be better than the best so far.
    """
    options = sum(len(level.options) for level in space.trellis.levels)
    tries = max(_TRIES, _OPTIONS // options)
    bound: float | None = None
    first: Resources | None = None
    best: Fitted | None = None
    for most in reversed([n for n in space.intervals if n <= interval]):
        for number, (found, least_left) in enumerate(_designs(space, most, goals)):
            if bound is None:
                bound, first = least_left, None if found is None else found.design.resources()
            if found is None or (best is not None and least_left >= best.total[goals[0]]):
                if number == 0:  # with no fifos counted yet, it is a proof
                    return Attempt(best, bound, first)
                break
            if (found.total <= space.limits).all() and (
                best is None or _rank(found, goals) < _rank(best, goals)
            ):
                best = found
            tries -= 1
            if tries == 0 or (best is not None and best.total[goals[0]] == bound):
                return Attempt(best, bound, first)
    return Attempt(best, inf if bound is None else bound, first)


def _designs(
    space: Space, interval: int, goals: Sequence[int]
) -> Iterator[tuple[Fitted | None, float]]:
    """The best designs, as far as their fifos are known, and what those not seen yet may take.

    Ends when nothing new is found; the last is None where nothing fits. Only in the first one are
    ties broken, each of which takes as long as the search itself.
    """
    bare = space.trellis.within(interval)
    fifos: dict[Meeting, Ints] = {}
    while bare is not None:
        route, least_left = _best_route(bare.with_more(fifos), goals, space.limits)
        if route is None:
            yield None, least_left
            return
        design = with_fifos(space.design(bare, route))
        needed = _fifos(design, bare.meetings(route))
        cost = bare.route(route.choice).cost
        yield Fitted(design, cost, cost + sum(needed.values())), least_left
        if all(np.array_equal(fifos.get(at, 0 * cost), more) for at, more in needed.items()):
            return
        fifos |= needed
        goals = goals[:1]


def _rank(fitted: Fitted, goals: Sequence[int]) -> list[int]:
    return [int(fitted.total[column]) for column in goals]


def _best_route(
    trellis: Trellis, goals: Sequence[int], limits: Floats
) -> tuple[Route | None, float]:
    """The route of least of each goal in turn, and the bound of the first."""
    limits, bound, best = limits.copy(), None, None
    for column in goals:
        answer = least(trellis, column, limits)
        bound = answer.bound if bound is None else bound
        if answer.route is None:
            break
        best = answer.route
        limits[column] = min(limits[column], float(best.cost[column]))
    assert bound is not None, "there are goals"
    return best, bound


def _fifos(design: Design, meetings: Sequence[Meeting]) -> dict[Meeting, Ints]:
    """What the fifos take between each two streams that meet, in columns."""
    found = {meeting: np.zeros(len(COLUMNS), np.int64) for meeting in meetings}
    for joint in design.joints:
        if joint.adapter_name == "fifo":
            found[meetings[joint.before - 1]] += counted(joint.resources(design.board.family))
    return found
