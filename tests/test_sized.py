# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a shortcut's fifo holds in one design is counted wherever streams may meet there."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from tests.branched import residual
from tests.foldings import CLOCK_MHZ, LARGE

from xnorflow.design.design import Design
from xnorflow.design.stage import Joint
from xnorflow.folding import sized
from xnorflow.folding.budget import Budget
from xnorflow.folding.columns import COLUMNS, Ints, counted
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.fit import fit
from xnorflow.folding.program import least
from xnorflow.folding.sized import fifos_of
from xnorflow.folding.space import Space
from xnorflow.hardware.stream import Stream

LUT, AREA = COLUMNS.index("lut"), COLUMNS.index("area")


def fresh() -> Space:
    return Space.of(residual().graph(), LARGE, CLOCK_MHZ, Budget.of(LARGE), None)


def sized_at(space: Space, interval: int) -> tuple[Design, tuple[int, ...]]:
    """The design of fewest LUTs without fifos, with its fifos, and its options."""
    network = space.cost_network.within(interval)
    assert network is not None
    route = least(network, [LUT], np.full(len(COLUMNS), inf)).route
    assert route is not None
    return space.design(route), route.choice


def of_fifo(stream: Stream, elements: int) -> tuple[int, ...]:
    depth = max(2, -(-elements // stream.lanes))
    fifo = Joint("f", "fifo", stream, stream, depth)
    return counted(fifo.resources(LARGE.family), LARGE.family)


def test_nothing_is_estimated_before_a_design_is_seen() -> None:
    assert fresh().sized.more({}) == {}


def test_a_shortcut_is_estimated_to_hold_as_many_elements_in_all_streams() -> None:
    space = fresh()
    design, choice = sized_at(space, 180)
    (shortcut,) = [n for n, fifos in enumerate(fifos_of(design)) if any(f.depth > 8 for f in fifos)]
    held = sum(fifo.depth * fifo.source.lanes for fifo in fifos_of(design)[shortcut])
    edge = space.cost_network.edges[shortcut]
    assert [space.graph.layers[n].name for n in (edge.source, edge.sink)] == ["fork0", "add0"]
    table = space.sized.more({})[shortcut]
    for i, written in enumerate(edge.written):
        for k, read in enumerate(edge.read):
            able = [of_fifo(stream, held) for stream in (written, read)]
            assert tuple(table[i, k]) == min(able, key=lambda cost: cost[AREA])
    (meeting,) = [m for m in space.cost_network.meetings(choice) if m[0] == shortcut]
    seen: Ints = np.full(len(COLUMNS), 7)
    known = space.sized.more({meeting: seen})[shortcut]
    np.testing.assert_array_equal(known[meeting[1:]], seen)
    known[meeting[1:]] = table[meeting[1:]]
    np.testing.assert_array_equal(known, table)


def test_fifos_of_a_design_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Design] = []

    def counting(design: Design) -> Design:
        found.append(design)
        return with_fifos(design)

    monkeypatch.setattr(sized, "with_fifos", counting)
    space = fresh()
    first, second = (sized_at(space, 180)[0] for _ in range(2))
    assert first is second
    assert len(found) == 1


def test_estimates_count_for_no_bound_and_spoil_no_design() -> None:
    space = fresh()
    sized_at(space, 180)
    goals = [LUT, COLUMNS.index("bram18"), COLUMNS.index("cycles")]
    for interval in (42, 60, 90, 180, 270, 1080):
        known, unknown = (fit(one, interval, goals) for one in (space, fresh()))
        assert known.bound == unknown.bound
        assert known.fitted is not None
        assert unknown.fitted is not None
        assert known.fitted.total[LUT] <= unknown.fitted.total[LUT]
