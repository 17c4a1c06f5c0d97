# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The least of one resource that a route takes within limits for the others, and a proof of it.

A route of least LUTs that must keep to so many block RAMs is a shortest route with resource limits.
First the limits are priced (Lagrange multipliers, found by subgradient steps): each set of prices
gives a lower bound, and often a route that keeps the limits. Then options that no better route can
go through are dropped (their cheapest route at these prices costs more than the best one found),
and a constraint program over the rest, OR-Tools' CP-SAT, closes what gap there is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.folding.trellis import COLUMNS, Floats, Ints, Route, Trellis

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

    Bits = dict[int, IntVar]

__all__ = ["Answer", "least"]

Bools = npt.NDArray[np.bool_]

_STEPS = 60
_SECONDS = 8.0
"""Deterministic time of CP-SAT, about seconds; then the best route so far counts, with its gap."""
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Answer:
    """What was found, and proven.

    Attributes:
        route: the best route that keeps the limits; None if none was found.
        bound: no route takes less; infinite where it is proven that there is none.
    """

    route: Route | None
    bound: float


def least(trellis: Trellis, column: int, limits: Floats) -> Answer:
    """The route of least ``column`` that keeps to ``limits`` [columns], infinite where none is.

    Deterministic: the same call gives the same route.
    """
    prices, bound, best = _priced(trellis, column, limits)
    most = limits[column] if best is None else float(best.cost[column])
    bound = max(0.0, ceil(bound - _TOLERANCE))
    if bound > most:
        return Answer(None, inf)
    if best is not None and bound == most:
        return Answer(best, bound)
    offset = float(np.delete(prices * _finite(limits), column).sum())
    kept = [row - offset <= most + _TOLERANCE * (1 + offset) for row in trellis.through(prices)]
    return _solved(trellis, kept, column, limits, Answer(best, bound))


def _priced(trellis: Trellis, column: int, limits: Floats) -> tuple[Floats, float, Route | None]:
    """Prices of the best lower bound, that bound, and the best route met that keeps the limits."""
    unit = np.eye(len(COLUMNS))[column]
    limited = np.isfinite(limits) & (unit == 0)
    scale = np.where(limited, np.maximum(_finite(limits), 1.0), 1.0)
    prices = best_prices = unit
    bound, best = -inf, None
    for step in range(_STEPS):
        route = trellis.cheapest(prices)
        excess = np.where(limited, route.cost - _finite(limits), 0.0) / scale
        value = float(route.cost[column] + ((prices - unit) * scale) @ excess)
        if value > bound:
            bound, best_prices = value, prices
        fits = bool((route.cost <= limits).all())
        if fits and (best is None or route.cost[column] < best.cost[column]):
            best = route
        aim = bound * 1.1 + 1.0 if best is None else float(best.cost[column])
        steepness = float(excess @ excess)
        if steepness == 0 or aim - bound < 1 or (fits and prices is unit):
            break
        size = max(aim - value, 1.0) * (1.0 - step / _STEPS) / steepness
        prices = unit + np.maximum(prices - unit + size * excess / scale, 0.0)
    return best_prices, bound, best


def _finite(limits: Floats) -> Floats:
    return np.where(np.isfinite(limits), limits, 0.0)


def _solved(
    trellis: Trellis, kept: list[Bools], column: int, limits: Floats, known: Answer
) -> Answer:
    """The best route through options that are kept; ``known`` is what is known so far."""
    from ortools.sat.python import cp_model

    model, picks, totals = _model(trellis, kept)
    for total, limit in zip(totals, limits, strict=True):
        if np.isfinite(limit):
            model.add(total <= int(limit))
    model.minimize(totals[column])
    if known.route is not None:
        for pick, number in zip(picks, known.route.choice, strict=True):
            model.add_hint(pick[number], 1)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = _SECONDS
    solver.parameters.catch_sigint_signal = False  # it would leave no handler behind, not Python's
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Answer(None, inf)
    bound = max(known.bound, ceil(solver.best_objective_bound - _TOLERANCE))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(known.route, bound)
    choice = [next(n for n, one in pick.items() if solver.value(one)) for pick in picks]
    return Answer(trellis.route(tuple(choice)), bound)


def _model(trellis: Trellis, kept: list[Bools]) -> tuple[CpModel, list[Bits], list[LinearExpr]]:
    """One option a level, and one way from the stream that it writes to the stream then read.

    Returns the model, for each level the variable of each option kept, and what each column
    adds up to.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    terms: list[list[tuple[IntVar, int]]] = [[] for _ in COLUMNS]
    picks: list[Bits] = []

    def take(variable: IntVar, cost: Ints) -> None:
        for column, amount in enumerate(cost):
            if amount:
                terms[column].append((variable, int(amount)))

    written: dict[int, list[IntVar]] = {}
    for level, keep in zip(trellis.levels, kept, strict=True):
        pick = {int(number): model.new_bool_var("") for number in np.flatnonzero(keep)}
        model.add_exactly_one(pick.values())
        read: dict[int, list[IntVar]] = {}
        for number, variable in pick.items():
            take(variable, level.costs[number])
            read.setdefault(int(level.source[number]), []).append(variable)
        ways = {(u, w): model.new_bool_var("") for u in written for w in read}
        for (u, w), variable in ways.items():
            take(variable, level.joints[u, w])
        for u, own in written.items():
            model.add(sum(ways[u, w] for w in read) == sum(own))
        for w, own in read.items() if written else ():
            model.add(sum(ways[u, w] for u in written) == sum(own))
        written = {}
        for number, variable in pick.items():
            written.setdefault(int(level.sink[number]), []).append(variable)
        picks.append(pick)
    totals = [
        cp_model.LinearExpr.weighted_sum([v for v, _ in column], [amount for _, amount in column])
        for column in terms
    ]
    return model, picks, totals
