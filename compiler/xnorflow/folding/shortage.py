# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which resources do not suffice for an interval, each with the least that it takes."""

from __future__ import annotations

from math import inf

import numpy as np

from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.fit import Attempt
from xnorflow.folding.program import least
from xnorflow.folding.space import Space
from xnorflow.folding.trellis import COLUMNS, CYCLES
from xnorflow.hardware.resources import Resources

__all__ = ["shortage"]


def shortage(space: Space, interval: int, attempt: Attempt, hint: str) -> XnorflowError:
    """The error ``over-budget`` of an interval of which no design was found to fit."""
    trellis = space.trellis.within(interval)
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
