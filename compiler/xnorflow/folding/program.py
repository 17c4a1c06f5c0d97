# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The least of one resource that a route takes within limits for the others, and a proof of it.

A route of least LUTs that must keep to so many block RAMs is a shortest route with resource limits.
First the limits are priced (Lagrange multipliers, found by subgradient steps): each set of prices
gives a lower bound, and often a route that keeps the limits. Then options that no better route can
go through are dropped (their cheapest route at these prices costs more than the best one found),
and a constraint program over the rest, OR-Tools' CP-SAT, closes what gap there is. Where branches
cross each other too much for prices, it is left to the constraint program over all options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.folding.columns import COLUMNS, Floats, Ints
from xnorflow.folding.cost_network import CostNetwork, Edge, Route
from xnorflow.folding.pricing import Pricing

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

__all__ = ["SECONDS", "Answer", "least", "may_fit"]

_STEPS = 60
_SCALINGS = 12
"""Of prices at which no route keeps to the limits; together these change them by some 0.1 %."""
SECONDS = 8.0
"""Of CP-SAT's deterministic time."""
_ABSOLUTE, _RELATIVE = 1e-6, 1e-11
"""What sums of prices may be rounded by: some hundred of them, to 1e-16 of the whole each."""


@dataclass(frozen=True)
class Answer:
    """What was found, and proven.

    Attributes:
        route: the best route that keeps the limits; None if none was found.
        bound: no route takes less; infinite where it is proven that there is none.
    """

    route: Route | None
    bound: float


def least(
    network: CostNetwork, columns: Sequence[int], limits: Floats, *, seconds: float = SECONDS
) -> Answer:
    """The route that keeps to ``limits`` [columns], infinite where none is, of least cost.

    Deterministic: the same call gives the same route.

    Args:
        network: all routes.
        columns: of which it takes the least, in turn; the bound is of the first.
        limits: what it may take of each column.
        seconds: deterministic time of CP-SAT for each column, about seconds; then the best route so
            far counts, with its gap.
    """
    limits, found = limits.copy(), list[Answer]()
    best: Route | None = None
    for column in columns:
        answer, network = _sought(network, column, limits, best, seconds=seconds)
        found.append(answer)
        best = answer.route
        if best is None:
            break
        limits[column] = best.cost[column]
    return Answer(best, found[0].bound)


def may_fit(network: CostNetwork, limits: Floats) -> bool:
    """Whether no proof is found that no route keeps to ``limits`` [columns]."""
    return _sought(network, 0, limits, None, any_route=True)[0].bound < inf


def _sought(
    network: CostNetwork,
    column: int,
    limits: Floats,
    best: Route | None,
    *,
    any_route: bool = False,
    seconds: float = SECONDS,
) -> tuple[Answer, CostNetwork]:
    """The least of a column, or with ``any_route`` the first route that is met.

    Args:
        network: all routes.
        column: of which it takes the least.
        limits: what it may take of each column.
        best: a route that keeps them, if one is known.
        any_route: that keeps them will do.
        seconds: of CP-SAT's deterministic time.

    Returns:
        What was found, and the network of all routes that take as little.
    """
    pricing = Pricing.of(network)
    if pricing is None:
        best = best or _of_cheapest_options(network, column, limits)
        return _solved(network, column, limits, Answer(best, 0.0), any_route, seconds), network
    prices, bound, best = _priced(pricing, column, limits, best, any_route)
    if bound == inf:
        return Answer(None, inf), network
    most = limits[column] if best is None else float(best.cost[column])
    offset = float(np.delete(prices * _finite(limits), column).sum())
    bound = max(0.0, ceil(bound - _rounding(offset + bound)))
    if bound > most:
        return Answer(None, inf), network
    through = [own - offset for own in pricing.through(prices)]

    def of_at_most(amount: float) -> CostNetwork:
        return network.only([own <= amount + _rounding(offset + amount) for own in through])

    answer = Answer(best, bound)
    if best is None or not (any_route or bound == most):
        answer = _solved(of_at_most(most), column, limits, answer, any_route, seconds)
    if answer.route is None:
        return answer, network
    return answer, of_at_most(float(answer.route.cost[column]))


def _of_cheapest_options(network: CostNetwork, column: int, limits: Floats) -> Route | None:
    """The route whose options take the least of a column, if it keeps the limits."""
    cheapest = (node.numbers[node.costs[:, column].argmin()] for node in network.nodes)
    route = network.route(list(map(int, cheapest)))
    return route if (route.cost <= limits).all() else None


def _priced(
    pricing: Pricing, column: int, limits: Floats, best: Route | None, any_route: bool
) -> tuple[Floats, float, Route | None]:
    """Prices of the best lower bound, that bound, and the best route met that keeps the limits.

    The bound is infinite where it is proven that there is none.
    """
    unit = np.eye(len(COLUMNS))[column]
    limited = np.isfinite(limits) & (unit == 0)
    scale = np.where(limited, np.maximum(_finite(limits), 1.0), 1.0)
    prices = best_prices = unit
    bound = -inf
    for step in range(_STEPS):
        route = pricing.cheapest(prices)
        excess = np.where(limited, route.cost - _finite(limits), 0.0) / scale
        value = float(route.cost[column] + ((prices - unit) * scale) @ excess)
        if value > bound:
            bound, best_prices = value, prices
        fits = bool((route.cost <= limits).all())
        if fits and (best is None or route.cost[column] < best.cost[column]):
            best = route
        aim = bound * 1.1 + 1.0 if best is None else float(best.cost[column])
        steepness = float(excess @ excess)
        if steepness == 0 or aim - bound < 1 or (fits and (any_route or prices is unit)):
            break
        size = max(aim - value, 1.0) * (1.0 - step / _STEPS) / steepness
        prices = unit + np.maximum(prices - unit + size * excess / scale, 0.0)
    if best is None and _is_refuted(pricing, prices - unit, limits):
        bound = inf
    elif best is None:
        best = _dearer(pricing, column, limits, best_prices)
    return best_prices, bound, best


def _dearer(pricing: Pricing, column: int, limits: Floats, prices: Floats) -> Route | None:
    """A route that keeps the limits where they are priced some times as high, if one is met."""
    unit = np.eye(len(COLUMNS))[column]
    others = np.where(unit, inf, limits)
    best, low, high = None, 1.0, inf
    for _ in range(_SCALINGS):
        factor = 2 * low if high == inf else (low * high) ** 0.5
        route = pricing.cheapest(unit + factor * (prices - unit))
        if not (route.cost <= others).all():
            low = factor
            continue
        high = factor
        if best is None or route.cost[column] < best.cost[column]:
            best = route
    return best if best is not None and best.cost[column] <= limits[column] else None


def _is_refuted(pricing: Pricing, prices: Floats, limits: Floats) -> bool:
    """Whether every route takes more than all that the limits leave is worth at these prices."""
    worth = float(prices @ _finite(limits))
    return float(prices @ pricing.cheapest(prices).cost) > worth + _rounding(worth)


def _rounding(amount: float) -> float:
    """By how much a sum of prices may be off."""
    return _ABSOLUTE + _RELATIVE * amount


def _finite(limits: Floats) -> Floats:
    return np.where(np.isfinite(limits), limits, 0.0)


def _solved(
    network: CostNetwork,
    column: int,
    limits: Floats,
    known: Answer,
    any_route: bool,
    seconds: float,
) -> Answer:
    """The best route; ``known`` is what is known so far."""
    from ortools.sat.python import cp_model

    model, picks, totals = _model(network)
    for total, limit in zip(totals, limits, strict=True):
        if np.isfinite(limit):
            model.add(total <= int(limit))
    model.minimize(totals[column])
    if known.route is not None:
        for pick, place in zip(picks, network.places(known.route.choice), strict=True):
            model.add_hint(pick[place], 1)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = seconds
    solver.parameters.linearization_level = 2  # routes are flows: linear bounds are close
    solver.parameters.cp_model_presolve = False  # it takes longer than to solve what is kept
    solver.parameters.stop_after_first_solution = any_route
    solver.parameters.catch_sigint_signal = False  # it would leave no handler behind, not Python's
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Answer(None, inf)
    bound = max(known.bound, ceil(solver.best_objective_bound - _ABSOLUTE))
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer(known.route, bound)
    choice = [
        int(node.numbers[next(place for place, one in enumerate(pick) if solver.value(one))])
        for node, pick in zip(network.nodes, picks, strict=True)
    ]
    found = network.route(choice)
    if known.route is not None and known.route.cost[column] < found.cost[column]:
        found = known.route
    return Answer(found, bound)


def _model(network: CostNetwork) -> tuple[CpModel, list[list[IntVar]], list[LinearExpr]]:
    """One option a node, and on each edge one way from the stream written to the stream read.

    Returns the model, for each node the variable of each option, and what each column adds up to.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    terms: list[list[tuple[IntVar, int]]] = [[] for _ in COLUMNS]
    picks: list[list[IntVar]] = []
    entering: list[list[Edge]] = [[] for _ in network.nodes]
    for edge in network.edges:
        entering[edge.sink].append(edge)

    def take(variable: IntVar, cost: Ints) -> None:
        for column, amount in enumerate(cost):
            if amount:
                terms[column].append((variable, int(amount)))

    for node, edges in zip(network.nodes, entering, strict=True):
        pick = [model.new_bool_var("") for _ in node.numbers]
        model.add_exactly_one(pick)
        for variable, cost in zip(pick, node.costs, strict=True):
            take(variable, cost)
        picks.append(pick)
        for edge in edges:
            written = _by_stream(picks[edge.source], network.nodes[edge.source].writes)
            read = _by_stream(pick, node.reads[edge.entry])
            ways = {(u, w): model.new_bool_var("") for u in written for w in read}
            for way, variable in ways.items():
                take(variable, edge.joints[way])
            for u, own in written.items():
                model.add(sum(ways[u, w] for w in read) == sum(own))
            for w, own in read.items():
                model.add(sum(ways[u, w] for u in written) == sum(own))
    totals = [
        cp_model.LinearExpr.weighted_sum([v for v, _ in column], [amount for _, amount in column])
        for column in terms
    ]
    return model, picks, totals


def _by_stream(pick: Sequence[IntVar], streams: Ints) -> dict[int, list[IntVar]]:
    """For each stream the options that read it, or write it."""
    found: dict[int, list[IntVar]] = {}
    for variable, stream in zip(pick, streams.tolist(), strict=True):
        found.setdefault(stream, []).append(variable)
    return found
