# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Exploring on real Dask workers: what is found, what is kept, and what a lost worker costs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import dask
import pytest
from distributed import LocalCluster
from tests.designs import Maker

from xnorflow.cli import main
from xnorflow.explore.outcome import Outcome, Point, front
from xnorflow.explore.session import explore, plan
from xnorflow.explore.store import Store
from xnorflow.explore.work import Network, estimate
from xnorflow.folding.boards import load_board
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.types import BINARY

MODEL = Path(__file__).parent.parent / "models" / "tfc-mnist" / "model.onnx"
ANY = (1, 1)


def network() -> Network:
    maker = Maker(48, BINARY, seed=2).dense("dense0", 24, ANY).dense("dense1", 12, ANY)
    graph = maker.dense("dense2", 4, ANY, raw=True).graph()
    return Network(graph, load_board("pynq-z1"), 100.0)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as made:
        yield made


def refusal(error: pytest.ExceptionInfo[XnorflowError]) -> Diagnostic:
    (fault,) = error.value.diagnostics
    return fault


def test_a_plan_goes_from_the_fastest_to_the_slowest_with_and_without_block_ram() -> None:
    points = plan(network(), 6)
    assert len(points) == len(set(points)) >= 6 * 5
    assert min(point.cycles for point in points) == 1
    assert max(point.cycles for point in points) == 48 * 24
    assert {point.bram18 for point in points} == {0, 21, 54, 109, 218}


@pytest.mark.parametrize("seed", range(5))
def test_the_front_is_what_no_other_beats(seed: int) -> None:
    random = Random(seed)
    outcomes = [
        Outcome(Point(number, 0), random.random() < 0.9, *(random.randint(1, 6) for _ in range(7)))
        for number in range(60)
    ]
    best = front(outcomes)
    able = [one for one in outcomes if one.fits]

    def beats(one: Outcome, other: Outcome) -> bool:
        ours, theirs = (-one.fps, one.lut, one.bram18), (-other.fps, other.lut, other.bram18)
        return ours != theirs and all(a <= b for a, b in zip(ours, theirs, strict=True))

    assert {(o.fps, o.lut, o.bram18) for o in best} == {
        (o.fps, o.lut, o.bram18) for o in able if not any(beats(other, o) for other in able)
    }
    assert [one.fps for one in best] == sorted(one.fps for one in best)


def test_workers_find_what_is_found_here(cluster: LocalCluster, tmp_path: Path) -> None:
    net = network()
    points = plan(net, 3)
    store = Store(tmp_path / "out", net)
    found = explore(net, points, store, scheduler=cluster.scheduler_address)
    assert found == tuple(estimate(net, point) for point in points)
    assert store.known() == dict(zip(points, found, strict=True))


def test_a_killed_worker_loses_no_point(cluster: LocalCluster, tmp_path: Path) -> None:
    net = network()
    points = plan(net, 8)
    killed: list[int] = []

    def progress(what: str, done: int, total: int) -> None:
        if done == 3 and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    store = Store(tmp_path, net)
    found = explore(net, points, store, scheduler=cluster.scheduler_address, progress=progress)
    assert len(killed) == 1
    assert [one.point for one in found] == list(points)
    assert set(store.known()) == set(points)
    assert found == tuple(estimate(net, point) for point in points)


def test_what_is_known_is_not_sought_again(cluster: LocalCluster, tmp_path: Path) -> None:
    net = network()
    first, *others = plan(net, 2)
    store = Store(tmp_path, net)
    marked = replace(estimate(net, first), lut=123_456)
    store.put(marked)
    found = explore(net, [first, *others], store, scheduler=cluster.scheduler_address)
    assert found[0] == marked
    assert len(found) == 1 + len(others)


def test_designs_of_the_front_are_tried_in_yosys_and_verilator(
    cluster: LocalCluster, tmp_path: Path
) -> None:
    net = network()
    found = explore(
        net, plan(net, 2), Store(tmp_path, net), scheduler=cluster.scheduler_address, checks=1
    )
    (one,) = [outcome for outcome in found if outcome.check is not None]
    assert one in front(found)
    assert one.check is not None
    assert (one.check.mismatches, one.check.frames) == (0, 6)
    assert one.check.interval_cycles_simulated == one.interval_cycles
    assert one.check.bram18_synthesized == one.bram18
    assert one.check.lut_synthesized == pytest.approx(one.lut, rel=0.3)


def arguments(out: Path, *more: str) -> list[str]:
    how = ["--board", "pynq-z1", "--speeds", "3", "--check", "0", "--workers", "2"]
    return ["explore", str(MODEL), *how, "-o", str(out), *more]


def test_the_command_writes_the_front_and_foldings_that_compile_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(arguments(out)) == 0
    text = capsys.readouterr().out
    front_file = json.loads((out / "front.json").read_text())
    assert front_file["points"] == len(list((out / "points").iterdir())) == 15
    best = front_file["front"]
    assert f"{len(best)} of the front" in text
    assert (out / "front.png").read_bytes().startswith(b"\x89PNG")
    for one in best[:: len(best) - 1]:
        name = f"{one['point']['cycles']}_{one['point']['bram18']}.json"
        assert f"foldings/{name}" in text
        build = tmp_path / f"build{name}"
        compiling = ["compile", str(MODEL), "--board", "pynq-z1", "-o", str(build), "--quiet"]
        assert main([*compiling, "--folding", str(out / "foldings" / name)]) == 0
        report = json.loads((build / "report.json").read_text())
        assert report["throughput"]["interval_cycles"]["estimated"] == one["interval_cycles"]
        assert report["throughput"]["latency_cycles"]["estimated"] == one["latency_cycles"]
        for resource in ("lut", "ff", "bram18", "dsp"):
            assert report["resources"][resource]["estimated"] == one[resource]


def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "xnorflow", *arguments(out), "--speeds", "6"]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(list((out / "points").glob("*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in (out / "points").glob("[0-9]*.json")}
    assert len(kept) >= 2
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(list((out / "points").glob("[0-9]*.json"))) == 30
    assert (out / "front.json").is_file()


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(XnorflowError) as caught:
        Store(tmp_path, network())
    fault = refusal(caught)
    assert fault.code == "explore-folder"
    assert fault.message == (
        "the folder of an exploration must be new, empty or an earlier exploration, "
        "not something else"
    )


@pytest.mark.parametrize(("key", "other"), list(product(["clock_mhz", "board", "model"], [7])))
def test_a_folder_of_another_exploration_is_refused(tmp_path: Path, key: str, other: int) -> None:
    Store(tmp_path, network())
    manifest = json.loads((tmp_path / "explore.json").read_text())
    (tmp_path / "explore.json").write_text(json.dumps(manifest | {key: other}))
    with pytest.raises(XnorflowError) as caught:
        Store(tmp_path, network())
    fault = refusal(caught)
    assert fault.message == (
        f"the folder of an exploration must be for the same {key} ({manifest[key]}), "
        "not for another (7)"
    )


@pytest.mark.parametrize("content", ["{", "[]", '{"point": 3}', '{"point": {}, "fits": 1}'])
def test_a_broken_point_is_named(tmp_path: Path, content: str) -> None:
    store = Store(tmp_path, network())
    path = tmp_path / "points" / "7_7.json"
    path.write_text(content)
    with pytest.raises(XnorflowError) as caught:
        store.known()
    fault = refusal(caught)
    assert fault.code == "explore-folder"
    assert fault.origin.file == str(path)


def test_a_scheduler_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xnorflow.explore.session._TIMEOUT_S", 1)
    net = network()
    with pytest.raises(XnorflowError) as caught:
        explore(net, plan(net, 2), Store(tmp_path, net), scheduler="tcp://127.0.0.1:1")
    fault = refusal(caught)
    assert fault.code == "explore-scheduler"
    assert "not 'tcp://127.0.0.1:1'" in fault.message


def test_without_the_package_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    net = network()
    with pytest.raises(XnorflowError) as caught:
        explore(net, plan(net, 2), Store(tmp_path, net))
    fault = refusal(caught)
    assert fault.code == "explore-extra"
    assert fault.hint == "pip install 'xnorflow[explore]'"


def test_a_point_that_kills_each_worker_is_told_and_what_is_done_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = network()
    first, second = plan(net, 2)[:2]
    store = Store(tmp_path, net)
    real = estimate
    monkeypatch.setattr(
        "xnorflow.explore.session.estimate",
        lambda given, point: os._exit(1) if point == second else real(given, point),
    )
    at_once = dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with at_once, pytest.raises(XnorflowError) as caught:
        explore(net, [first, second], store, workers=1)
    fault = refusal(caught)
    assert fault.code == "explore-worker"
    assert fault.message == (
        "a point must be computed by some worker, not lost with each that tried"
    )
    assert set(store.known()) <= {first}
