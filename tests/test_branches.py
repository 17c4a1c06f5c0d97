# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that branch, from layers to hardware: exact, to the cycle, and never stuck."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from tests.branched import MAKERS, expected, random_branches, residual
from tests.designs import fifos, random_frames, shrunk

from xnorflow.api import write_build
from xnorflow.backends.rtl import generate
from xnorflow.boards.read import load_board
from xnorflow.cli import main
from xnorflow.design.design import Design
from xnorflow.design.store import load, save
from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.search import fold, intervals
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.ir.text import text_of
from xnorflow.passes.pipeline import run_passes
from xnorflow.report.file import read_report
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.rtl import simulate
from xnorflow.timing.runs import End

FRAMES = 16


def built(name: str) -> Design:
    return with_fifos(MAKERS[name]().build())


@pytest.mark.parametrize("name", MAKERS)
def test_the_golden_engine_gives_what_loops_give(name: str) -> None:
    design = MAKERS[name]().build()
    frames = random_frames(design, 20)
    np.testing.assert_array_equal(run_graph(design.graph, frames), expected(design.graph, frames))


@pytest.mark.parametrize("name", MAKERS)
def test_hardware_is_exact_and_every_cycle_is_as_in_the_model(name: str) -> None:
    design = built(name)
    bundle, frames = generate(design), random_frames(design, FRAMES)
    golden = run_graph(design.graph, frames)
    free = simulate(design, bundle, frames)
    np.testing.assert_array_equal(free.raw, golden)
    assert free.interval_cycles == design.interval_cycles
    assert free.latency_cycles == design.latency_cycles
    assert free.cycles_total == design.netlist.dataflow.run(FRAMES).ends[-1] + 1
    assert free.stage_cycles == tuple(stage.cycles for stage in design.stages)
    for seed in (1, 2):
        stalled = simulate(design, bundle, frames, stall_seed=seed)
        np.testing.assert_array_equal(stalled.raw, golden)


@pytest.mark.parametrize("name", MAKERS)
def test_any_fifo_made_smaller_by_a_beat_slows_or_stops_the_design(name: str) -> None:
    design = built(name)
    assert design.netlist.dataflow.settle(3000).interval == design.interval_cycles
    assert design.netlist.untimed.run(40).end is End.ENDED
    for fifo in fifos(design):
        less = shrunk(design, fifo).netlist
        interval = less.dataflow.settle(3000).interval
        is_slower = interval is None or interval > design.interval_cycles
        assert is_slower or less.untimed.run(40).end is End.DEADLOCK


def test_a_shortcut_needs_its_depth_in_hardware_too() -> None:
    design = built("residual")
    (name,) = [joint for joint, depth in fifos(design).items() if depth > 20]
    less = shrunk(design, name)
    found = simulate(less, generate(less), random_frames(less, FRAMES))
    ends = less.netlist.dataflow.run(FRAMES).ends
    assert found.interval_mean_cycles == np.diff(ends[FRAMES // 2 :]).mean()
    assert found.interval_mean_cycles is not None
    assert found.interval_mean_cycles > design.interval_cycles
    stuck = shrunk(design, name, 1)
    assert stuck.netlist.dataflow.run(2).end is End.DEADLOCK


def test_a_tensor_concatenated_with_itself_waits_for_all_channels_of_a_pixel() -> None:
    """The second copy of a pixel of four beats stands in a fifo while the first one passes."""
    design = built("joined")
    assert fifos(design)["fifo1_1"] == 3  # the fork itself holds one
    without = shrunk(design, "fifo1_1", 0)
    assert without.netlist.dataflow.run(2).end is End.DEADLOCK


def test_a_branched_design_is_stored_and_comes_back(tmp_path: Path) -> None:
    design = built("nested")
    save(design, tmp_path)
    found = load(tmp_path)
    assert text_of(found.graph) == text_of(design.graph)
    assert found.connections == design.connections
    assert [(s.kernel_name, s.folding) for s in found.stages] == [
        (s.kernel_name, s.folding) for s in design.stages
    ]
    assert generate(found).files == generate(design).files


def test_a_stored_fork_with_too_few_readers_is_refused(tmp_path: Path) -> None:
    save(built("doubled"), tmp_path)
    path = tmp_path / "design.json"
    path.write_text(path.read_text().replace('"copies": 2', '"copies": 3'))
    with pytest.raises(XnorflowError) as caught:
        load(tmp_path)
    (found,) = caught.value.diagnostics
    assert found.code == "build-folder-design"
    assert "its output must be read 3 times, not 2" in found.message


def folding_of(design: Design) -> FoldingFile:
    """A file that says all but storages."""
    layers = {
        stage.layer.name: Folding(stage.folding.pe, stage.folding.simd) for stage in design.stages
    }
    return FoldingFile(Path("f.json"), layers)


def check_in_hardware(design: Design) -> None:
    frames = random_frames(design, FRAMES)
    found = simulate(design, generate(design), frames)
    np.testing.assert_array_equal(found.raw, expected(design.graph, frames))
    assert found.interval_cycles == design.interval_cycles
    assert found.latency_cycles == design.latency_cycles


def test_a_target_folds_a_network_that_branches() -> None:
    found = fold(residual().graph(), load_board("pynq-z1"), 100.0, target_fps=1e8 / 270)
    assert found.design.interval_cycles <= 270
    assert 0 < found.verdict.bound <= found.verdict.found == found.design.resources().lut
    faster = fold(residual().graph(), load_board("pynq-z1"), 100.0, target_fps=1e8 / 42)
    assert found.verdict.found < faster.verdict.found
    check_in_hardware(found.design)


def test_the_fastest_design_of_a_network_that_branches_is_one_of_a_cycle_a_pixel() -> None:
    graph, board = residual().graph(), load_board("pynq-z1")
    found = fold(graph, board, 100.0)
    assert found.design.interval_cycles == intervals(graph, board)[0]
    assert found.verdict.gap == 0
    check_in_hardware(found.design)


def test_a_file_may_leave_layers_of_a_network_that_branches_open() -> None:
    design = residual().build()
    some = {name: one for name, one in folding_of(design).layers.items() if "conv" in name}
    some["dense1"] = Folding(1, 24)
    found = fold(
        design.graph, load_board("pynq-z1"), 100.0, folding=FoldingFile(Path("f.json"), some)
    )
    foldings = {stage.layer.name: stage.folding for stage in found.design.stages}
    assert [(foldings[name].pe, foldings[name].simd) for name in some] == [(2, 27), (1, 24)]
    assert found.design.interval_cycles == 120
    assert found.verdict.slowest == ("conv0",)
    check_in_hardware(found.design)


def test_a_file_of_all_layers_is_followed() -> None:
    design = residual().build()
    found = fold(design.graph, load_board("pynq-z1"), 100.0, folding=folding_of(design)).design
    for stage, wanted in zip(found.stages, design.stages, strict=True):
        assert (stage.folding.pe, stage.folding.simd) == (wanted.folding.pe, wanted.folding.simd)


def test_what_does_not_fit_is_told() -> None:
    design = residual().build()
    with pytest.raises(XnorflowError, match="at most 100 LUT, not") as caught:
        fold(
            design.graph,
            load_board("pynq-z1"),
            100.0,
            folding=folding_of(design),
            most=Resources(100, 10_000, 100, 0),
        )
    assert caught.value.diagnostics[0].code == "over-budget"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build folder of a graph without forks of its own, and a file that folds it."""
    design = residual().build()
    found = fold(run_passes(design.graph), load_board("pynq-z1"), 100.0, folding=folding_of(design))
    assert found.verdict.gap < 0.2
    assert found.verdict.slowest == ("window0",)
    folder = tmp_path_factory.mktemp("branched") / "b"
    write_build(found, folder)
    return folder


def test_commands_take_the_build_folder_of_a_branched_network(
    build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(build), "--images", "8"]) == 0
    assert main(["synth", str(build)]) == 0
    assert main(["report", str(build)]) == 0
    shown = capsys.readouterr().out
    for name in ("fork0", "stream_fork", "add0", "stream_add"):
        assert name in shown
    report = read_report(build)
    assert report.verification.mismatches == 0
    assert report.throughput.interval_cycles.simulated == 180
    assert report.throughput.latency_cycles.estimated == report.throughput.latency_cycles.simulated
    for layer in report.layers:
        assert layer.cycles.estimated == layer.cycles.simulated, layer.name
        lut = layer.resources.lut
        assert lut.synthesized is not None, layer.name
        assert lut.estimated is not None, layer.name
        assert abs(lut.estimated - lut.synthesized) <= max(20, 0.2 * lut.synthesized), layer.name


@pytest.mark.parametrize("seed", range(3))
def test_no_fifo_of_random_branched_designs_can_be_smaller(seed: int) -> None:
    """The interval is that of the steady state, and nothing gets stuck at any pace."""
    tried, rng = 0, random.Random(seed)
    while tried < 25:
        design = with_fifos(random_branches(rng))
        assert design.netlist.dataflow.settle(3000).interval == design.interval_cycles
        assert design.netlist.untimed.run(40).end is End.ENDED
        for name, depth in fifos(design).items():
            for smaller in {0, 1, depth // 2, depth - 1} - {depth}:
                net = shrunk(design, name, smaller).netlist
                interval = net.dataflow.settle(3000).interval
                slower = interval is None or interval > design.interval_cycles
                assert slower or net.untimed.run(40).end is End.DEADLOCK
                tried += 1


def test_random_branched_designs_are_exact_in_hardware() -> None:
    rng = random.Random(7)
    for _ in range(2):
        design = with_fifos(random_branches(rng))
        frames, bundle = random_frames(design, 8), generate(design)
        golden = run_graph(design.graph, frames)
        np.testing.assert_array_equal(golden, expected(design.graph, frames))
        for stall_seed in (None, 3):
            found = simulate(design, bundle, frames, stall_seed=stall_seed)
            np.testing.assert_array_equal(found.raw, golden)
            assert found.latency_cycles == design.latency_cycles


def test_branches_that_wait_for_each_other_are_told_of() -> None:
    with pytest.raises(XnorflowError, match=r"design-stuck.*pass through all branches"):
        _ = residual().build().latency_cycles
