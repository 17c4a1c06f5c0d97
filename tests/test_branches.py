# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that branch, from layers to hardware: exact, to the cycle, and never stuck."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.branched import MAKERS, doubled, expected, residual
from tests.designs import fifos, random_frames, shrunk

from xnorflow.backends.rtl import generate
from xnorflow.design.design import Design
from xnorflow.design.store import load, save
from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.fifos import with_fifos
from xnorflow.ir.text import text_of
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.rtl import simulate
from xnorflow.timing.pace import End

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
    assert design.netlist.unhurried.run(40).end is End.ENDED
    for fifo in fifos(design):
        less = shrunk(design, fifo).netlist
        interval = less.dataflow.settle(3000).interval
        slower = interval is None or interval > design.interval_cycles
        assert slower or less.unhurried.run(40).end is End.STUCK


def test_a_shortcut_needs_its_depth_in_hardware_too() -> None:
    design = built("residual")
    (name,) = [joint for joint, depth in fifos(design).items() if depth > 20]
    less = shrunk(design, name)
    found = simulate(less, generate(less), random_frames(less, FRAMES))
    ends = less.netlist.dataflow.run(FRAMES).ends
    assert found.interval_mean_cycles == np.diff(ends[FRAMES // 2 :]).mean()
    assert found.interval_mean_cycles > design.interval_cycles
    stuck = shrunk(design, name, 1)
    assert stuck.netlist.dataflow.run(2).end is End.STUCK
