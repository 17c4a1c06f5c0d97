# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The search finds what trying everything finds."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import astuple, replace
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from tests.designs import Maker
from tests.foldings import (
    CLOCK_MHZ,
    FIFOS,
    LARGE,
    bits,
    everything,
    fold,
    measure,
    pixels,
    refusal,
    single,
    with_luts,
)

from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.search import fold as search
from xnorflow.hardware.families import families
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.ir.graph import Graph
from xnorflow.ir.types import ValueType

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("minimize", ["lut", "bram18", "area"])
@pytest.mark.parametrize("family", families().values(), ids=str)
@pytest.mark.parametrize("graph", [pixels(), bits()], ids=["pixels", "bits"])
def test_the_smallest_of_all_designs_is_found_for_every_interval(
    graph: Graph, family: Family, minimize: str
) -> None:
    designs = everything(graph, family)
    intervals = sorted({interval for interval, *_ in designs})
    assert len(intervals) >= 8
    for limit in intervals:
        best = min(measure(d[2], d[1], minimize, family) for d in designs if d[0] <= limit)
        board = replace(LARGE, family=family)
        target = CLOCK_MHZ * 1e6 / limit
        found = search(graph, board, CLOCK_MHZ, target_fps=target, minimize=minimize)
        assert found.design.interval_cycles <= limit
        cycles = sum(stage.cycles for stage in found.design.stages)
        assert measure(found.design.resources(), cycles, minimize, family) == best
        assert found.verdict.goal == minimize
        assert found.verdict.found == found.verdict.bound == best[0]
        assert found.verdict.gap == 0


@pytest.mark.parametrize("seed", range(12))
def test_the_smallest_of_all_designs_that_keep_to_a_random_budget(seed: int) -> None:
    """Budgets that bind: the cheapest designs take more of some resource than there is."""
    random = Random(seed)
    graph = [pixels(), bits()][seed % 2]
    designs = everything(graph)
    _, _, some = random.choice(designs)
    least = {name: min(getattr(d[2], name) for d in designs) for name in ("lut", "ff", "bram18")}
    limits = {
        n: round(low + random.random() * (getattr(some, n) - low)) for n, low in least.items()
    }
    board = replace(LARGE, resources=Resources(**limits))
    fitting = [d for d in designs if all(getattr(d[2], n) <= m for n, m in limits.items())]
    for limit in sorted({interval for interval, *_ in designs}):
        able = [measure(d[2], d[1]) for d in fitting if d[0] <= limit]
        target = CLOCK_MHZ * 1e6 / limit
        if able:
            found = search(graph, board, CLOCK_MHZ, target_fps=target)
            cycles = sum(stage.cycles for stage in found.design.stages)
            assert measure(found.design.resources(), cycles) == min(able)
            assert found.verdict.gap == 0
        else:
            assert refusal(graph, board, CLOCK_MHZ, target_fps=target).code == "over-budget"
    if fitting:
        fastest = search(graph, board, CLOCK_MHZ)
        assert fastest.design.interval_cycles == min(d[0] for d in fitting)
        assert (fastest.verdict.goal, fastest.verdict.gap) == ("fps", 0)


def test_the_same_network_is_folded_the_same_way_again() -> None:
    board = replace(LARGE, resources=Resources(400, 10**6, 2, 0))
    first, second = (search(pixels(), board, CLOCK_MHZ) for _ in range(2))
    assert first.verdict == second.verdict
    assert [stage.folding for stage in first.design.stages] == [
        stage.folding for stage in second.design.stages
    ]


def test_ctrl_c_is_heard_after_a_search_too() -> None:
    """A solver that takes the signal for itself would end the process with no time to clean up."""
    code = (
        "import os, signal; from dataclasses import replace\n"
        "from tests.foldings import CLOCK_MHZ, LARGE, Resources, bits\n"
        "from xnorflow.folding import program; from xnorflow.folding.search import fold\n"
        "solved, solve = [], program._solved\n"
        "program._solved = lambda *given: solved.append(1) or solve(*given)\n"
        "fold(bits(), replace(LARGE, resources=Resources(150, 200, 2, 0)), CLOCK_MHZ)\n"
        "try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "except KeyboardInterrupt:\n"
        "    print('heard', bool(solved))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "heard True\n"), done.stderr


def test_what_more_would_give_is_true() -> None:
    designs = everything(bits())
    limits = {interval for interval, *_ in designs}
    least = {limit: min(d[2].lut for d in designs if d[0] <= limit) for limit in limits}
    luts = least[12]
    verdict = search(bits(), with_luts(luts), CLOCK_MHZ).verdict
    assert verdict.slowest
    assert verdict.lifts
    for lift in verdict.lifts:
        interval = round(CLOCK_MHZ * 1e6 / lift.fps)
        assert interval < 12
        assert lift.more == Resources(lut=least[interval] - luts)
        more = search(bits(), with_luts(luts + lift.more.lut), CLOCK_MHZ)
        assert more.design.fps >= lift.fps
        less = search(bits(), with_luts(luts + lift.more.lut - 1), CLOCK_MHZ)
        assert less.design.fps < lift.fps


def test_of_a_design_for_a_target_more_means_more_than_it_takes() -> None:
    found = search(bits(), LARGE, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6 / 24)
    used = found.design.resources()
    assert found.verdict.lifts
    for lift in found.verdict.lifts:
        faster = search(bits(), LARGE, CLOCK_MHZ, target_fps=lift.fps).design
        assert faster.fps >= lift.fps > found.design.fps
        assert lift.more.lut == faster.resources().lut - used.lut > 0


def test_where_two_resources_bind_together_both_are_named() -> None:
    fastest = search(bits(), LARGE, CLOCK_MHZ).design.resources()
    less = Resources(fastest.lut * 3 // 4, fastest.ff * 3 // 4, 0, 0)
    lifts = search(bits(), replace(LARGE, resources=less), CLOCK_MHZ).verdict.lifts
    assert any(lift.more.lut and lift.more.ff for lift in lifts)


def test_where_a_layer_cannot_be_faster_nothing_more_helps() -> None:
    verdict = search(single(47), LARGE, CLOCK_MHZ).verdict
    assert (verdict.slowest, verdict.lifts) == (("dense0",), ())


@pytest.mark.parametrize("clock_mhz", [1 / 3, 33.3, 50.0, 100.0, 142.857142])
@pytest.mark.parametrize("columns", [47, 97, 211])
def test_a_target_that_divides_the_clock_is_met_to_the_cycle(
    clock_mhz: float, columns: int
) -> None:
    """A prime: one step a frame, or as many as there are columns."""
    graph = single(columns)
    exact = clock_mhz * 1e6 / columns
    assert fold(graph, LARGE, clock_mhz, target_fps=exact).interval_cycles == columns
    assert fold(graph, LARGE, clock_mhz, target_fps=exact * 1.00001).interval_cycles == 1


@pytest.mark.parametrize("target_fps", [1e-320, 1e-9, 1.0])
def test_a_target_that_asks_for_nothing_gives_the_cheapest(target_fps: float) -> None:
    found = fold(pixels(), LARGE, CLOCK_MHZ, target_fps=target_fps).resources()
    assert found.lut == min(d[2].lut for d in everything(pixels()))


@pytest.mark.parametrize(
    ("clock_mhz", "target_fps", "most", "asked"),
    [
        (100.0, 100_000_001, "100,000,000 FPS at 100 MHz", "100,000,001 FPS"),
        (0.0000017, 2.5, "1 FPS at 1.7e-06 MHz", "2.5 FPS"),
        (100.0, 1e300, "100,000,000 FPS at 100 MHz", "1e+300 FPS"),
    ],
)
def test_a_target_too_fast(clock_mhz: float, target_fps: float, most: str, asked: str) -> None:
    fault = refusal(pixels(), LARGE, clock_mhz, target_fps=target_fps)
    assert fault.code == "target-too-fast"
    assert fault.message == (
        f"the target must be at most {most}, since pixels needs 1 cycle a frame, not {asked}"
    )
    assert fault.hint == "lower the target or raise the clock (--clock-mhz)"
    assert fault.origin.nodes == ("/pixels/node",)


def test_too_little_room_says_what_would_fit_and_that_does() -> None:
    graph = bits()
    least = {limit: min(d[2].lut for d in everything(graph) if d[0] <= limit) for limit in (1, 7)}
    board = with_luts(least[7])
    fault = refusal(graph, board, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6)
    assert fault.code == "over-budget"
    start = "the accelerator must keep to what pynq-z1 leaves beside the shell, at most "
    assert fault.message == f"{start}{least[7]} LUT, not {least[1]}"
    words = fault.hint.split()
    assert fault.hint == f"ask for at most {words[4]} FPS, or choose a larger board"
    target = int(words[4].replace(",", ""))
    assert target * 7 >= CLOCK_MHZ * 1e6 * 0.99
    assert fold(graph, board, CLOCK_MHZ, target_fps=target).resources().lut <= least[7]


def test_no_room_at_all_has_no_such_hint() -> None:
    for how in ({"target_fps": 1.0}, {}):
        fault = refusal(bits(), with_luts(10), CLOCK_MHZ, **how)
        assert fault.code == "over-budget"
        assert "at most 10 LUT, not " in fault.message
        assert fault.hint == "choose a larger board"


def test_every_resource_that_is_short_is_named() -> None:
    board = replace(LARGE, resources=Resources(10, 20, 0, 0))
    message = refusal(bits(), board, CLOCK_MHZ, target_fps=1.0).message
    assert "at most 10 LUT, not " in message
    assert " and 20 FF, not " in message
    assert "BRAM18" not in message


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_without_a_wish_the_fastest_design_that_fits(share: float) -> None:
    graph = bits()
    designs = everything(graph)
    low = min(d[2].lut for d in designs)
    high = min(d[2].lut for d in designs if d[0] == 1)
    luts = round(low + share * (high - low))
    found = fold(graph, with_luts(luts), CLOCK_MHZ)
    assert found.resources().lut <= luts
    assert found.interval_cycles == min(d[0] for d in designs if d[2].lut <= luts)


def test_block_ram_is_used_where_it_saves_and_only_where_there_is_some() -> None:
    graph, target = single(144, rows=64), CLOCK_MHZ * 1e6 / 256
    assert fold(graph, LARGE, CLOCK_MHZ, target_fps=target).resources().bram18 > 0
    board = replace(LARGE, resources=replace(LARGE.resources, bram18=0))
    found = fold(graph, board, CLOCK_MHZ, target_fps=target)
    assert found.resources().bram18 == 0
    assert found.interval_cycles <= 256


@pytest.mark.parametrize("minimize", ["lut", "bram18", "area"])
@pytest.mark.parametrize(
    "graph", [pixels(), bits(), single(144, rows=64)], ids=["pixels", "bits", "single"]
)
def test_no_faster_design_is_named_that_another_one_beats(graph: Graph, minimize: str) -> None:
    """Neither of those that fit the board nor of those that need a larger one."""
    least = fold(graph, LARGE, CLOCK_MHZ, target_fps=1).resources()
    boards = [with_luts(least.lut + more) for more in (FIFOS, 2 * FIFOS, 4 * FIFOS)]
    boards += [replace(LARGE, resources=replace(LARGE.resources, bram18=0)), LARGE]
    asked = [(board, None) for board in boards] + [(LARGE, fps) for fps in (1e5, 3e5, 1e6, 3e6)]
    named = 0
    for board, target in asked:
        lifts = search(graph, board, CLOCK_MHZ, target_fps=target, minimize=minimize).verdict.lifts
        named += len(lifts)
        for one, other in permutations(lifts, 2):
            assert not (one.fps >= other.fps and within(one.more, other.more))
    assert named > 5


def test_products_in_dsp_slices_keep_to_those_that_there_are() -> None:
    maker = Maker(256, ValueType(11, signed=True)).linear("scores", 10, (1, 1, "bram"))
    graph = maker.build().graph

    def found(slices: int) -> tuple[int, int]:
        board = replace(LARGE, resources=replace(LARGE.resources, dsp=slices))
        design = search(graph, board, CLOCK_MHZ).design
        return design.resources().dsp, design.interval_cycles

    assert [found(slices) for slices in (1, 8, 200)] == [(1, 2560), (8, 320), (160, 16)]
    with pytest.raises(XnorflowError, match="at most 0 DSP, not 1"):
        found(0)


def within(one: Resources, other: Resources) -> bool:
    """Whether the one takes no more of anything."""
    pairs = zip(astuple(one), astuple(other), strict=True)
    return all(mine <= theirs for mine, theirs in pairs)
