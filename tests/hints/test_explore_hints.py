# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about explorations, followed."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import LocalCluster
from tests.explorations import HERE, network, started
from tests.hints.faults import hint
from tests.hints.follows import follows

from xnorflow.explore.exploration import plan, run
from xnorflow.explore.outcome import Outcome, Point
from xnorflow.explore.store import Store
from xnorflow.explore.work import Problem, estimate


@follows("explore-folder")
@pytest.mark.parametrize("fault", ["foreign", "damaged", "other"])
def test_a_folder_of_something_else(tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "out"
    if fault == "foreign":
        folder.mkdir()
        (folder / "mine.txt").touch()
    else:
        Store(folder, replace(network(), clock_mhz=50.0))
        if fault == "damaged":
            manifest = folder / "explore.json"
            manifest.write_bytes(manifest.read_bytes()[:-5])
    told = hint("explore-folder", lambda: Store(folder, network()))
    assert told == "give another folder with -o, or remove this one"
    Store(tmp_path / "another", network())
    shutil.rmtree(folder)
    Store(folder, network())


@follows("explore-folder")
def test_a_point_that_is_cut_off(tmp_path: Path) -> None:
    store = Store(tmp_path / "out", network())
    first, second = (estimate(network(), point) for point in plan(network(), 2)[:2])
    store.put(first)
    store.put(second)
    path = tmp_path / "out" / "points" / f"{first.point.key}.json"
    path.write_bytes(path.read_bytes()[:-5])
    assert hint("explore-folder", store.known) == "remove it, and run again"
    path.unlink()
    assert store.known() == {second.point: second}


@follows("explore-extra")
def test_without_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net, points = network(), plan(network(), 1)[:1]
    store = Store(tmp_path / "out", net)
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "distributed", None)
        told = hint("explore-extra", lambda: run(net, points, store))
    assert told == "pip install 'xnorflow[explore]'"
    with LocalCluster(n_workers=1, processes=False, dashboard_address=HERE) as cluster:
        assert run(net, points, store, scheduler=cluster.scheduler_address, checks=0).outcomes


@follows("explore-worker")
def test_a_point_for_which_a_worker_lacks_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, points = network(), plan(network(), 2)[:2]
    store = Store(tmp_path / "out", net)

    def lacking(given: Problem, point: Point) -> Outcome:
        if point == points[1]:
            raise MemoryError
        return estimate(given, point)

    with LocalCluster(n_workers=1, processes=False, dashboard_address=HERE) as cluster:
        address = cluster.scheduler_address
        with monkeypatch.context() as patch:
            patch.setattr("xnorflow.explore.exploration.estimate", lacking)
            (fault,) = run(net, points, store, scheduler=address, checks=0).faults
        assert fault.hint.startswith("see what the workers lack (memory, ")
        assert fault.hint.endswith("then run again: what is done is kept")
        kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "points").iterdir()}
        assert len(kept) == 1
        assert len(run(net, points, store, scheduler=address, checks=0).outcomes) == 2
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())


@follows("explore-scheduler", "explore-worker")
def test_a_scheduler_that_is_not_there_or_has_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net, point = network(), plan(network(), 1)[:1]
    store = Store(tmp_path / "out", net)
    monkeypatch.setattr("xnorflow.explore.crew._TIMEOUT_S", 1)
    told = hint("explore-scheduler", lambda: run(net, point, store, scheduler="tcp://127.0.0.1:1"))
    assert told == "give its address, such as tcp://host:8786, or leave --scheduler out"
    with LocalCluster(n_workers=0, dashboard_address=HERE) as cluster:
        address = cluster.scheduler_address
        told = hint("explore-worker", lambda: run(net, point, store, scheduler=address))
        assert told == "start some: dask worker ADDRESS"
        monkeypatch.undo()
        with started("worker", address):
            assert run(net, point, store, scheduler=address, checks=0).outcomes
