# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Run an exploration on Dask's workers: local processes, or a cluster of the user's own.

What a worker needs goes out as a task of its own, so that the scheduler can make it again, as it
does with every point, when a worker is lost.
"""

from __future__ import annotations

import logging
import pickle
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.explore.outcome import Outcome, Point, front
from xnorflow.explore.store import Store
from xnorflow.explore.work import Network, check, estimate
from xnorflow.folding.budget import Budget
from xnorflow.folding.search import intervals
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["explore", "plan"]

_SHARES = (1.0, 0.5, 0.25, 0.1, 0.0)
"""Of the board's block RAMs, which a design may use."""
_TIMEOUT_S = 20

_LOST = Diagnostic(
    "explore-worker",
    "a point must be computed by some worker, not lost with each that tried",
    "give the workers more memory, then run again: what is done is kept",
)

Progress = Callable[[str, int, int], None]


def plan(network: Network, speeds: int) -> tuple[Point, ...]:
    """Up to ``speeds`` intervals, evenly in logarithm, each with several numbers of block RAMs."""
    every = intervals(network.graph, network.board)
    marks = np.geomspace(every[0], every[-1], speeds)
    chosen = sorted({every[int(np.searchsorted(every, mark * (1 - 1e-9)))] for mark in marks})
    most = max(0, Budget.of(network.board).limits.bram18)
    counts = sorted({int(share * most) for share in _SHARES})
    return tuple(Point(cycles, bram18) for cycles in chosen for bram18 in counts)


def explore(
    network: Network,
    points: Sequence[Point],
    store: Store,
    *,
    scheduler: str | None = None,
    workers: int = 1,
    checks: int = 0,
    progress: Progress | None = None,
) -> tuple[Outcome, ...]:
    """All points' outcomes; those that the store has are not sought again.

    Args:
        network: what is folded.
        points: what is asked for.
        store: keeps each outcome as soon as it is there.
        scheduler: address of a Dask scheduler; None starts local processes.
        workers: how many of these.
        checks: how many designs of the front go through Yosys and Verilator.
        progress: called with what is done, how many are done, and of how many.

    Raises:
        XnorflowError: ``explore-scheduler``, ``explore-worker``, or what a worker raised.
    """
    known = store.known()
    say = progress or (lambda what, done, total: None)
    found = {point: known[point] for point in points if point in known}
    with _client(scheduler, workers) as client:
        payload = zlib.compress(pickle.dumps(network))
        there = client.submit(_unpacked, payload)
        todo = [point for point in points if point not in found]
        tasks = [client.submit(estimate, there, point, pure=False) for point in todo]
        for outcome in _finished(tasks, "folding", len(found), say):
            store.put(outcome)
            found[outcome.point] = outcome
        chosen = _spread(front(found.values()), checks)
        tasks = [
            client.submit(check, there, outcome, pure=False)
            for outcome in chosen
            if outcome.check is None
        ]
        for outcome in _finished(tasks, "checking", len(chosen) - len(tasks), say):
            store.put(outcome)
            found[outcome.point] = outcome
    return tuple(found[point] for point in points)


def _unpacked(payload: bytes) -> Network:
    network: Network = pickle.loads(zlib.decompress(payload))  # noqa: S301 - our own, from explore
    return network


def _spread(outcomes: Sequence[Outcome], count: int) -> list[Outcome]:
    """So many of them, evenly, the first and the last included."""
    places = np.linspace(0, len(outcomes) - 1, min(count, len(outcomes))).round()
    return [outcomes[int(place)] for place in places]


def _finished(tasks: Sequence[Future], what: str, before: int, say: Progress) -> Iterator[Outcome]:
    """Each task's outcome as it comes; what went wrong is raised when no more is to come.

    Raises:
        XnorflowError: ``explore-worker``, or what workers raised.
    """
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    total = before + len(tasks)
    faults: list[Diagnostic] = []
    say(what, before, total)
    for done, task in enumerate(as_completed(tasks), before + 1):
        try:
            yield task.result()
        except XnorflowError as error:
            faults += error.diagnostics
        except KilledWorker:
            faults.append(_LOST)
        say(what, done, total)
    if faults:
        raise XnorflowError(*dict.fromkeys(faults))


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Client]:
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError as error:
        raise XnorflowError(
            Diagnostic(
                "explore-extra",
                "explore must have the package distributed, not be without",
                "pip install 'xnorflow[explore]'",
            )
        ) from error
    if scheduler is None:
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address=":0",
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=_TIMEOUT_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise XnorflowError(
            Diagnostic(
                "explore-scheduler",
                f"the scheduler must be a Dask scheduler that answers, not {ascii(scheduler)[:80]}",
                "give its address, such as tcp://host:8786, or leave --scheduler out",
            )
        ) from error
    with client:
        yield client
