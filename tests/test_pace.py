# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The simulator of streams, apart from any kernel."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pytest

from xnorflow.timing.pace import HOST, Dataflow
from xnorflow.timing.process import REGISTER, SKID, Input, Order, Output, Process
from xnorflow.timing.runs import End, Schedule

BEATS = 6


def passing(output: Output = SKID) -> Process:
    return Process(Order.of_beats(BEATS), (Input(BEATS),), output)


def slow(room: int) -> Process:
    """Reads a frame, then takes as long again to give it out."""
    read = np.array([[beat, 0, 0, 1] for beat in range(1, BEATS + 1)])
    give = np.array([[BEATS, beat, 1, 1] for beat in range(1, BEATS + 1)])
    order = Order.of([(np.concatenate([read, give]), 1, 0, 0)])
    return Process(order, (Input(BEATS, room),), REGISTER, delay=3)


def test_a_lone_beat_a_cycle_passes_at_once() -> None:
    trace = Dataflow.chain([passing(), passing(Output(5, turn=1, latency=2))]).trace(1)
    assert trace.accepted[0].tolist() == [0, 1, 2, 3, 4, 5]
    assert trace.offered[0].tolist() == trace.taken[0].tolist() == [3, 4, 5, 6, 7, 8]


def test_pauses_on_both_sides_are_kept() -> None:
    offers = np.array([2, 3, 4, 5, 20, 21])
    ready = np.zeros(12, np.bool_)
    trace = Dataflow.chain([passing()]).trace(1, [offers], [ready])
    assert trace.accepted[0].tolist() == [2, 3, 13, 14, 20, 21]
    assert trace.offered[0].tolist() == [3, 13, 14, 15, 21, 22]
    assert trace.taken[0].tolist() == [12, 13, 14, 15, 21, 22]


def test_the_next_frame_comes_in_while_one_goes_out() -> None:
    assert Dataflow.chain([slow(BEATS)]).settle(50).interval == 2 * BEATS
    assert (
        Dataflow.chain([passing(), slow(2 * BEATS)]).settle(50, pace=2 * BEATS).end is End.REPEATS
    )


def test_frames_that_come_too_soon_are_late_for_ever() -> None:
    run = Dataflow.chain([slow(BEATS)]).settle(
        50, pace=2 * BEATS - 1, schedule=Schedule(2 * BEATS, 2 * BEATS - 1, 8)
    )
    assert (run.end, run.period, run.interval) == (End.SLOWER, 0, None)
    assert run.gap == 2 * BEATS


def test_a_kernel_without_room_for_what_it_needs_deadlocks() -> None:
    assert Dataflow.chain([passing(), slow(BEATS - 1)]).run(2).end is End.DEADLOCK


def test_a_run_beyond_its_budget_ends() -> None:
    assert Dataflow.chain([passing()]).settle(50, budget=10).end is End.OUT_OF_BUDGET


def test_a_state_that_comes_back_after_several_frames_is_found() -> None:
    """Two frames in three take a cycle less: a step of every third one waits."""
    each, frame = np.array([[1, 1, 1, 1]]), (Input(3 * BEATS),)
    thrice = Process(Order(each, np.array([[0, 1, 3 * BEATS, 0, 1]])), frame, passing().output)
    late = np.array([[1, 1, 1, 2], *[[beat, beat, 1, 1] for beat in range(2, 3 * BEATS + 1)]])
    source = Process(Order(late, np.array([[0, 3 * BEATS, 1, 0, 0]])), frame, SKID)
    run = Dataflow.chain([source, thrice, passing()]).settle(50)
    assert (run.end, run.period) == (End.REPEATS, 3)
    assert run.interval == pytest.approx(BEATS + 1 / 3)


def test_a_part_is_left_out_or_given_another_output() -> None:
    whole = Dataflow.chain([passing(), passing(Output(1, turn=1)), passing()])
    assert whole.settle(50).interval == 2 * BEATS
    assert whole.with_outputs({1: SKID}).settle(50).interval == BEATS
    shorter = whole.with_outputs({1: None})
    assert shorter.settle(50).interval == BEATS
    assert shorter.trace(1).offered[0][0] == whole.trace(1).offered[0][0] - 1


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
    compiled, settled = chain.trace(7, ready=[ready]), chain.settle(50)
    monkeypatch.setattr(numba, "njit", njit)
    monkeypatch.delitem(sys.modules, "xnorflow.timing.cycles")
    plain, again = chain.trace(7, ready=[ready]), chain.settle(50)
    for name in ("accepted", "offered", "taken"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(compiled, name))
    for name in ("end", "period", "evaluations"):
        assert getattr(again, name) == getattr(settled, name)


def test_what_is_kept_of_the_compiled_loop_names_nothing_that_a_later_version_may_lack() -> None:
    """A stale cache that names a class which is gone cannot even be read, to be told stale."""
    from xnorflow.timing.cycles import play

    Dataflow.chain([passing()]).run(1)
    compiled: Any = play
    assert compiled.signatures
    assert "xnorflow" not in repr(compiled.signatures)


# forks and joins


def fork() -> Process:
    return Process(Order.of_beats(BEATS), (Input(BEATS),), SKID, copies=2)


def join() -> Process:
    """Takes a beat of each of two inputs at a time."""
    order = Order(np.array([[1, 1, 1, 1, 1, 1]]), np.array([[0, 1, BEATS, 0, 1, 0, 1]]))
    return Process(order, (Input(BEATS), Input(BEATS)), SKID)


def diamond(shorter: Process) -> Dataflow:
    """One branch of a part, and one of four."""
    processes = [fork(), shorter, *(passing() for _ in range(4)), join()]
    sources = [[HOST], [(0, 0)], [(0, 1)], [(2, 0)], [(3, 0)], [(4, 0)], [(1, 0), (5, 0)]]
    return Dataflow(processes, sources)


def test_a_join_waits_for_the_longer_branch() -> None:
    trace = diamond(passing(Output(8, turn=1))).trace(1)
    assert trace.accepted[0].tolist() == [0, 1, 2, 3, 4, 5]
    assert trace.taken[0].tolist() == [6, 7, 8, 9, 10, 11]  # one cycle for each part on the way


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 8])
def test_a_branch_that_holds_too_little_slows_the_other(depth: int) -> None:
    """The short branch holds depth + 2 beats, each for the 7 cycles of the long one and back."""
    run = diamond(passing(Output(depth, turn=1))).settle(200)
    assert run.end is End.REPEATS
    assert run.interval == max(BEATS, BEATS * 7 / (depth + 2))


def test_a_join_that_reads_one_input_first_needs_room_for_the_other() -> None:
    """A concatenation: all beats of the first input, then all of the second."""
    first = np.array([[1, 1, 1, 1, 0, 0]])
    second = np.array([[0, 0, 1, 1, 1, 1]])
    laps = np.array([[0, 1, BEATS, 0, 1, 0, 0], [1, 2, BEATS, BEATS, 0, 0, 1]])
    order = Order(np.concatenate([first, second]), laps)
    both = Process(order, (Input(BEATS), Input(BEATS)), SKID)

    def flow(depth: int) -> Dataflow:
        waits = passing(Output(depth, turn=1))
        return Dataflow([fork(), waits, both], [[HOST], [(0, 1)], [(0, 0), (1, 0)]])

    assert flow(BEATS - 3).run(1).end is End.DEADLOCK
    assert flow(BEATS - 2).run(2).end is End.ENDED
    assert flow(BEATS).settle(100).interval == 2 * BEATS


def test_parts_of_a_branch_may_be_left_out() -> None:
    whole = diamond(passing(Output(8, turn=1)))
    less = whole.with_outputs({3: None, 4: None, 1: Output(3, turn=1)})
    processes = [fork(), passing(Output(3, turn=1)), passing(), passing(), join()]
    sources = [[HOST], [(0, 0)], [(0, 1)], [(2, 0)], [(1, 0), (3, 0)]]
    same = Dataflow(processes, sources)
    for name in ("accepted", "offered", "taken"):
        left, right = (getattr(flow.trace(3), name) for flow in (less, same))
        np.testing.assert_array_equal(left, right)
    assert less.settle(100).peaks.tolist() == same.settle(100).peaks.tolist()
