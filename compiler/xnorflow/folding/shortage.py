# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which resources do not suffice for an interval, each with the least that it takes."""

from __future__ import annotations

from math import inf

import numpy as np

from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.columns import COLUMNS, CYCLES
from xnorflow.folding.fit import Attempt
from xnorflow.folding.space import Space
from xnorflow.hardware.resources import Resources

__all__ = ["shortage"]


def shortage(space: Space, interval: int, attempt: Attempt, hint: str) -> XnorflowError:
    """The error ``over-budget`` of an interval of which no design was found to fit."""
    unlimited = np.full(len(COLUMNS), inf)
    least_of_each = [space.least(interval, n, unlimited).bound for n in range(CYCLES)]
    needs = Resources(*map(int, least_of_each))
    if space.budget.fits(needs) and attempt.first is not None:
        needs = attempt.first  # it is the fifos
    for column in range(CYCLES):  # each alone suffices, but not all together
        limits = space.limits.copy()
        limits[column] = inf
        answer = space.least(interval, column, limits)
        if space.budget.fits(needs) and answer.route is not None:
            needs = Resources(*map(int, answer.route.cost[:CYCLES]))
    if space.budget.fits(needs):
        smallest = space.least(interval, COLUMNS.index("area"), unlimited).route
        assert smallest is not None, "the interval is one of a design"
        needs = Resources(*map(int, smallest.cost[:CYCLES]))
    return space.budget.error(space.board.name, needs, hint)
