# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Exploring on real Dask workers: what is found, and what lost and faulty workers cost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dask
import pytest
from distributed import LocalCluster
from tests.explorations import HERE, network, refusal, started

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.explore.crew import crew
from xnorflow.explore.exploration import plan, run
from xnorflow.explore.outcome import Outcome, Point
from xnorflow.explore.store import Store
from xnorflow.explore.work import Problem, check, estimate

MODEL = Path(__file__).parent.parent / "models" / "tfc-mnist" / "model.onnx"


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=HERE) as made:
        yield made


def test_workers_find_what_is_found_here(cluster: LocalCluster, tmp_path: Path) -> None:
    net = network()
    points = plan(net, 3)
    store = Store(tmp_path / "out", net)
    found = run(net, points, store, scheduler=cluster.scheduler_address)
    assert found.outcomes == tuple(estimate(net, point) for point in points)
    assert store.known() == dict(zip(points, found.outcomes, strict=True))


def test_a_killed_worker_loses_no_point(cluster: LocalCluster, tmp_path: Path) -> None:
    net = network()
    points = plan(net, 8)
    killed: list[int] = []

    def progress(what: str, done: int, total: int) -> None:
        if done == 3 and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    store = Store(tmp_path, net)
    found = run(net, points, store, scheduler=cluster.scheduler_address, progress=progress)
    assert len(killed) == 1
    assert [one.point for one in found.outcomes] == list(points)
    assert set(store.known()) == set(points)
    assert found.outcomes == tuple(estimate(net, point) for point in points)


def test_what_is_known_is_not_sought_again(cluster: LocalCluster, tmp_path: Path) -> None:
    net = network()
    first, *others = plan(net, 2)
    store = Store(tmp_path, net)
    marked = replace(estimate(net, first), lut=123_456)
    store.put(marked)
    found = run(net, [first, *others], store, scheduler=cluster.scheduler_address)
    assert found.outcomes[0] == marked
    assert len(found.outcomes) == 1 + len(others)


def test_designs_of_the_front_are_tried_in_yosys_and_verilator(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    net = network()
    found = run(
        net, plan(net, 2), Store(tmp_path, net), scheduler=cluster.scheduler_address, checks=1
    )
    (one,) = [outcome for outcome in found.outcomes if outcome.check is not None]
    assert one in found.best
    assert not one.disproved
    assert one.check is not None
    assert (one.check.mismatches, one.check.frames) == (0, 6)
    assert one.check.interval_cycles_simulated == one.interval_cycles
    assert one.check.bram18_synthesized == one.bram18
    assert one.check.lut_synthesized == pytest.approx(one.lut, rel=0.3)


def test_what_is_tried_is_the_folding_that_is_kept() -> None:
    net = network()
    slow, fast = estimate(net, Point(96, 0)), estimate(net, Point(24, 0))
    assert slow.interval_cycles != fast.interval_cycles
    tried = check(net, replace(slow, layers=fast.layers))
    assert tried.check is not None
    assert tried.check.interval_cycles_simulated == fast.interval_cycles
    assert tried.disproved


def test_the_front_is_written_before_the_checks_and_stays_when_they_fail(
    cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(net: Problem, outcome: Outcome) -> Outcome:
        raise XnorflowError(Diagnostic("tool-missing", "g++ must be installed"))

    early: list[bool] = []

    def progress(what: str, done: int, total: int) -> None:
        if what == "checking" and done == 0:
            early.append((tmp_path / "front.json").is_file())

    monkeypatch.setattr("xnorflow.explore.exploration.check", failing)
    net = network()
    found = run(
        *(net, plan(net, 1), Store(tmp_path, net)),
        scheduler=cluster.scheduler_address,
        checks=2,
        progress=progress,
    )
    assert early == [True]
    assert found.faults == (Diagnostic("tool-missing", "g++ must be installed"),)
    assert found.best
    assert all(one.check is None for one in found.best)
    assert (tmp_path / "front.png").is_file()


def test_any_fault_of_a_worker_is_told_with_its_point_and_the_rest_is_done(
    cluster: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = network()
    points = plan(net, 3)
    bad = points[2]

    def faulty(given: Problem, point: Point) -> Outcome:
        if point == bad:
            raise MemoryError("no room\nfor this")
        return estimate(given, point)

    monkeypatch.setattr("xnorflow.explore.exploration.estimate", faulty)
    store = Store(tmp_path, net)
    found = run(net, points, store, scheduler=cluster.scheduler_address)
    (fault,) = found.faults
    assert fault.code == "explore-worker"
    assert fault.message == (
        f"the point of {bad.cycles} cycles and {bad.bram18} BRAM18 must be computed by some "
        "worker, not fail with MemoryError: no room for this"
    )
    assert set(store.known()) == set(points) - {bad}
    assert [one.point for one in found.outcomes] == [p for p in points if p != bad]


def test_a_point_that_kills_each_worker_is_told_and_what_is_done_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = network()
    first, second = plan(net, 2)[:2]
    store = Store(tmp_path, net)
    real = estimate
    monkeypatch.setattr(
        "xnorflow.explore.exploration.estimate",
        lambda given, point: os._exit(1) if point == second else real(given, point),
    )
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        found = run(net, [first, second], store, workers=1)
    assert {fault.code for fault in found.faults} == {"explore-worker"}
    assert any(
        f"the point of {second.cycles} cycles and {second.bram18} BRAM18 must be computed by some "
        "worker, not fail with KilledWorker: " in fault.message
        for fault in found.faults
    )
    assert set(store.known()) <= {first}


def test_a_worker_is_no_scheduler(cluster: LocalCluster) -> None:
    address = next(iter(cluster.workers.values())).worker_address
    with pytest.raises(XnorflowError) as caught, crew(network(), address, 1):
        pass
    assert refusal(caught).code == "explore-scheduler"
    assert f"not '{address}', which fails with " in refusal(caught).message


def test_a_scheduler_that_dies_costs_only_what_was_not_done(tmp_path: Path) -> None:
    net = network()
    points = plan(net, 8)
    where = tmp_path / "scheduler.json"
    file = ("--scheduler-file", str(where))
    store = Store(tmp_path / "out", net)
    with started("scheduler", "--port", "0", *file) as scheduler, started("worker", *file):
        deadline = time.monotonic() + 30
        while not where.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        address = json.loads(where.read_text())["address"]

        def progress(what: str, done: int, total: int) -> None:
            if (what, done) == ("folding", 3):
                scheduler.kill()

        found = run(net, points, store, scheduler=address, progress=progress)
    assert 3 <= len(store.known()) < len(points)
    assert {fault.code for fault in found.faults} == {"explore-worker"}
    assert len(found.faults) + len(found.outcomes) == len(points)


def test_ctrl_c_ends_local_workers_without_a_word_of_theirs(tmp_path: Path) -> None:
    """A terminal sends it to every process; only the first one answers."""
    command = [sys.executable, "-m", "xnorflow", "explore", str(MODEL), "--board", "pynq-z1"]
    options = ["-o", str(tmp_path / "out"), "--speeds", "40", "--workers", "2", "--check", "0"]
    process = subprocess.Popen(
        [*command, *options], start_new_session=True, stderr=subprocess.PIPE, text=True
    )
    points = tmp_path / "out" / "points"
    until = time.monotonic() + 60
    while not (points.is_dir() and any(points.iterdir())) and time.monotonic() < until:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "Traceback" not in errors, errors
    assert any(points.iterdir())
