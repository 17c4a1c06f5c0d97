# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Why no design of an interval was found: what does not suffice, or that it is not known."""

from __future__ import annotations

from math import inf

import numpy as np

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.folding.columns import COLUMNS, CYCLES
from xnorflow.folding.fit import Attempt
from xnorflow.folding.space import Space
from xnorflow.hardware.resources import Resources

__all__ = ["shortage"]


def shortage(space: Space, interval: int, attempt: Attempt, hint: str) -> XnorflowError:
    """The error of an interval of which no design was found to fit.

    ``over-budget`` with each resource that does not suffice and the least that it takes; or
    ``search-unfinished``, where none was found and nothing proves that there is none.
    """
    unlimited = np.full(len(COLUMNS), inf)
    least_of_each = [space.least(interval, n, unlimited).bound for n in range(CYCLES)]
    needs = Resources(*map(int, least_of_each))
    if space.budget.fits(needs) and attempt.first is not None:
        needs = attempt.first  # it is the fifos
    if space.budget.fits(needs) and attempt.bound < inf:
        return _unfinished(space, interval, hint)
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


def _unfinished(space: Space, interval: int, hint: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "search-unfinished",
            f"a folding for {space.fps(interval):,.6g} FPS must be found to keep to what "
            f"{space.board.name} leaves beside the shell, or proven to be impossible, in the time "
            "of the search, not neither",
            hint,
        )
    )
