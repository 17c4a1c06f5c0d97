# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The simulation support finds what it is there to find."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from sim import cache
from sim.beats import pack, random_frames, unpack
from sim.calibration import check_estimates
from sim.case import joint_case
from sim.job import Job
from sim.patterns import IDLE, STALL, on_demand, periodic, stalls
from sim.runner import run_kernel
from xnorflow.hardware.catalog import adapters
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.sources import module_sources
from xnorflow.hardware.stream import Stream

SKID = adapters()["skid_buffer"]
FRAMES = [[3, 1, 2], [0, 7, 7], [5, 5, 4], [1, 2, 3]]

# A register whose outputs and tready are filled in to break one rule each.
MODULE = """
`include "stream_assert.svh"
module faulty (
  input wire clk, input wire rst,
  input wire [2:0] s_axis_tdata, input wire s_axis_tvalid, output wire s_axis_tready,
  input wire s_axis_tlast,
  output wire [2:0] m_axis_tdata, output wire m_axis_tvalid, input wire m_axis_tready,
  output wire m_axis_tlast
);
  logic [2:0] data;
  logic valid, last, even;
  assign s_axis_tready = TREADY;
  assign m_axis_tvalid = TVALID;
  assign m_axis_tdata = TDATA;
  assign m_axis_tlast = last;
  always_ff @(posedge clk) begin
    even <= !rst && !even;
    if (s_axis_tready) {data, last} <= {s_axis_tdata, s_axis_tlast};
    valid <= !rst && (s_axis_tready ? s_axis_tvalid : valid && !m_axis_tready);
  end
  `XNORFLOW_ASSERT_STREAM(m_axis)
endmodule
"""
SOUND = {"TREADY": "!valid", "TVALID": "valid", "TDATA": "data"}


def run_faulty(folder: Path, job: Job, **changes: str) -> None:
    text = MODULE
    for name, value in (SOUND | changes).items():
        text = text.replace(name, value)
    path = folder / "faulty.sv"
    path.write_text(text)
    run_kernel([path], "faulty", {}, job)


def test_a_sound_module_passes(tmp_path: Path) -> None:
    claims = {"cycles": 6, "latency": 5, "first_output": 1}
    run_faulty(tmp_path, Job(FRAMES, FRAMES, claims))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"TVALID": "valid && even"}, "m_axis_tvalid fell before the beat was accepted"),
        ({"TDATA": "data ^ {3{even}}"}, "m_axis_tdata changed before it was accepted"),
        ({"TREADY": "!valid || m_axis_tready"}, "a combinational path leads from m_axis_tready"),
        ({"TVALID": "valid && m_axis_tready"}, "a combinational path leads from m_axis_tready"),
        ({"TREADY": "1'b0"}, "no transfer in 20000 cycles: 12 beats left to send"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        run_faulty(tmp_path, Job(FRAMES, FRAMES), **changes)
    assert message in str(caught.value)


def test_what_differs_is_shown_with_the_seed() -> None:
    wrong = [*FRAMES[:-1], [1, 2, 2]]
    with pytest.raises(AssertionError) as caught:
        run_kernel(SKID, "skid_buffer", {"W": "3"}, Job(FRAMES, wrong, seed=11))
    assert "failed, seed 11" in str(caught.value)
    assert "first wrong (tdata, tlast) is beat 11: (3, True), not (2, True)" in str(caught.value)


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"latency": 2}, "latency is 3, the claim 2"),
        ({"first_output": 2}, "first_output is 1, the claim 2"),
        ({"cycles": 2}, "the claim 2"),
    ],
)
def test_a_wrong_claim_is_found(claims: dict[str, int], message: str) -> None:
    with pytest.raises(AssertionError) as caught:
        run_kernel(SKID, "skid_buffer", {"W": "3"}, Job(FRAMES, FRAMES, claims))
    assert message in str(caught.value)


def test_a_module_that_does_not_build_shows_why() -> None:
    with pytest.raises(AssertionError) as caught:
        run_kernel(
            module_sources("skid_buffer"), "skid_buffer", {"NOT_THERE": "3"}, Job(FRAMES, FRAMES)
        )
    assert "skid_buffer did not build" in str(caught.value)
    assert "NOT_THERE" in str(caught.value)


def test_a_wrong_estimate_is_found() -> None:
    stream = Stream(40, 1, 3)
    case = joint_case("wrong", SKID, stream, stream)
    double = Stream(80, 1, 3)
    wrong = joint_case("wrong", SKID, double, double)
    mixed = type(case)(**{**vars(case), "estimate": wrong.estimate})
    with pytest.raises(AssertionError) as caught:
        check_estimates([mixed], XC7)
    assert "wrong: LUT 84 / 44 (+90.9%)" in str(caught.value)
    assert "FF 164 / 84 (+95.2%)" in str(caught.value)


def test_only_what_is_of_use_stays_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = cache.cache_folder()
    for name in ("old", "used", "runtime"):
        (folder / name).mkdir()
        os.utime(folder / name, (0, 0))
    (folder / "old.lock").touch()
    os.utime(folder / "old.lock", (0, 0))
    cache.mark_used(folder / "used")
    (folder / "removed").symlink_to(folder / "nowhere")  # as of an entry that is just being removed
    cache.forget_unused()
    (folder / "removed").unlink()
    assert sorted(path.name for path in folder.iterdir()) == ["runtime", "used"]


def test_patterns_repeat_with_their_seed_and_let_beats_through() -> None:
    for patterns in (IDLE, STALL):
        for make in patterns.values():
            first, again = make(5), make(5)
            steps = [first(True) for _ in range(200)]
            assert steps == [again(True) for _ in range(200)]
            assert any(steps)


def test_what_patterns_do() -> None:
    step = periodic(2, 3)
    assert [step(False) for _ in range(7)] == [True, True, False, False, False, True, True]
    demand = on_demand()
    assert not demand(False)
    assert demand(True)
    stall = stalls(1, longest=3)
    steps = [stall(False) for _ in range(300)]
    edges = [i for i, (a, b) in enumerate(pairwise(steps)) if a != b]
    assert {b - a for a, b in pairwise(edges)} == {1, 2, 3}


def test_beats_hold_lane_0_in_the_low_bits() -> None:
    assert pack([1, 2, -1, 0], lanes=2, bits=3) == [0b010_001, 0b000_111]
    assert unpack([0b010_001, 0b000_111], lanes=2, bits=3, signed=True).tolist() == [1, 2, -1, 0]
    frames = random_frames(np.random.default_rng(1), 4, elements=5, low=-3, high=2)
    assert frames[0].tolist() == [-3] * 5
    assert frames[1].tolist() == [2] * 5
    assert frames.min() == -3
    assert frames.max() == 2
