# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A cluster that is not there, is no use, or lacks what it needs is told, and not waited for."""

from __future__ import annotations

import gc
import socket
import sys
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster
from tests.explorations import HERE, network, refusal, started

from xnorflow import __version__
from xnorflow.diagnostics import XnorflowError
from xnorflow.explore.crew import crew
from xnorflow.explore.exploration import plan, run
from xnorflow.explore.outcome import Point
from xnorflow.explore.store import Store


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("tcp://127.0.0.1:1", "OSError"),
        ("tls://127.0.0.1:1", "TypeError"),
        ("ucx://127.0.0.1:1", "TypeError"),
        ("nonsense", "ValueError"),
    ],
)
def test_a_scheduler_that_is_not_there(
    address: str, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[object] = []
    monkeypatch.setattr("xnorflow.explore.crew._TIMEOUT_S", 1)
    monkeypatch.setattr(sys, "unraisablehook", left.append)
    with pytest.raises(XnorflowError) as caught, crew(network(), address, 1):
        pass
    fault = refusal(caught)
    assert fault.code == "explore-scheduler"
    assert fault.message.startswith(
        f"the scheduler must be a Dask scheduler that answers, not '{address}', which fails with "
        f"{error}: "
    )
    del caught
    gc.collect()
    assert left == []


def test_a_server_that_says_nothing_is_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xnorflow.explore.crew._TIMEOUT_S", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(XnorflowError) as caught, crew(network(), address, 1):
            pass
    assert refusal(caught).code == "explore-scheduler"
    assert refusal(caught).message.endswith(f"not '{address}', which fails with TimeoutError")


def test_a_scheduler_without_workers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xnorflow.explore.crew._TIMEOUT_S", 1)
    with (
        LocalCluster(n_workers=0, dashboard_address=HERE) as empty,
        pytest.raises(XnorflowError) as caught,
        crew(network(), empty.scheduler_address, 1),
    ):
        pass
    fault = refusal(caught)
    assert fault.code == "explore-worker"
    assert fault.message == "the scheduler must have a worker, not none for 1 s"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (
            "raise ModuleNotFoundError(\"No module named 'xnorflow'\")",
            "ModuleNotFoundError: No module named 'xnorflow'",
        ),
        ("__version__ = '0.0.7'", "0.0.7"),
    ],
)
def test_a_worker_without_this_xnorflow_is_told(content: str, found: str, tmp_path: Path) -> None:
    shadow = tmp_path / "xnorflow"
    shadow.mkdir()
    (shadow / "__init__.py").write_text(content)
    with (
        LocalCluster(n_workers=0, dashboard_address=HERE) as empty,
        started("worker", empty.scheduler_address, PYTHONPATH=str(tmp_path)),
        pytest.raises(XnorflowError) as caught,
        crew(network(), empty.scheduler_address, 1),
    ):
        pass
    fault = refusal(caught)
    assert fault.code == "explore-worker"
    assert fault.message.startswith("the worker tcp://127.0.0.1:")
    assert fault.message.endswith(f" must have xnorflow {__version__}, not {found}")


def test_local_workers_cannot_be_reached_from_elsewhere(
    tmp_path: Path,
) -> None:
    heard: set[str] = set()

    def progress(what: str, done: int, total: int) -> None:
        own = psutil.Process()
        for process in [own, *own.children(recursive=True)]:
            for one in process.net_connections("inet"):
                if one.status == psutil.CONN_LISTEN:
                    heard.add(one.laddr.ip)

    net = network()
    run(net, plan(net, 1)[:1], Store(tmp_path, net), workers=1, progress=progress)
    assert heard == {"127.0.0.1"}


def test_without_the_package_the_remedy_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    net = network()
    with pytest.raises(XnorflowError) as caught:
        run(net, [Point(1, 0)], Store(tmp_path, net))
    fault = refusal(caught)
    assert fault.code == "explore-extra"
    assert fault.hint == "pip install 'xnorflow[explore]'"
