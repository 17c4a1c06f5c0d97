# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""On networks that branch, the search finds what trying everything finds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import combinations, product
from random import Random

import numpy as np
import pytest
from tests.branched import INT4, PADDED
from tests.designs import Maker
from tests.foldings import ANY, CLOCK_MHZ, LARGE, everything, measure, refusal, with_luts

from xnorflow.folding.columns import COLUMNS, Ints
from xnorflow.folding.cost_network import CostNetwork
from xnorflow.folding.options import options_of
from xnorflow.folding.pricing import Pricing
from xnorflow.folding.program import least, may_fit
from xnorflow.folding.search import fold as search
from xnorflow.ir.graph import Graph
from xnorflow.ir.types import BIPOLAR, ValueType


def doubled() -> Graph:
    """A tensor added to itself, and once more."""
    made = Maker(6, ValueType(3), seed=1).fork("fork0", 2, ANY).sum("add0", "fork0_out", ANY)
    made.fork("fork1", 2, ANY).sum("add1", "fork1_out", ANY).quantize("sign", ANY)
    return made.dense("dense0", 3, ANY, raw=True).graph()


def three_readers() -> Graph:
    made = Maker(4, BIPOLAR, seed=2).fork("fork0", 3, ANY).dense("dense0", 4, ANY)
    made.sum("add0", "fork0_out", ANY).sum("add1", "fork0_out", ANY)
    return made.graph()


def nested() -> Graph:
    """A shortcut around a block that has one of its own."""
    made = Maker(4, INT4, seed=3).fork("fork0", 2, ANY).quantize("sign0", ANY)
    made.fork("fork1", 2, ANY).dense("dense0", 4, ANY).sum("add1", "fork1_out", ANY)
    return made.sum("add0", "fork0_out", ANY).graph()


def images() -> Graph:
    """A layer of two kernels with other streams beside a shortcut."""
    made = Maker((2, 3, 2), BIPOLAR, seed=4).fork("fork0", 2, ANY)
    made.window("window0", PADDED, ANY).conv("conv0", 2, ANY, raw=True)
    return made.sum("add0", "fork0_out", ANY).graph()


def drawn(seed: int) -> Graph:
    """Forks of any reach, one in another or across each other."""
    rng = Random(seed)
    made = Maker(rng.choice((2, 3, 4)), INT4, seed=seed).fork("first", 2, ANY)
    open_tensors = ["first_out"]
    for number in range(rng.randint(2, 4)):
        kind = rng.choice(("fork", "sign", "dense", "add"))
        if kind == "fork" and len(open_tensors) < 2:
            made.fork(f"fork{number}", 2, ANY)
            open_tensors.append(made.last)
        elif kind == "dense":
            made.dense(f"dense{number}", made.tensors[made.last].elements, ANY, raw=True)
        elif kind == "add" and open_tensors:
            made.sum(f"add{number}", open_tensors.pop(rng.randrange(len(open_tensors))), ANY)
        else:
            made.quantize(f"sign{number}", ANY)
    for number, tensor in enumerate(open_tensors):
        made.sum(f"last{number}", tensor, ANY)
    return made.graph()


SMALL: tuple[Callable[[], Graph], ...] = (doubled, three_readers, nested, images)
GRAPHS = [*(made.__name__ for made in SMALL), *map(str, range(12))]


@cache
def graph_of(name: str) -> Graph:
    return drawn(int(name)) if name.isdigit() else globals()[name]()


@cache
def network_of(name: str) -> CostNetwork:
    graph = graph_of(name)
    options = [options_of(layer, LARGE, None) for layer in graph.layers]
    return CostNetwork.of(graph, options, LARGE.family)


@cache
def all_routes(name: str) -> tuple[Ints, Ints]:
    """The choice of each route [routes, nodes], and what it takes [routes, columns]."""
    network = network_of(name)
    choices = np.array(list(product(*(node.numbers.tolist() for node in network.nodes))))
    places = [
        np.searchsorted(node.numbers, own)
        for node, own in zip(network.nodes, choices.T, strict=True)
    ]
    costs = np.zeros((len(choices), len(COLUMNS)), np.int64)
    for node, own in zip(network.nodes, places, strict=True):
        costs += node.costs[own]
    for edge in network.edges:
        written = network.nodes[edge.source].writes[places[edge.source]]
        read = network.nodes[edge.sink].reads[edge.entry][places[edge.sink]]
        costs += edge.joints[written, read]
    return choices, costs


def pricing_of(name: str) -> Pricing:
    pricing = Pricing.of(network_of(name))
    assert pricing is not None
    return pricing


@pytest.mark.parametrize("name", GRAPHS)
def test_the_cheapest_route_is_that_of_all_routes(name: str) -> None:
    choices, costs = all_routes(name)
    rng = np.random.default_rng(1)
    for prices in (*np.eye(len(COLUMNS)), *rng.random((5, len(COLUMNS)))):
        route = pricing_of(name).cheapest(prices)
        assert route.cost @ prices == pytest.approx((costs @ prices).min())
        (same,) = np.flatnonzero((choices == route.choice).all(axis=1))
        np.testing.assert_array_equal(route.cost, costs[same])
        np.testing.assert_array_equal(network_of(name).route(route.choice).cost, route.cost)


@pytest.mark.parametrize("name", GRAPHS)
def test_through_each_option_the_cheapest_route_is_that_of_all_routes(name: str) -> None:
    choices, costs = all_routes(name)
    rng = np.random.default_rng(2)
    for prices in rng.random((3, len(COLUMNS))):
        total = costs @ prices
        found = pricing_of(name).through(prices)
        for place, (node, own) in enumerate(zip(network_of(name).nodes, found, strict=True)):
            best = [total[choices[:, place] == number].min() for number in node.numbers]
            np.testing.assert_allclose(own, best)


def check_limits(name: str, seed: int) -> None:
    """The least within limits that bind: what a random route takes, or a little less."""
    _, costs = all_routes(name)
    rng, network = np.random.default_rng(seed), network_of(name)
    for _ in range(6):
        limits = costs[rng.integers(len(costs))] + rng.integers(-3, 4, len(COLUMNS)).astype(float)
        limits[rng.random(len(COLUMNS)) < 0.4] = np.inf
        fitting = costs[(costs <= limits).all(axis=1)]
        columns = [int(n) for n in rng.permutation(len(COLUMNS))[:3]]
        answer = least(network, columns, limits)
        assert may_fit(network, limits) == bool(len(fitting))
        if not len(fitting):
            assert (answer.route, answer.bound) == (None, np.inf)
            continue
        assert answer.route is not None
        assert answer.bound == fitting[:, columns[0]].min()
        assert (answer.route.cost <= limits).all()
        best = min(fitting[:, columns].tolist())
        assert answer.route.cost[columns].tolist() == best


@pytest.mark.parametrize("name", GRAPHS)
def test_the_least_within_limits_is_that_of_all_routes(name: str) -> None:
    check_limits(name, seed=3)


@pytest.mark.parametrize("scale", [10**9 + 7, 10**12 + 39])
@pytest.mark.parametrize("name", GRAPHS)
def test_bounds_hold_however_large_the_numbers(name: str, scale: int) -> None:
    """Where all costs so many times, the best route takes so many times as much."""
    network, (_, costs) = network_of(name), all_routes(name)
    nodes = tuple(replace(node, costs=node.costs * scale) for node in network.nodes)
    edges = tuple(replace(edge, joints=edge.joints * scale) for edge in network.edges)
    large, rng = replace(network, nodes=nodes, edges=edges), np.random.default_rng(5)
    for column in range(len(COLUMNS)):
        limits = costs[rng.integers(len(costs))].astype(float)
        best = scale * int(costs[(costs <= limits).all(axis=1), column].min())
        answer = least(large, [column], limits * scale)
        assert answer.route is not None
        assert answer.route.cost[column] == best
        assert best * (1 - 1e-9) <= answer.bound <= best


@pytest.mark.parametrize("name", GRAPHS)
def test_where_tables_would_be_too_large_the_solver_alone_finds_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xnorflow.folding.pricing._ENTRIES", 0)
    assert Pricing.of(network_of(name)) is None
    check_limits(name, seed=4)


def test_where_all_branches_cross_the_solver_alone_is_asked() -> None:
    """Each two of four tensors are added, and all that gives."""
    made = Maker(120, BIPOLAR, seed=5).fork("fork", 4, ANY)
    for number in range(4):
        made.at("fork_out").quantize(f"bit{number}", ANY).fork(f"bits{number}", 3, ANY)
    pairs = list(combinations(range(4), 2))
    for one, other in pairs:
        made.at(f"bits{one}_out").sum(f"sum{one}{other}", f"bits{other}_out", ANY)
    for one, other in pairs[:-1]:
        made.sum(f"all{one}{other}", f"sum{one}{other}_out", ANY)
    graph = made.graph()
    options = [options_of(layer, LARGE, None) for layer in graph.layers]
    network = CostNetwork.of(graph, options, LARGE.family)
    assert Pricing.of(network) is None
    answer = least(network, [COLUMNS.index("lut")], np.full(len(COLUMNS), np.inf))
    assert answer.route is not None
    assert answer.route.cost[COLUMNS.index("lut")] == answer.bound
    chosen = [own[number].stage for own, number in zip(options, answer.route.choice, strict=True)]
    assert {stage.folding.pe for stage in chosen} == {1}


def test_the_solver_alone_searches_as_far(monkeypatch: pytest.MonkeyPatch) -> None:
    by_prices = search(graph_of("nested"), with_luts(150), CLOCK_MHZ)
    monkeypatch.setattr("xnorflow.folding.pricing._ENTRIES", 0)
    alone = search(graph_of("nested"), with_luts(150), CLOCK_MHZ)
    assert alone.verdict == by_prices.verdict
    assert alone.design.resources().lut == by_prices.design.resources().lut <= 150


@pytest.mark.parametrize("name", GRAPHS)
def test_the_smallest_design_of_every_interval_is_bounded_by_that_of_all(name: str) -> None:
    graph = graph_of(name)
    designs = everything(graph)
    for limit in sorted({interval for interval, *_ in designs}):
        able = [measure(cost, cycles) for interval, cycles, cost in designs if interval <= limit]
        found = search(graph, LARGE, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6 / limit)
        cycles = sum(stage.cycles for stage in found.design.stages)
        assert found.verdict.bound == min(able)[0]
        assert found.design.interval_cycles <= limit
        assert measure(found.design.resources(), cycles) >= min(able)
        if not any(joint.depth for joint in found.design.joints):
            assert measure(found.design.resources(), cycles)[0] == min(able)[0]


def test_too_little_room_for_branches_says_what_would_fit_and_that_does() -> None:
    graph = graph_of("nested")
    limits = {interval for interval, *_ in everything(graph)}
    fast, slow = (
        search(graph, LARGE, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6 / limit).design
        for limit in (min(limits), max(limits))
    )
    luts = slow.resources().lut
    assert luts < fast.resources().lut
    board = with_luts(luts)
    fault = refusal(graph, board, CLOCK_MHZ, target_fps=fast.fps)
    assert fault.code == "over-budget"
    start = "the accelerator must keep to what pynq-z1 leaves beside the shell, at most "
    assert fault.message.startswith(f"{start}{luts} LUT, not ")
    words = fault.hint.split()
    assert fault.hint == f"ask for at most {words[4]} FPS, or choose a larger board"
    target = int(words[4].replace(",", ""))
    found = search(graph, board, CLOCK_MHZ, target_fps=target).design
    assert found.fps >= target
    assert found.resources().lut <= luts
    assert refusal(graph, with_luts(5), CLOCK_MHZ).hint == "choose a larger board"
