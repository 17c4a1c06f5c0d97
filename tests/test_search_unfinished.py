# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What is told where the search had no time, or could not follow a design."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.branched import nested
from tests.foldings import CLOCK_MHZ, LARGE, refusal, single, windows, with_luts

from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.explore.outcome import Point
from xnorflow.explore.work import Problem, estimate
from xnorflow.folding.budget import Budget
from xnorflow.folding.columns import COLUMNS
from xnorflow.folding.headroom import beyond_board
from xnorflow.folding.search import fold as search
from xnorflow.folding.space import Space

NO_TIME = 1e-6
NO_BLOCK_RAM = replace(LARGE, resources=replace(LARGE.resources, bram18=0))


@pytest.fixture
def solver_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where branches cross too much for prices."""
    monkeypatch.setattr("xnorflow.folding.pricing._ENTRIES", 0)


@pytest.mark.usefixtures("solver_alone")
@pytest.mark.parametrize("luts", [5, 60])
def test_what_is_short_is_told_even_where_the_solver_has_no_time_to_tell(
    luts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xnorflow.folding.space._SECONDS", NO_TIME)
    fault = refusal(nested().graph(), with_luts(luts), CLOCK_MHZ)
    assert fault.code == "over-budget"
    assert f"at most {luts} LUT, not " in fault.message
    assert int(fault.message.split()[-1]) > luts


@pytest.mark.usefixtures("solver_alone")
def test_where_nothing_was_found_or_proven_in_time_that_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All layers' options of fewest LUTs take block RAM, of which there is none."""
    graph, target = single(144, rows=64), CLOCK_MHZ * 1e6 / 256
    assert search(graph, NO_BLOCK_RAM, CLOCK_MHZ, target_fps=target).design.fps >= target
    for place in ("fit.SECONDS", "space._SECONDS"):
        monkeypatch.setattr(f"xnorflow.folding.{place}", NO_TIME)
    fault = refusal(graph, NO_BLOCK_RAM, CLOCK_MHZ, target_fps=target)
    assert fault.code == "search-unfinished"
    assert fault.message == (
        "a folding for 390,625 FPS must be found to keep to what pynq-z1 leaves beside the shell, "
        "or proven to be impossible, in the time of the search, not neither"
    )
    assert fault.hint.endswith("choose a larger board")
    point = Point(256, 0)
    assert not estimate(Problem(graph, NO_BLOCK_RAM, CLOCK_MHZ), point).fits


def test_a_faster_design_that_cannot_be_followed_is_no_way_to_be_faster(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And no error: what is told of them is no part of the design that was found."""
    refused = []

    def never(design: Design) -> Design:
        refused.append(design.interval_cycles)
        raise XnorflowError(Diagnostic("fifo-schedule", "", ""))

    monkeypatch.setattr("xnorflow.folding.sized.with_fifos", never)
    space = Space.of(windows(), LARGE, CLOCK_MHZ, Budget.of(LARGE), None)
    assert beyond_board(space, space.intervals[-1], [COLUMNS.index("lut")]) == ()
    assert refused


def test_where_no_design_can_be_followed_that_is_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(design: Design) -> Design:
        raise XnorflowError(Diagnostic("fifo-schedule", str(design.interval_cycles), ""))

    monkeypatch.setattr("xnorflow.folding.sized.with_fifos", never)
    for how in ({}, {"target_fps": CLOCK_MHZ * 1e6 / 60}):
        assert refusal(windows(), LARGE, CLOCK_MHZ, **how).code == "fifo-schedule"
