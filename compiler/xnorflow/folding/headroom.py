# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What more hardware would give: the next faster designs, and what they take without fifos."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import floor, inf

import numpy as np

from xnorflow.folding.columns import COLUMNS, CYCLES, Floats, Ints, amounts
from xnorflow.folding.cost_network import Route
from xnorflow.folding.fit import fit
from xnorflow.folding.space import Space
from xnorflow.folding.verdict import Lift
from xnorflow.hardware.resources import Resources

__all__ = ["beyond_board", "on_board"]

_FASTER = (1.5, 2.0)
"""How much faster is asked for, beside the next step."""

_Takes = Route | Resources | None
"""What a design takes; None where there is none."""


def on_board(space: Space, interval: int, column: int, have: Ints) -> tuple[Lift, ...]:
    """What faster designs that fit the board take more than the ``have`` [columns] of this one.

    Args:
        space: all designs.
        interval: of this one.
        column: what they take least of.
        have: what this one takes, without fifos.
    """
    shorter = list(_shorter(space, interval))
    routes = [space.least(one, column, space.limits).route for one in shorter]
    return _lifts(space, zip(shorter, routes, strict=True), have)


def beyond_board(space: Space, interval: int, goals: Sequence[int]) -> tuple[Lift, ...]:
    """Of which resource how much more than the board leaves faster designs take.

    Each resource alone, where that suffices; else of several what takes the least area. Where only
    fifos do not fit, what the design that was found takes with them.
    """
    found = (
        (shorter, takes)
        for shorter in _shorter(space, interval)
        for takes in _beyond(space, shorter, goals)
    )
    return _lifts(space, found, space.limits)


def _beyond(space: Space, interval: int, goals: Sequence[int]) -> list[_Takes]:
    """What designs of an interval take that do not fit the board."""
    if space.least(interval, 0, space.limits).route is not None:
        return [fit(space, interval, goals).first]
    alone = []
    for column in range(CYCLES):
        limits = space.limits.copy()
        limits[column] = inf
        alone.append(space.least(interval, column, limits).route)
    if any(route is not None for route in alone):
        return [*alone]
    without = np.full(len(COLUMNS), inf)
    return [space.least(interval, COLUMNS.index("area"), without).route]


def _lifts(
    space: Space, found: Iterable[tuple[int, _Takes]], have: Ints | Floats
) -> tuple[Lift, ...]:
    """What is taken at intervals beyond what one has, but for what another one beats."""
    lifts = []
    for interval, takes in found:
        if takes is None:
            continue
        cost = amounts(takes) if isinstance(takes, Resources) else takes.cost[:CYCLES]
        more = np.maximum(cost - have[:CYCLES], 0)
        if more.any():
            lifts.append(Lift(space.fps(interval), Resources(*map(int, more))))
    return _best(lifts)


def _best(lifts: Sequence[Lift]) -> tuple[Lift, ...]:
    """Those that no other one beats: faster or as fast, for no more of anything."""
    return tuple(
        lift
        for place, lift in enumerate(lifts)
        if not any(
            _beats(other, lift) and (not _beats(lift, other) or before < place)
            for before, other in enumerate(lifts)
            if before != place
        )
    )


def _beats(one: Lift, other: Lift) -> bool:
    """Whether one is as fast at least, for as little at most of each resource."""
    costs = zip(amounts(one.more), amounts(other.more), strict=True)
    return one.fps >= other.fps and all(a <= b for a, b in costs)


def _shorter(space: Space, interval: int) -> Iterator[int]:
    """The next shorter interval, and the longest that are so much shorter."""
    wanted = [interval - 1, *(floor(interval / factor) for factor in _FASTER)]
    found = ([n for n in space.intervals if n <= most] for most in wanted)
    yield from dict.fromkeys(shorter[-1] for shorter in found if shorter)
