# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fifos where a stage would hold up the slowest one, only there, and none a beat too deep."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.branched import residual
from tests.designs import Maker, fifos, random_frames, shrunk, tfc, with_joints

from xnorflow.backends.rtl import generate
from xnorflow.boards.read import load_board
from xnorflow.design.assemble import assemble
from xnorflow.design.design import Design
from xnorflow.design.netlist import netlist
from xnorflow.design.stage import Joint
from xnorflow.diagnostics import XnorflowError
from xnorflow.folding import fifos as fifo_sizes
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.options import options_of
from xnorflow.folding.search import fold
from xnorflow.folding.trials import Place, Trials
from xnorflow.frontend.load import load_model
from xnorflow.hardware.folding import Folding
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.rtl import simulate
from xnorflow.timing.runs import End

FRAMES = 24

CNV = {
    "quantize0": Folding(1, 1),
    "window0": Folding(3, 3, "bram"),
    "conv0": Folding(64, 3, "bram"),
    "window1": Folding(64, 64, "bram"),
    "conv1": Folding(16, 192, "bram"),
    "pool1": Folding(16, 16),
    "window2": Folding(576, 64, "bram"),
    "conv2": Folding(2, 576, "lutram"),
    "window3": Folding(32, 32, "bram"),
    "conv3": Folding(16, 96, "bram"),
    "pool3": Folding(8, 8),
    "window4": Folding(8, 8, "bram"),
    "conv4": Folding(4, 72, "bram"),
    "conv5": Folding(2, 36, "bram"),
    "dense6": Folding(2, 8, "bram"),
    "dense7": Folding(1, 32, "bram"),
    "dense8": Folding(1, 16, "bram"),
}
"""Ten thousand frames a second at 100 MHz."""


def convolution(lanes: int) -> Design:
    """A window of so many lanes in front of a product of three, which takes twice as long."""
    made = Maker((5, 7, 6), BIPOLAR).window("window0", Sweep((5, 3)), (lanes, lanes))
    made = made.conv("conv0", 6, (1, 3, "lutram"))
    return with_fifos(made.dense("dense1", 3, (1, 3, "lutram")).build())


def burst() -> Design:
    """Pools that let beats through in bursts, to a converter and the slowest stage."""
    made = Maker((7, 6, 1), BIPOLAR).window("window0", Sweep((3, 1)), (1, 1))
    made = made.conv("conv0", 6, (2, 3, "lutram")).pool("pool0", Sweep((3, 2)), (3, 3))
    made = made.pool("pool1", Sweep((1, 2), (2, 1)), (1, 1)).dense("dense1", 3, (1, 3, "lutram"))
    return with_fifos(made.build())


def random_design(rng: random.Random, seed: int) -> Design:
    """A few windows, pools and products, each folded by chance; without fifos."""
    size, channels = (rng.randint(1, 8), rng.randint(1, 8)), rng.choice((1, 2, 3, 4, 6))
    made = Maker((*size, channels), BIPOLAR, seed=seed)
    for index in range(rng.randint(1, 3)):
        kernel = tuple(rng.randint(1, min(3, side)) for side in size)
        sweep = Sweep((kernel[0], kernel[1]), (rng.randint(1, 2), rng.randint(1, 2)))
        if rng.random() < 0.4:
            made = made.pool(f"pool{index}", sweep, (1, 1))
        else:
            made = made.window(f"window{index}", sweep, (1, 1))
            made = made.conv(f"conv{index}", rng.choice((1, 2, 3, 4, 6)), (1, 1))
        size = sweep.positions(*size)
    graph = made.dense("dense", rng.choice((1, 2, 4)), (1, 1)).graph()
    board = load_board("pynq-z1")
    stages = [rng.choice(options_of(layer, board, None)).stage for layer in graph.layers]
    return assemble(graph, board, 100.0, stages)


def without_fifos(design: Design) -> Design:
    return with_joints(design, lambda joint: None if joint.adapter_name == "fifo" else joint)


def gaps(design: Design) -> list[int]:
    """Cycles from frame to frame, in the second half of as many as are simulated."""
    ends = design.netlist.dataflow.run(FRAMES).ends
    between: list[int] = np.diff(ends[FRAMES // 2 :]).tolist()
    return between


def test_a_window_as_wide_as_its_reader_needs_no_fifo() -> None:
    assert fifos(convolution(3)) == fifos(convolution(2)) == {}


def test_a_narrower_window_refills_a_fifo_while_its_reader_works() -> None:
    assert fifos(convolution(1)) == {"fifo1": 9}


def test_a_burst_waits_in_front_of_the_converter_that_serves_the_slowest_stage() -> None:
    assert fifos(burst()) == {"queue3": 14}


@pytest.mark.parametrize(
    ("design", "interval"),
    [(convolution(1), 900), (convolution(3), 900), (burst(), 90), (with_fifos(tfc()), 64)],
    ids=["narrow", "wide", "burst", "tfc"],
)
def test_every_cycle_is_as_in_the_model(design: Design, interval: int) -> None:
    found = simulate(design, generate(design), random_frames(design, FRAMES))
    assert found.interval_cycles == design.interval_cycles == interval
    assert found.latency_cycles == design.latency_cycles
    assert found.cycles_total == design.netlist.dataflow.run(FRAMES).ends[-1] + 1
    assert set(gaps(design)) == {interval}


@pytest.mark.parametrize("design", [convolution(1), burst()], ids=["narrow", "burst"])
def test_any_fifo_made_smaller_by_a_beat_slows_the_design(design: Design) -> None:
    for name in fifos(design):
        smaller = shrunk(design, name)
        predicted = gaps(smaller)
        assert np.mean(predicted) > design.interval_cycles
        found = simulate(smaller, generate(smaller), random_frames(smaller, FRAMES))
        assert found.interval_mean_cycles == np.mean(predicted)
        assert found.interval_max_cycles == max(predicted)
        assert found.latency_cycles == smaller.latency_cycles
        assert found.cycles_total == smaller.netlist.dataflow.run(FRAMES).ends[-1] + 1


@pytest.mark.parametrize("seed", range(4))
def test_no_fifo_of_random_designs_can_be_smaller_or_left_out(seed: int) -> None:
    """Frames come at all times, the interval is that of the model's steady state."""
    tried, rng = 0, random.Random(seed)
    while tried < 60:
        try:
            design = with_fifos(random_design(rng, rng.randrange(1000)))
        except AssertionError:  # an image smaller than what moves over it
            continue
        assert design.netlist.dataflow.settle(3000).interval == design.interval_cycles
        for name, depth in fifos(design).items():
            for smaller in {0, 1, depth // 2, depth - 1} - {depth}:
                slower = shrunk(design, name, smaller).netlist.dataflow.settle(3000)
                assert slower.interval is None or slower.interval > design.interval_cycles
                tried += 1


def test_frames_that_overlap_many_times_are_followed_to_the_end() -> None:
    """At an interval of one cycle hundreds of frames are on their way before the first leaves."""
    made = Maker(4, BIPOLAR)
    for number in range(80):
        made = made.dense(f"dense{number}", 4, (4, 4, "const"))
    design = with_fifos(made.build())
    assert design.interval_cycles == 1
    assert design.latency_cycles > 256
    assert fifos(design) == {}


@pytest.mark.needs_shared
def test_fifos_of_cnv_are_exact_too(shared_models: Path) -> None:
    graph = run_passes(load_model(shared_models / "cnv_w1a1_cifar10.onnx"))
    file = FoldingFile(Path("cnv"), CNV, kernels={"window2": "parallel_window"})
    design = fold(graph, load_board("pynq-z1"), 100.0, folding=file).design
    started = time.process_time()
    assert fifos(with_fifos(without_fifos(design))) == fifos(design)
    assert time.process_time() - started < 5
    assert fifos(design) == {"queue6": 83, "queue12": 148}
    for chain, interval in ((design, 9600), (shrunk(design, "queue12"), 9609)):
        found = simulate(chain, generate(chain), random_frames(chain, 14))
        assert found.interval_cycles == interval
        assert found.latency_cycles == chain.latency_cycles
        assert found.cycles_total == chain.netlist.dataflow.run(14).ends[-1] + 1


def test_the_next_frame_behind_a_window_gives_its_room_back() -> None:
    made = Maker((4, 4, 7), BIPOLAR).window("window0", Sweep((4, 1), (2, 1)), (7, 7))
    made = made.conv("conv0", 1, (1, 2)).dense("dense1", 5, (1, 2))
    assert fifos(with_fifos(made.build())) == {}


def test_steady_states_are_found_without_a_pace_too() -> None:
    design = convolution(1)
    run = design.netlist.dataflow.settle(200)
    assert (run.end, run.period, run.interval) == (End.REPEATS, 1, 900)


def test_an_interval_that_no_fifos_help_to_reach_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Design, "interval_cycles", 899)
    with pytest.raises(XnorflowError) as caught:
        convolution(1)
    (found,) = caught.value.diagnostics
    assert found.code == "fifo-schedule"
    assert found.message == (
        "899 cycles must pass from frame to frame, fifos of any depth given, not 900"
    )


def test_frames_beyond_reason_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xnorflow.folding.trials._BUDGET", 100)
    with pytest.raises(XnorflowError) as caught:
        convolution(1)
    (found,) = caught.value.diagnostics
    assert found.message == (
        "900 cycles must be fewer than can be followed in fair time, not so many"
    )


def test_a_question_that_there_was_no_time_for_can_be_asked_again() -> None:
    design = without_fifos(convolution(1))
    stage = design.stages[1]
    fifo = Joint("fifo1", "fifo", stage.input_streams[0], stage.input_streams[0])
    bound = replace(design.connections[1], joints=(*design.connections[1].joints, fifo))
    net = netlist(design.stages, (design.connections[0], bound, *design.connections[2:]))
    (at,) = (at for at, part in enumerate(net.parts) if part.item == fifo)
    for ask in (Trials.keep_pace, Trials.suffice):
        trials = Trials(net, [Place(fifo, at, 1, "")], design.interval_cycles)
        trials.budget = 100
        assert not ask(trials, [9])
        assert trials.out_of_budget
        trials.budget = 1 << 30
        assert ask(trials, [9])
        assert not ask(trials, [8])


def test_where_pauses_would_stop_what_keeps_pace_each_fifo_is_asked_for_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if any depths kept pace, and only a deadlock could tell what is needed."""
    designs = [convolution(1), burst(), with_fifos(residual().build())]
    monkeypatch.setattr(Trials, "keep_pace", lambda self, depths: True)
    for design in designs:
        assert fifos(with_fifos(without_fifos(design))) == fifos(design) != {}


def test_without_time_fifos_are_deeper_than_they_need_be(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    design = convolution(1)
    monkeypatch.setattr(fifo_sizes, "_FEWER", 0)
    monkeypatch.setattr(fifo_sizes, "_SMALLER", 0)
    hasty = convolution(1)
    assert sum(fifos(hasty).values()) > sum(fifos(design).values())
    assert set(gaps(hasty)) == {900}
    assert "no time" in caplog.text
