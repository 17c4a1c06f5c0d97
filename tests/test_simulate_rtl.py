# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The Verilated network: bit-exact under stalls, cycles as estimated, every fault noticed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.designs import Maker, random_frames

from xnorflow.backends.bundle import Bundle
from xnorflow.backends.rtl import TOP, generate
from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.hardware.stream import Stream
from xnorflow.host.packing import pack, unpack
from xnorflow.ir.types import BIPOLAR, ValueType
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.library import Status, VerilatedTop
from xnorflow.simulate.rtl import SimulationResult, simulate

Frames = npt.NDArray[np.int32]


@cache
def odd() -> Design:
    """Ports of 70 and 25 bits, block RAM, a width converter and a fifo."""
    return (
        Maker(210, BIPOLAR, seed=1)
        .dense("dense0", 9, (3, 70, "bram"))
        .dense("dense1", 5, (5, 9), raw=True)
        .build(fifos=(0, 3))
    )


@cache
def narrow() -> Design:
    """One lane everywhere."""
    return Maker(5, BIPOLAR, seed=2).dense("a", 3, (1, 1)).dense("b", 2, (1, 1)).build()


@cache
def wide() -> Design:
    """More than 64 bits in and out."""
    return Maker(392, BIPOLAR, seed=3).dense("only", 8, (8, 392), raw=True).build()


@cache
def pixels() -> Design:
    """A network from pixels to a label."""
    maker = Maker(15, ValueType(8), seed=4).quantize("pixels", (3, 3)).dense("hidden", 10, (5, 3))
    return maker.dense("scores", 7, (7, 5), raw=True).label("label", (1, 1)).build()


@cache
def signed() -> Design:
    """Signed inputs, each with a threshold of its own, and nothing else."""
    maker = Maker(6, ValueType(5, signed=True), seed=5)
    return maker.quantize("only", (2, 2), uniform=False).build()


@cache
def leveled() -> Design:
    """Products of 8-bit weights, quantised by sorted thresholds in LUTs and in block RAM."""
    maker = Maker(8, ValueType(8, signed=True), seed=6).linear("first", 16, (16, 2, "lutram"))
    maker.levels("codes", ValueType(8, signed=True), (4, 4)).linear("second", 6, (3, 8, "lutram"))
    return maker.levels("few", ValueType(3), (3, 3)).build()


DESIGNS = {
    **{"odd": odd, "narrow": narrow, "wide": wide, "pixels": pixels, "signed": signed},
    "leveled": leveled,
}


def run(design: Design, frames: Frames, stall_seed: int | None = None) -> SimulationResult:
    return simulate(design, generate(design), frames, stall_seed=stall_seed)


@pytest.mark.parametrize("name", DESIGNS)
def test_every_frame_is_bit_exact_with_and_without_stalls(name: str) -> None:
    design = DESIGNS[name]()
    frames = random_frames(design, 100)
    golden = run_graph(design.graph, frames)
    free = run(design, frames)
    assert np.array_equal(free.raw, golden)
    assert free.raw.dtype == np.int32
    for seed in (0, 1, -5, 1 << 70):
        stalled = run(design, frames, seed)
        assert np.array_equal(stalled.raw, golden), f"stall seed {seed}"
        assert stalled.cycles_total > free.cycles_total
        assert stalled.interval_cycles is stalled.interval_max_cycles is None
        assert stalled.interval_mean_cycles is None
        assert stalled.latency_cycles == free.latency_cycles
        assert stalled.stage_cycles == free.stage_cycles


@pytest.mark.parametrize("name", DESIGNS)
def test_every_stage_is_busy_for_as_long_as_estimated(name: str) -> None:
    design = DESIGNS[name]()
    found = run(design, random_frames(design, 40))
    assert found.stage_cycles == tuple(stage.cycles for stage in design.stages)


def test_interval_and_latency_are_those_of_the_kernel() -> None:
    design = wide()
    found = run(design, random_frames(design, 30))
    assert (found.interval_cycles, found.interval_max_cycles) == (1, 1)
    assert found.interval_mean_cycles == 1.0
    assert found.latency_cycles == design.latency_cycles
    design = narrow()
    found = run(design, random_frames(design, 30))
    assert found.interval_cycles == design.interval_cycles == 15


def test_the_interval_needs_three_frames() -> None:
    design = narrow()
    assert run(design, random_frames(design, 2)).interval_cycles is None
    assert run(design, random_frames(design, 3)).interval_cycles == 15


def test_any_working_folder_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    design = odd()
    frames = random_frames(design, 5)
    assert np.array_equal(run(design, frames).raw, run_graph(design.graph, frames))
    assert list(tmp_path.iterdir()) == []


def test_a_reset_amid_a_frame_leaves_nothing_behind() -> None:
    design = odd()
    net = design.netlist
    frames = random_frames(design, 6)
    words = pack(frames, net.source)
    with VerilatedTop(generate(design), net.source, net.sink, 2, len(net.links)) as top:
        for cycles in range(1, 40, 3):
            cut = top.run(words, patience=1000, limit_cycles=cycles)
            assert (cut.status, cut.cycles) == (Status.RUNNING, cycles)
            whole = top.run(words, patience=1000)
            raw = unpack(whole.output, net.sink, design.graph.tensors["dense1_out"].value)
            assert np.array_equal(raw, run_graph(design.graph, frames))


def test_progress_counts_frames_and_interrupts_pass() -> None:
    design = narrow()
    calls: list[tuple[str, int, int]] = []
    frames = random_frames(design, 2000)
    simulate(design, generate(design), frames, progress=lambda *call: calls.append(call))
    assert calls[:2] == [("building the simulation", 0, 1), ("building the simulation", 1, 1)]
    assert calls[-1] == ("simulating", 2000, 2000)
    done = [call[1] for call in calls[2:]]
    assert done == sorted(done)
    assert len(done) > 2

    def interrupt(name: str, done: int, total: int) -> None:
        if name == "simulating":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(design, generate(design), frames, progress=interrupt)


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        (np.zeros((2, 4), np.int32), "[n, 5] from 0 to 1, not of shape (2, 4)"),
        (np.zeros((0, 5), np.int32), "not of shape (0, 5)"),
        (np.full((1, 5), 2, np.int32), "not from 2 to 2"),
        (np.full((1, 5), -1, np.int32), "not from -1 to -1"),
        (np.full((1, 5), np.nan), "not of type float64"),
    ],
)
def test_odd_frames_are_refused(frames: Frames, text: str) -> None:
    with pytest.raises(XnorflowError) as caught:
        simulate(narrow(), generate(narrow()), frames)
    assert caught.value.diagnostics[0].code == "simulation-input"
    assert text in str(caught.value)


@cache
def toy() -> tuple[Design, Bundle]:
    text = Path(__file__).with_name("toy_top.v").read_bytes()
    design = Maker(8, BIPOLAR).dense("toy", 8, (4, 8)).build()
    return design, Bundle({"xnorflow_top.v": text}, ("xnorflow_top.v",), TOP, 100.0)


def toy_run(*frames: int, stall_seed: int | None = None) -> SimulationResult:
    bits = np.array([[frame >> bit & 1 for bit in range(8)] for frame in frames], np.int32)
    return simulate(*toy(), bits, stall_seed=stall_seed)


def toy_refusal(*frames: int, stall_seed: int | None = None) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        toy_run(*frames, stall_seed=stall_seed)
    (found,) = caught.value.diagnostics
    return found


def test_the_toy_itself_is_sound() -> None:
    found = toy_run(0x30, 0xA0, 0x50)
    assert found.raw.tolist() == [
        [0, 0, 0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 0, 1, 0, 1],
        [0, 0, 0, 0, 1, 0, 1, 0],
    ]
    assert (found.latency_cycles, found.interval_cycles, found.stage_cycles) == (2, 3, (1,))


@pytest.mark.parametrize(
    ("fault", "code", "text"),
    [
        (1, "protocol", "m_axis_tlast must be on beat 2 of a frame, but is not there"),
        (2, "protocol", "m_axis_tlast must be on beat 2 of a frame, not on beat 1"),
        (3, "stalled", "after 2 of 3 frames: no stream holds a beat; one of toy has lost some"),
        (4, "stalled", "after 2 of 3 frames: toy does not accept the beat that the input offers"),
        (
            5,
            "assertion",
            "[3] %Error: xnorflow_top.v:51: Assertion failed in TOP.xnorflow_top: the toy",
        ),
        (8, "protocol", "m_axis_tlast must be on beat 2 of a frame, but is not there"),
    ],
)
def test_faults_of_the_hardware_are_named(fault: int, code: str, text: str) -> None:
    found = toy_refusal(0x30, fault, 0x50)
    assert found.code == f"simulation-{code}"
    assert text in found.message


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (6, "m_axis_tdata changed before the beat was accepted"),
        (7, "m_axis_tvalid fell before the beat was accepted"),
    ],
)
def test_beats_must_stay_until_accepted(fault: int, text: str) -> None:
    assert toy_run(0x30, *([0xF0 | fault] * 20)).frames == 21, "hidden without stalls"
    found = toy_refusal(0x30, *([0xF0 | fault] * 20), stall_seed=1)
    assert found.code == "simulation-protocol"
    assert text in found.message


def test_a_beat_after_the_last_frame_is_noticed() -> None:
    frames = [0x30, 0x50]
    assert toy_run(*frames).frames == 2
    bits = np.array([[0] * 8], np.int32)
    design, bundle = toy()
    late = bundle.files["xnorflow_top.v"].replace(b"4'd8 ? 2'd3", b"4'd0 ? 2'd3")
    late = late.replace(b"left == 2'd1 &&", b"left <= 2'd2 &&")
    odd_bundle = Bundle({"xnorflow_top.v": late}, bundle.sources, TOP, 100.0)
    with pytest.raises(XnorflowError, match="a beat more than the frames have came out"):
        simulate(design, odd_bundle, bits)


def test_state_that_survives_reset_is_noticed() -> None:
    found = toy_refusal(0x39)
    assert found.code == "simulation-reset"
    assert "the first frame must give the same after any reset" in found.message


def test_a_stall_is_noticed_under_stalls_too() -> None:
    assert "toy does not accept" in toy_refusal(0x30, 4, 0x50, stall_seed=7).message


@settings(max_examples=60, deadline=None)
@given(
    lanes=st.integers(1, 40),
    bits=st.integers(1, 32),
    beats=st.integers(1, 5),
    signed=st.booleans(),
    seed=st.integers(0, 99),
)
def test_packing_follows_its_definition(
    lanes: int, bits: int, beats: int, signed: bool, seed: int
) -> None:
    stream, value = Stream(lanes, bits, beats), ValueType(bits, signed)
    low, high = (value.low, value.high) if signed or bits < 32 else (0, (1 << 31) - 1)
    rng = np.random.default_rng(seed)
    frames = rng.integers(low, high + 1, (3, lanes * beats)).astype(np.int32)
    words = pack(frames, stream)
    for frame, packed in zip(frames.tolist(), words.tolist(), strict=True):
        for beat, found in enumerate(packed):
            lanes_of_beat = frame[beat * lanes : (beat + 1) * lanes]
            number = sum((v % (1 << bits)) << (i * bits) for i, v in enumerate(lanes_of_beat))
            assert sum(word << (32 * i) for i, word in enumerate(found)) == number
    assert np.array_equal(unpack(words, stream, value), frames)


def test_packing_many_frames_goes_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, value = Stream(3, 5, 2), ValueType(5, signed=True)
    frames = np.random.default_rng(1).integers(-16, 16, (50, 6)).astype(np.int32)
    whole = pack(frames, stream)
    monkeypatch.setattr("xnorflow.host.packing._BLOCK_ELEMENTS", 20)
    assert np.array_equal(pack(frames, stream), whole)
    assert np.array_equal(unpack(whole, stream, value), frames)
