# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fifos where a stage would hold up the slowest one, and only there."""

from __future__ import annotations

import pytest
from tests.designs import Maker, random_frames

from xnorflow.backends.rtl import generate
from xnorflow.folding.design import Design
from xnorflow.folding.fifos import with_fifos
from xnorflow.ir.diagnostics import XnorflowError
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import BINARY
from xnorflow.simulate.rtl import simulate


def convolution(lanes: int) -> Design:
    """A window of so many lanes in front of a product of three, which takes twice as long."""
    made = Maker((5, 7, 6), BINARY).window("window0", Sweep((5, 3)), (lanes, lanes))
    made = made.conv("conv0", 6, (1, 3, "lutram"))
    return with_fifos(made.dense("dense1", 3, (1, 3, "lutram")).build())


def fifos(design: Design) -> list[tuple[int, int]]:
    return [(joint.before, joint.depth) for joint in design.joints if joint.depth]


def test_a_window_as_wide_as_its_reader_needs_no_fifo() -> None:
    assert fifos(convolution(3)) == []


def test_a_narrower_window_refills_a_fifo_while_its_reader_works() -> None:
    assert fifos(convolution(1)) == [(1, 33)]


@pytest.mark.parametrize("lanes", [1, 3])
def test_the_interval_is_the_slowest_stage(lanes: int) -> None:
    design = convolution(lanes)
    found = simulate(design, generate(design), random_frames(design, 12))
    assert found.interval_cycles == design.interval_cycles == 900
    assert found.latency_cycles == design.latency_cycles


def test_a_burst_waits_in_front_of_the_converter_that_serves_the_slowest_stage() -> None:
    made = Maker((7, 6, 1), BINARY).window("window0", Sweep((3, 1)), (1, 1))
    made = made.conv("conv0", 6, (2, 3, "lutram")).pool("pool0", Sweep((3, 2)), (3, 3))
    made = made.pool("pool1", Sweep((1, 2), (2, 1)), (1, 1)).dense("dense1", 3, (1, 3, "lutram"))
    design = with_fifos(made.build())
    before = [joint for joint in design.joints if joint.before == 3]
    assert [joint.adapter_name for joint in before] == ["fifo", "width_converter"]
    assert [joint.source.lanes for joint in before] == [3, 3]
    found = simulate(design, generate(design), random_frames(design, 20))
    assert found.interval_cycles == design.interval_cycles == 90


def test_what_the_last_frames_lack_behind_them_does_not_matter() -> None:
    """A window gives room back with the next frame's beats, and behind the last frame is none."""
    made = Maker((4, 4, 7), BINARY).window("window0", Sweep((4, 1), (2, 1)), (7, 7))
    made = made.conv("conv0", 1, (1, 2)).dense("dense1", 5, (1, 2))
    assert fifos(with_fifos(made.build())) == []


def test_a_schedule_that_does_not_settle_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xnorflow.folding.fifos._repeats", lambda *_: False)
    with pytest.raises(XnorflowError) as caught:
        convolution(1)
    (found,) = caught.value.diagnostics
    assert found.code == "fifo-schedule"
    assert found.message == (
        "layer window0 must do the same in every frame by frame 32, "
        "not still run later from frame to frame"
    )
    assert found.origin.nodes == ("/window0/node",)
