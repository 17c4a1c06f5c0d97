# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The simulator of streams, apart from any kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from xnorflow.timing import pace
from xnorflow.timing.pace import Dataflow, End
from xnorflow.timing.process import REGISTER, SKID, Order, Output, Process

BEATS = 6


def passing(output: Output = SKID) -> Process:
    return Process(Order.of_beats(BEATS), BEATS, output)


def slow(room: int) -> Process:
    """Reads a frame, then takes as long again to give it out."""
    read = np.array([[beat, 0, 0, 1] for beat in range(1, BEATS + 1)])
    give = np.array([[BEATS, beat, 1, 1] for beat in range(1, BEATS + 1)])
    order = Order.of([(np.concatenate([read, give]), 1, 0, 0)])
    return Process(order, BEATS, REGISTER, room=room, delay=3)


def test_a_lone_beat_a_cycle_passes_at_once() -> None:
    trace = Dataflow.chain([passing(), passing(Output(5, turn=1, latency=2))]).trace(1)
    assert trace.accepted.tolist() == [0, 1, 2, 3, 4, 5]
    assert trace.offered.tolist() == trace.taken.tolist() == [3, 4, 5, 6, 7, 8]


def test_pauses_on_both_sides_are_kept() -> None:
    offers = np.array([2, 3, 4, 5, 20, 21])
    ready = np.zeros(12, np.bool_)
    trace = Dataflow.chain([passing()]).trace(1, offers, ready)
    assert trace.accepted.tolist() == [2, 3, 13, 14, 20, 21]
    assert trace.offered.tolist() == [3, 13, 14, 15, 21, 22]
    assert trace.taken.tolist() == [12, 13, 14, 15, 21, 22]


def test_the_next_frame_comes_in_while_one_goes_out() -> None:
    assert Dataflow.chain([slow(BEATS)]).settle(50).interval == 2 * BEATS
    assert (
        Dataflow.chain([passing(), slow(2 * BEATS)]).settle(50, pace=2 * BEATS).end is End.REPEATS
    )


def test_frames_that_come_too_soon_are_late_for_ever() -> None:
    run = Dataflow.chain([slow(BEATS)]).settle(50, pace=2 * BEATS - 1, deadline=2 * BEATS - 1)
    assert (run.end, run.period, run.interval) == (End.SLOWER, 0, None)
    assert run.gap == 2 * BEATS


def test_a_kernel_without_room_for_what_it_needs_is_stuck() -> None:
    assert Dataflow.chain([passing(), slow(BEATS - 1)]).run(2).end is End.STUCK


def test_a_run_beyond_its_budget_is_broken_off() -> None:
    assert Dataflow.chain([passing()]).settle(50, budget=10).end is End.BROKEN_OFF


def test_a_state_that_comes_back_after_several_frames_is_found() -> None:
    """Two frames in three take a cycle less: a step of every third one waits."""
    each = np.array([[1, 1, 1, 1]])
    thrice = Process(Order(each, np.array([[0, 1, 3 * BEATS, 0, 1]])), 3 * BEATS, passing().output)
    late = np.array([[1, 1, 1, 2], *[[beat, beat, 1, 1] for beat in range(2, 3 * BEATS + 1)]])
    source = Process(Order(late, np.array([[0, 3 * BEATS, 1, 0, 0]])), 3 * BEATS, SKID)
    run = Dataflow.chain([source, thrice, passing()]).settle(50)
    assert (run.end, run.period) == (End.REPEATS, 3)
    assert run.interval == pytest.approx(BEATS + 1 / 3)


def test_a_part_is_left_out_or_given_another_output() -> None:
    whole = Dataflow.chain([passing(), passing(Output(1, turn=1)), passing()])
    assert whole.settle(50).interval == 2 * BEATS
    assert whole.with_outputs({1: SKID}).settle(50).interval == BEATS
    shorter = whole.with_outputs({1: None})
    assert shorter.settle(50).interval == BEATS
    assert shorter.trace(1).offered[0] == whole.trace(1).offered[0] - 1


def test_it_runs_where_nothing_can_be_kept_and_as_it_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a cache; and in plain Python, which gives the same."""

    def njit(function: Callable[..., Any] | None = None, cache: bool = False) -> Any:
        if cache:
            raise RuntimeError("no locator available")
        return function

    chain = Dataflow.chain([passing(), slow(BEATS + 2), passing(Output(3, turn=1, latency=2))])
    ready = np.random.default_rng(1).random(300) < 0.5
    compiled, settled = chain.trace(7, ready=ready), chain.settle(50)
    monkeypatch.setattr(numba, "njit", njit)
    pace._compiled.cache_clear()
    try:
        plain, again = chain.trace(7, ready=ready), chain.settle(50)
    finally:
        pace._compiled.cache_clear()
    for name in ("accepted", "offered", "taken"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(compiled, name))
    assert (again.end, again.period, again.looks) == (settled.end, settled.period, settled.looks)
