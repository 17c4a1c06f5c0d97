# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The plan, the front, and the command that finds it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.explorations import network, refusal

from xnorflow.cli import main
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.explore import Exploration, explore
from xnorflow.explore.exploration import plan
from xnorflow.explore.outcome import Check, Outcome, Point, front
from xnorflow.explore.work import estimate

MODEL = Path(__file__).parent.parent / "models" / "tfc-mnist" / "model.onnx"


def test_a_plan_goes_from_the_fastest_to_the_slowest_with_and_without_block_ram() -> None:
    points = plan(network(), 6)
    assert len(points) == len(set(points)) >= 6 * 5
    assert min(point.cycles for point in points) == 1
    assert max(point.cycles for point in points) == 48 * 24
    assert {point.bram18 for point in points} == {0, 21, 54, 109, 218}


def test_a_plan_begins_with_the_fastest_that_fits() -> None:
    net = network()
    fastest = estimate(net, Point(1, 218))
    assert fastest.fits
    lut = (fastest.lut - 1 + net.board.shell.lut) / net.board.cap
    smaller = replace(net.board, resources=replace(net.board.resources, lut=int(lut)))
    tight = replace(net, board=smaller)
    points = plan(tight, 1)
    assert {point.cycles for point in points} == {tight.fastest().design.interval_cycles}
    assert points[0].cycles > 1
    assert any(estimate(tight, point).fits for point in points)


def test_a_plan_for_a_board_that_nothing_fits_says_so() -> None:
    net = network()
    none = replace(net, board=replace(net.board, resources=net.board.shell))
    with pytest.raises(XnorflowError) as caught:
        plan(none, 3)
    assert refusal(caught).code == "over-budget"


def drawn(number: int, random: Random) -> Outcome:
    fits = random.random() < 0.9
    fps, interval, latency, lut, ff, bram18, dsp = (random.randint(1, 6) for _ in range(7))
    return Outcome(Point(number, 0), fits, fps, interval, latency, lut, ff, bram18, dsp)


@pytest.mark.parametrize("seed", range(5))
def test_the_front_is_what_no_other_beats(seed: int) -> None:
    random = Random(seed)
    outcomes = [drawn(number, random) for number in range(60)]
    best = front(outcomes)
    able = [one for one in outcomes if one.fits]

    def beats(one: Outcome, other: Outcome) -> bool:
        ours, theirs = (-one.fps, one.lut, one.bram18), (-other.fps, other.lut, other.bram18)
        return ours != theirs and all(a <= b for a, b in zip(ours, theirs, strict=True))

    assert {(o.fps, o.lut, o.bram18) for o in best} == {
        (o.fps, o.lut, o.bram18) for o in able if not any(beats(other, o) for other in able)
    }
    assert [one.fps for one in best] == sorted(one.fps for one in best)


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
    assert 2 <= len(kept) < 30
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(list((out / "points").glob("[0-9]*.json"))) == 30
    assert (out / "front.json").is_file()


def test_where_nothing_fits_there_is_a_word_and_no_plot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("xnorflow.explore.exploration.plan", lambda net, speeds: (Point(1, 0),))
    assert main(arguments(tmp_path)) == 0
    shown = capsys.readouterr().out
    assert "1 points, 0 with a design that fits, 0 of the front" in shown
    assert "no plot, since nothing fits" in shown
    assert not (tmp_path / "front.png").exists()
    assert json.loads((tmp_path / "front.json").read_text()) == {"points": 1, "front": []}


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"clock_mhz": 5000.0}, "the clock must be a number above 0 and at most 1000, not 5000"),
        ({"speeds": 0}, "the number of speeds must be a whole number from 1 to 1048576, not 0"),
        ({"checks": -1}, "the number of checks must be a whole number from 0 to 1048576, not -1"),
        ({"workers": 0}, "the number of workers must be a whole number from 1 to 1048576, not 0"),
    ],
)
def test_a_number_out_of_range_is_refused(
    tmp_path: Path, options: dict[str, Any], fault: str
) -> None:
    with pytest.raises(XnorflowError) as caught:
        explore(MODEL, "pynq-z1", tmp_path / "out", **options)
    assert refusal(caught).code == "bad-number"
    assert refusal(caught).message == fault
    assert not (tmp_path / "out").exists()


FINE = Check(100, 100, 0, 0, 8, 6, 0)


@pytest.mark.parametrize(
    ("tried", "code", "exit_code"),
    [
        (FINE, None, 0),
        (replace(FINE, mismatches=1), None, 1),
        (replace(FINE, interval_cycles_simulated=9), None, 1),
        (replace(FINE, interval_cycles_simulated=None), None, 1),
        (FINE, "tool-missing", 2),
        (FINE, "simulation-stalled", 1),
    ],
)
def test_the_exit_code_tells_what_came_of_the_checks(
    tried: Check,
    code: str | None,
    exit_code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = Outcome(Point(8, 0), True, 1e6, 8, 20, 100, 100, check=tried)
    faults = () if code is None else (Diagnostic(code, "it must be, not so"),)
    found = Exploration("a title", (one,), (one,), faults)
    monkeypatch.setattr("xnorflow.explore.explore", lambda *given, **options: found)
    assert main(arguments(tmp_path)) == exit_code
    shown = capsys.readouterr()
    assert "a title" in shown.out
    assert "1 of the front" in shown.out
    assert ("not as estimated in simulation: 8_0" in shown.out) == one.disproved
    assert (f"error[{code}]" in shown.err) == (code is not None)
