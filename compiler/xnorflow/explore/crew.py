# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Dask's workers at work on a network: local processes, or a cluster of the user's own.

What a worker needs goes out as a task of its own, so that the scheduler can make it again, as it
does with every point, when a worker is lost.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pkgutil import resolve_name
from typing import TYPE_CHECKING, TypeVar

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.explore.outcome import Outcome, Point
from xnorflow.explore.work import Problem
from xnorflow.version import __version__

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

__all__ = ["Crew", "crew"]

_WORKER = "explore-worker"
_TIMEOUT_S = 20
_SHOWN = 200
_SAME = "install this xnorflow, with the same Python, for the scheduler and all workers"

T = TypeVar("T")


class Crew:
    """Workers that have a network."""

    def __init__(self, client: Client, network: Future) -> None:
        self._client = client
        self._network = network

    def run(
        self,
        work: Callable[[Problem, T], Outcome],
        given: Mapping[Point, T],
        keep: Callable[[Outcome], None],
        progress: Callable[[int], None],
    ) -> list[Diagnostic]:
        """Do some work for all points, whatever becomes of single ones.

        Args:
            work: what a worker does.
            given: point -> what the work gets beside the network.
            keep: called with each outcome as soon as it is there.
            progress: called with how many points are done, well or not.

        Returns:
            What went wrong: what workers raised, as ``explore-worker`` if they did not expect it.
        """
        from distributed import as_completed

        tasks = {
            self._client.submit(work, self._network, one, pure=False): point
            for point, one in given.items()
        }
        faults: list[Diagnostic] = []
        progress(0)
        for done, task in enumerate(as_completed(tasks), 1):
            try:
                outcome = task.result()
            except XnorflowError as error:
                faults += error.diagnostics
            except Exception as error:  # a worker's packages, memory or network: anything may be
                faults.append(_failed(tasks[task], error))
            else:
                keep(outcome)
            progress(done)
        return list(dict.fromkeys(faults))


@contextmanager
def crew(network: Problem, scheduler: str | None, workers: int) -> Iterator[Crew]:
    """Workers for a network, for the time of the block.

    Args:
        network: what they shall have.
        scheduler: address of a Dask scheduler; None starts local processes.
        workers: how many of these.

    Raises:
        XnorflowError: ``explore-extra``, ``explore-scheduler``; ``explore-worker``: there is none,
            or it cannot load the network.
    """
    with _client(scheduler, workers) as client:
        try:
            client.wait_for_workers(1, timeout=_TIMEOUT_S)
        except TimeoutError as error:
            fault = f"the scheduler must have a worker, not none for {_TIMEOUT_S} s"
            raise _error(_WORKER, fault, "start some: dask worker ADDRESS") from error
        _require_same(client)
        there = client.submit(_unpacked, zlib.compress(pickle.dumps(network)), pure=False)
        broken = there.exception()
        if broken is not None:
            fault = f"a worker must be able to load the network, not fail with {_said(broken)}"
            raise _error(_WORKER, fault, _SAME) from broken
        yield Crew(client, there)


def _require_same(client: Client) -> None:
    """Hold the workers' xnorflow against this one: without, they end with the first task.

    Raises:
        XnorflowError: ``explore-worker``.
    """
    versions = client.run(resolve_name, "xnorflow:__version__", on_error="return")
    for worker, there in versions.items():
        if there != __version__:
            found = _said(there) if isinstance(there, BaseException) else there
            fault = f"the worker {worker} must have xnorflow {__version__}, not {found}"
            raise _error(_WORKER, fault, _SAME)


def _unpacked(payload: bytes) -> Problem:
    network: Problem = pickle.loads(zlib.decompress(payload))  # noqa: S301 - our own, from crew
    return network


@contextmanager
def _client(scheduler: str | None, workers: int) -> Iterator[Client]:
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        fault = "explore must have the package distributed, not be without"
        raise _error("explore-extra", fault, "pip install 'xnorflow[explore]'") from error
    with ExitStack() as stack:
        try:
            if scheduler is None:
                client = Client(stack.enter_context(_local(workers)))
            else:
                with ThreadPoolExecutor(1) as pool:  # the caller may have an event loop of its own
                    pool.submit(asyncio.run, _answers(scheduler)).result()
                client = Client(scheduler, timeout=_TIMEOUT_S)
        except Exception as error:  # each transport has its own
            where = "local workers" if scheduler is None else ascii(scheduler)[:80]
            fault = (
                "the scheduler must be a Dask scheduler that answers, "
                f"not {where}, which fails with {_said(error)}"
            )
            hint = "give its address, such as tcp://host:8786, or leave --scheduler out"
            raise _error("explore-scheduler", fault, hint) from error
        yield stack.enter_context(client)


def _local(workers: int) -> LocalCluster:
    """Processes here, which nobody can reach from elsewhere."""
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
        preload=["xnorflow.explore.deaf"],
    )


async def _answers(scheduler: str) -> None:
    """Return if a scheduler answers.

    A client that is not awaited connects in its constructor: one that fails there cannot be closed
    (it complains when it is collected), and waits for ever where something listens but is silent.
    """
    from distributed import Client

    client = Client(scheduler, timeout=_TIMEOUT_S, asynchronous=True)
    try:
        await asyncio.wait_for(_awaited(client), _TIMEOUT_S + 1)
    finally:
        await client.close()


async def _awaited(client: Client) -> None:
    await client


def _failed(point: Point, error: Exception) -> Diagnostic:
    return Diagnostic(
        _WORKER,
        f"the point of {point.cycles} cycles and {point.bram18} BRAM18 must be computed by some "
        f"worker, not fail with {_said(error)}",
        "see what the workers lack (memory, a package, their scheduler), then run again: what is "
        "done is kept",
    )


def _said(error: BaseException) -> str:
    """An error's kind and text, if it has one, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")[:_SHOWN]


def _error(code: str, fault: str, hint: str) -> XnorflowError:
    return XnorflowError(Diagnostic(code, fault, hint))
