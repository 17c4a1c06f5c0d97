# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hints about boards, targets and folding files, followed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.branched import residual
from tests.foldings import LARGE, single
from tests.hints.faults import compiled, hint, tiny
from tests.hints.follows import follows
from tests.qonnx_net import Net, signs

import xnorflow
from xnorflow.boards.read import load_board, parse_board
from xnorflow.cli import main
from xnorflow.design.design import Design
from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.search import fold
from xnorflow.hardware.resources import Resources

ROOT = Path(__file__).parent.parent.parent
WHOLE = {"layers": {"dense0": {"pe": 4, "simd": 8}, "dense1": {"pe": 5, "simd": 4}}}
"""A folding of the tiny network."""
CLOCK_FPS = 100e6
"""Frames of a cycle each, at the board's own clock."""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny(tmp_path)


def folded(model: Path, content: object) -> Design:
    """With a folding file of that content."""
    path = model.with_name("f.json")
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return compiled(model, folding=path).design


def without(layer: str) -> dict[str, Any]:
    return {"layers": {name: fold for name, fold in WHOLE["layers"].items() if name != layer}}


def changed(layer: str, **fields: object) -> dict[str, Any]:
    """The whole file with other fields of one layer."""
    return {"layers": {**WHOLE["layers"], layer: {**WHOLE["layers"][layer], **fields}}}


@follows("unknown-board")
def test_a_board_of_another_name(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    close = hint("unknown-board", lambda: compiled(model, board="pynq-z9"))
    name = close.removeprefix("did you mean ").removesuffix("?")
    assert compiled(model, board=name).design.board.name == "pynq-z1"
    assert "`xnorflow boards`" in hint("unknown-board", lambda: compiled(model, board="#"))
    assert main(["boards"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert "ulx3s-85f" in listed
    compiled(model, board="ulx3s-85f")


@follows("board-file")
def test_a_board_file_that_lacks_a_key(tmp_path: Path) -> None:
    cut = b'title = "mine"\n'
    told = hint("board-file", lambda: parse_board("mine", cut, tmp_path / "board.toml"))
    (example,) = re.findall(r"see (\S+) for a complete example", told)
    parse_board("mine", (ROOT / example).read_bytes(), tmp_path / "board.toml")


@follows("bad-number")
def test_a_clock_that_no_board_has(model: Path) -> None:
    told = hint("bad-number", lambda: compiled(model, clock_mhz=5000))
    assert told == "give another number, or leave it out"
    assert compiled(model, clock_mhz=50).design.clock_mhz == 50
    compiled(model)


@follows("unknown-goal")
def test_a_goal_that_is_none(model: Path) -> None:
    told = hint("unknown-goal", lambda: compiled(model, minimize="luts"))
    assert told.startswith("leave it out")
    compiled(model)


@follows("target-too-fast")
def test_a_target_that_is_too_fast(model: Path) -> None:
    told = hint("target-too-fast", lambda: compiled(model, target_fps=150e6))
    assert told == "lower the target or raise the clock (--clock-mhz)"
    compiled(model, target_fps=100e6)
    compiled(model, target_fps=150e6, clock_mhz=150)


@follows("over-budget")
def test_a_board_that_is_too_small(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = load_board("pynq-z1")
    small = replace(large, resources=Resources(6700, 9000, 280, 220))
    boards = {"small": small, "pynq-z1": large}
    monkeypatch.setattr("xnorflow.api.load_board", boards.__getitem__)
    told = hint("over-budget", lambda: compiled(model, board="small", target_fps=100e6))
    (most,) = re.findall(r"ask for at most ([\d,]+) FPS, or choose a larger board", told)
    design = compiled(model, board="small", target_fps=int(most.replace(",", ""))).design
    assert design.fps < 100e6
    assert compiled(model, target_fps=100e6).design.fps == 100e6


@follows("over-budget")
def test_a_board_that_nothing_fits(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = load_board("pynq-z1")
    boards = {"none": replace(large, resources=large.shell), "pynq-z1": large}
    monkeypatch.setattr("xnorflow.api.load_board", boards.__getitem__)
    told = hint("over-budget", lambda: compiled(model, board="none", target_fps=1000))
    assert told == "choose a larger board"
    compiled(model, target_fps=1000)


@follows("search-unfinished")
def test_a_search_without_time(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, target = single(144, rows=64), CLOCK_FPS / 256
    none = replace(LARGE, resources=replace(LARGE.resources, bram18=0))
    with monkeypatch.context() as patch:
        patch.setattr("xnorflow.folding.pricing._ENTRIES", 0)
        for place in ("fit.SECONDS", "space._SECONDS"):
            patch.setattr(f"xnorflow.folding.{place}", 1e-6)
        told = hint("search-unfinished", lambda: fold(graph, none, 100.0, target_fps=target))
    assert told.endswith("choose a larger board")
    assert fold(graph, LARGE, 100.0, target_fps=target).design.fps >= target


@follows("fifo-schedule")
def test_a_folding_whose_frames_take_long_to_follow(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames of few cycles can be followed for long even with little patience."""
    monkeypatch.setattr("xnorflow.folding.trials._BUDGET", 100)
    told = hint("fifo-schedule", lambda: folded(model, WHOLE))
    assert told == "choose another folding or target"
    fast = {"layers": {"dense0": {"pe": 8, "simd": 12}, "dense1": {"pe": 5, "simd": 8}}}
    assert folded(model, fast).interval_cycles == 4
    slow = CLOCK_FPS / 384
    told = hint("fifo-schedule", lambda: compiled(model, target_fps=slow))
    assert told == "choose another folding or target"
    assert compiled(model, target_fps=CLOCK_FPS / 4).design.interval_cycles == 4


@follows("folding-twice")
def test_a_target_beside_a_file(model: Path) -> None:
    folded(model, WHOLE)
    path = model.with_name("f.json")
    told = hint("folding-twice", lambda: compiled(model, folding=path, target_fps=1000))
    assert told == "leave one of the two out"
    compiled(model, folding=path)
    compiled(model, target_fps=1000)


@follows("folding-file", "folding-incomplete")
def test_a_folding_file_that_is_no_json(model: Path) -> None:
    told = hint("folding-file", lambda: folded(model, "{"))
    (example,) = re.findall(r"write (\{.*\}); ", told)
    told = hint("folding-incomplete", lambda: folded(model, example))
    assert told == "add the missing layers"
    whole = json.loads(example)
    whole["layers"]["dense1"] = {"pe": 1, "simd": 1}
    folded(model, whole)


@follows("folding-stale")
def test_a_folding_of_another_model(model: Path) -> None:
    told = hint("folding-stale", lambda: folded(model, {**WHOLE, "model": "0123"}))
    assert told == "fold this model anew, or remove model"
    folded(model, WHOLE)
    compiled(model, target_fps=1000)


@follows("folding-unknown-layer")
def test_a_folding_of_a_layer_that_is_none(model: Path) -> None:
    entry = {"pe": 1, "simd": 1}
    dense = {"layers": {**without("dense1")["layers"], "dense_1": entry}}
    with pytest.raises(XnorflowError) as caught:
        folded(model, dense)
    told = {found.code: found.hint for found in caught.value.diagnostics}
    assert told.keys() == {"folding-unknown-layer", "folding-incomplete"}
    meant = told["folding-unknown-layer"].removeprefix("did you mean ").removesuffix("?")
    folded(model, {"layers": {**without("dense1")["layers"], meant: entry}})
    far = {"layers": {**WHOLE["layers"], "#": entry}}
    assert hint("folding-unknown-layer", lambda: folded(model, far)) == "remove the entry"
    folded(model, WHOLE)


@follows("folding-illegal")
def test_a_folding_that_does_not_divide(model: Path) -> None:
    told = hint("folding-illegal", lambda: folded(model, changed("dense0", pe=5, simd=7)))
    pe, simd = map(int, re.findall(r"PE (\d+), SIMD (\d+)", told)[0])
    folded(model, changed("dense0", pe=pe, simd=simd))


@follows("folding-kernel", "folding-storage")
@pytest.mark.parametrize(
    ("code", "key", "wrong"),
    [("folding-kernel", "kernel", "maxpool"), ("folding-storage", "storage", "disk")],
)
def test_a_choice_that_there_is_not(model: Path, code: str, key: str, wrong: str) -> None:
    with pytest.raises(XnorflowError) as caught:
        folded(model, changed("dense0", **{key: wrong}))
    (found,) = caught.value.diagnostics
    assert (found.code, found.hint) == (code, "choose one of these")
    (listed,) = re.findall(r" must be (.*), not ", found.message)
    for choice in listed.split(" or "):
        folded(model, changed("dense0", **{key: choice}))


@follows("quantiser-tables")
def test_a_quantiser_whose_elements_differ(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    shifts = rng.integers(-60, 60, (2, 100, 100))

    def quantised(shifts: np.ndarray, bits: float) -> Path:
        net = Net((1, 2, 100, 100))
        net.add("Sub", 128.0 + shifts)
        if bits == 1:
            net.bipolar()
        else:
            net.add("Quant", 1.0, 0.0, bits, signed=1, narrow=0, rounding_mode="ROUND")
        net.conv(signs(rng, 2, 2, 3, 3))
        return net.save(tmp_path, "levels.onnx")

    meant: dict[str, Any] = {"input_type": "uint8", "input_scale": 1}
    path = quantised(shifts, 2.0)
    (fault,) = xnorflow.check(path, **meant).faults
    assert fault.code == "quantiser-tables"
    told = fault.hint
    assert told.startswith("quantise all elements alike, ")
    assert told.endswith("; or to one bit, which takes no table")
    alike = (quantised(s, 2.0) for s in (shifts[:1, :1, :1], shifts[:, :1, :1]))
    for path in (*alike, quantised(shifts, 1.0)):
        assert xnorflow.check(path, **meant).faults == ()


@follows("stream-mismatch", "design-connections")
@pytest.mark.parametrize("code", ["stream-mismatch", "design-connections"])
def test_a_stored_design_whose_parts_do_not_fit(model: Path, code: str) -> None:
    build = model.with_name("b")
    folded(model, changed("dense1", simd=8))
    options = {"folding": model.with_name("f.json"), "output": build}
    compiled(model, **options)
    record = json.loads((build / "design.json").read_text())
    if code == "stream-mismatch":
        record["connections"][1]["joints"] = []
    else:
        record["connections"][1]["source"]["stage"] = "none"
    (build / "design.json").write_text(json.dumps(record))
    assert hint(code, lambda: xnorflow.load(build)).startswith("compile the model again")
    compiled(model, **options)
    xnorflow.load(build)


@follows("design-stuck")
def test_fifos_deep_enough_let_branches_go_on() -> None:
    bare = residual().build()
    with pytest.raises(XnorflowError) as caught:
        _ = bare.latency_cycles
    (fault,) = caught.value.diagnostics
    assert fault.code == "design-stuck"
    assert fault.hint == "compile the model again, so that fifos are deep enough"
    assert with_fifos(bare).latency_cycles > 0
