# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Explore a model's foldings: from a model file to a folder with the front."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from xnorflow.api import clock_of
from xnorflow.boards.read import load_board
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.explore.crew import crew
from xnorflow.explore.outcome import Outcome, Point, front
from xnorflow.explore.plot import plot
from xnorflow.explore.store import Store
from xnorflow.explore.work import Problem, check, estimate
from xnorflow.folding.budget import Budget
from xnorflow.folding.search import intervals
from xnorflow.ir.input_spec import input_spec

__all__ = ["Exploration", "Progress", "explore", "plan", "run"]

_MOST = 1 << 20
"""Of speeds, checks or workers."""
_SHARES = (1.0, 0.5, 0.25, 0.1, 0.0)
"""Of the board's block RAMs, which a design may use."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Exploration:
    """What was found.

    Attributes:
        title: model, board and clock, for people.
        outcomes: what became of the points, in their order; those that failed are not there.
        best: the front, the slowest first.
        faults: what went wrong with single points; they are sought again by the next run.
    """

    title: str
    outcomes: tuple[Outcome, ...]
    best: tuple[Outcome, ...]
    faults: tuple[Diagnostic, ...]


def explore(
    model: str | PathLike[str],
    board: str,
    output: str | PathLike[str],
    *,
    speeds: int = 20,
    checks: int = 3,
    clock_mhz: float | None = None,
    input_type: str | None = None,
    input_scale: float | None = None,
    input_mean: float | Sequence[float] | None = None,
    input_std: float | Sequence[float] | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Exploration:
    """The front of speed against LUTs and block RAMs, written to a folder.

    A run that was ended goes on where it was. Local processes import the script that calls this:
    it must be guarded by ``if __name__ == "__main__"``.

    Args:
        model: the ``.onnx`` file.
        board: a name that `xnorflow boards` shows.
        output: the folder; new, empty or of an earlier run with the same arguments.
        speeds: how many speeds to try, each with several numbers of block RAMs.
        checks: how many designs of the front go through Yosys and Verilator.
        clock_mhz: the accelerator's clock; the board's own by default.
        input_type: what the input arrays hold, as for ``xnorflow.compile``.
        input_scale: what one step of them is worth.
        input_mean: subtracted from that, one number or one a channel.
        input_std: divides that, likewise.
        scheduler: address of a Dask scheduler; by default local processes are started.
        workers: how many of these; by default as many as there are processors.
        progress: called with what is done, how many are done, and of how many.

    Raises:
        XnorflowError: as ``xnorflow.compile``; ``over-budget``: nothing fits the board;
            ``explore-folder``, ``explore-extra``, ``explore-scheduler``, ``explore-worker``.
    """
    from xnorflow.frontend.load import load_model
    from xnorflow.passes.pipeline import run_passes

    workers = (os.cpu_count() or 1) if workers is None else workers
    _require("number of speeds", speeds, 1)
    _require("number of checks", checks, 0)
    _require("number of workers", workers, 1)
    target = load_board(board)
    clock = clock_of(target, clock_mhz)
    given = input_spec(input_type, input_scale, input_mean, input_std)
    graph = run_passes(load_model(Path(model), given))
    network = Problem(graph, target, clock)
    store = Store(Path(output), network)
    points = plan(network, speeds)
    return run(
        *(network, points, store),
        scheduler=scheduler,
        workers=workers,
        checks=checks,
        progress=progress,
    )


def plan(network: Problem, speeds: int) -> tuple[Point, ...]:
    """Up to ``speeds`` intervals, evenly in logarithm, each with several numbers of block RAMs.

    They begin with the fastest that fits the board.

    Raises:
        XnorflowError: as ``fold`` says.
    """
    fastest = network.fastest().design.interval_cycles
    every = [c for c in intervals(network.graph, network.board) if c >= fastest]
    marks = np.geomspace(every[0], every[-1], speeds)
    chosen = sorted({every[int(np.searchsorted(every, mark * (1 - 1e-9)))] for mark in marks})
    most = max(0, Budget.of(network.board).limits.bram18)
    counts = sorted({int(share * most) for share in _SHARES})
    return tuple(Point(cycles, bram18) for cycles in chosen for bram18 in counts)


def run(
    network: Problem,
    points: Sequence[Point],
    store: Store,
    *,
    scheduler: str | None = None,
    workers: int = 1,
    checks: int = 0,
    progress: Progress | None = None,
) -> Exploration:
    """Find what the store does not have yet, and write the front, before the checks and after.

    Raises:
        XnorflowError: as ``crew`` and ``Store`` say.
    """
    say = progress or (lambda what, done, total: None)
    known = store.known()
    found = {point: known[point] for point in points if point in known}

    def keep(outcome: Outcome) -> None:
        store.put(outcome)
        found[outcome.point] = outcome

    with crew(network, scheduler, workers) as team:
        todo = {point: point for point in points if point not in found}
        told = _told(say, "folding", len(points), len(todo))
        faults = team.run(estimate, todo, keep, told)
        result = _written(network, points, store, found, faults)
        chosen = _spread(result.best, checks)
        unchecked = {one.point: one for one in chosen if one.check is None}
        told = _told(say, "checking", len(chosen), len(unchecked))
        faults += team.run(check, unchecked, keep, told)
    return _written(network, points, store, found, faults) if unchecked else result


def _told(say: Progress, what: str, total: int, todo: int) -> Callable[[int], None]:
    """How ``say`` hears of what is done, beside what was done before."""
    return lambda done: say(what, total - todo + done, total)


def _written(
    network: Problem,
    points: Sequence[Point],
    store: Store,
    found: Mapping[Point, Outcome],
    faults: Sequence[Diagnostic],
) -> Exploration:
    """What is found so far, in the folder as well."""
    outcomes = tuple(found[point] for point in points if point in found)
    best = front(outcomes)
    store.put_front(best, len(outcomes))
    store.put_picture(plot(network.title, outcomes, best) if best else None)
    return Exploration(network.title, outcomes, best, tuple(faults))


def _spread(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """So many of them, evenly, the first and the last included."""
    places = np.linspace(0, len(outcomes) - 1, min(count, len(outcomes))).round()
    return [outcomes[int(place)] for place in places]


def _require(what: str, value: object, low: int) -> None:
    if type(value) is not int or not low <= value <= _MOST:
        fault = f"the {what} must be a whole number from {low} to {_MOST}, not {ascii(value)[:60]}"
        raise XnorflowError(Diagnostic("bad-number", fault, "give another number"))
