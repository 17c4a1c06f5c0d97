# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fifos are part of what the search makes small, and of what must fit."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random

import pytest
from tests.branched import two_in_turn
from tests.designs import Maker, fifos
from tests.foldings import (
    ANY,
    CLOCK_MHZ,
    FIFOS,
    LARGE,
    refusal,
    windows,
    with_luts,
)

from xnorflow.design.assemble import assemble
from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.file import FoldingFile
from xnorflow.folding.options import options_of
from xnorflow.folding.search import fold as search
from xnorflow.folding.search import intervals
from xnorflow.hardware.resources import Resources
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR


def test_fifos_are_counted_while_the_smallest_is_sought() -> None:
    """Against all designs with their fifos."""
    graph = windows()
    options = [options_of(layer, LARGE, None) for layer in graph.layers]
    designs = []
    for choice in Random(1).sample(list(product(*options)), 1500):
        stages = [option.stage for option in choice]
        design = with_fifos(assemble(graph, LARGE, CLOCK_MHZ, stages))
        designs.append((design.interval_cycles, design.resources().lut, design.joints))
    assert sum(any(joint.depth for joint in joints) for *_, joints in designs) > 300
    for limit in sorted({interval for interval, *_ in designs}):
        found = search(graph, LARGE, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6 / limit)
        best = min(lut for interval, lut, _ in designs if interval <= limit)
        assert found.verdict.bound <= found.verdict.found <= best
        assert found.design.resources().lut == found.verdict.found


def rebuilt(design: Design) -> Design:
    """The design of a file that fixes the kernel and the folding of every layer."""
    layers = {stage.layer.name: stage.folding for stage in design.stages}
    kernels = {stage.layer.name: stage.kernel_name for stage in design.stages}
    file = FoldingFile(Path("again.json"), layers, kernels=kernels)
    return search(design.graph, LARGE, CLOCK_MHZ, folding=file).design


def test_the_same_folding_has_the_same_fifos_whatever_was_looked_at_before() -> None:
    graph = two_in_turn().graph()
    for interval in (36, 96, 192):
        found = search(graph, LARGE, CLOCK_MHZ, target_fps=CLOCK_MHZ * 1e6 / interval).design
        again = rebuilt(found)
        assert again.stages == found.stages
        assert fifos(again) == fifos(found) != {}


def test_fifos_count_where_something_else_is_sought_too() -> None:
    graph = windows()
    for interval in (60, 90, 180):
        found = search(graph, LARGE, CLOCK_MHZ, target_fps=1e8 / interval, minimize="bram18")
        faster = search(graph, LARGE, CLOCK_MHZ, target_fps=1e8 / 42, minimize="bram18")
        assert found.design.resources().bram18 == faster.design.resources().bram18 == 0
        assert found.design.resources().lut <= faster.design.resources().lut


def test_what_more_would_give_counts_fifos_where_they_alone_do_not_fit() -> None:
    maker = Maker((9, 9, 2), BIPOLAR).window("window0", Sweep((3, 3)), ANY).conv("conv0", 4, ANY)
    graph = maker.pool("pool0", Sweep((3, 2)), ANY).dense("dense1", 3, ANY).graph()
    lifted = 0
    for luts in range(177, 247, 7):
        for lift in search(graph, with_luts(luts), CLOCK_MHZ).verdict.lifts:
            if not (lift.more.ff or lift.more.bram18):
                more = with_luts(luts + lift.more.lut + FIFOS)
                assert search(graph, more, CLOCK_MHZ).design.fps >= lift.fps
                lifted += 1
    assert lifted > 4


def test_a_design_that_cannot_be_followed_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    designs = []

    def with_fifos_at_first(design: Design) -> Design:
        designs.append(design)
        if len(designs) > 1:
            raise XnorflowError(Diagnostic("fifo-schedule", "", ""))
        return with_fifos(design)

    monkeypatch.setattr("xnorflow.folding.sized.with_fifos", with_fifos_at_first)
    found = search(windows(), LARGE, CLOCK_MHZ, target_fps=1e8 / 60)
    assert len(designs) > 1
    assert found.verdict.found > found.verdict.bound


def test_what_fits_in_no_combination_is_named() -> None:
    """Of two resources as much as the designs take that take least of it."""
    maker = Maker((4, 4, 4), BIPOLAR).window("window0", Sweep((3, 3)), ANY).conv("conv0", 4, ANY)
    graph = maker.pool("pool0", Sweep((2, 2)), ANY).dense("dense1", 4, ANY).graph()
    messages = []
    for interval in intervals(graph, LARGE):
        target = CLOCK_MHZ * 1e6 / interval
        found = [
            search(graph, LARGE, CLOCK_MHZ, target_fps=target, minimize=name).design.resources()
            for name in ("lut", "bram18")
        ]
        ff = min(used.ff for used in found) * 3 // 4
        board = replace(LARGE, resources=Resources(10**6, ff, found[1].bram18))
        try:
            search(graph, board, CLOCK_MHZ, target_fps=target)
        except XnorflowError as error:
            messages.append(str(error))
    assert messages
    assert all(re.search(r"at most \d+ (LUT|FF|BRAM18), not \d+", text) for text in messages)


def test_where_only_fifos_do_not_fit_the_error_still_says_of_what() -> None:
    graph = windows()
    target = CLOCK_MHZ * 1e6 / 60
    smallest = search(graph, LARGE, CLOCK_MHZ, target_fps=target).verdict
    assert smallest.bound < smallest.found - 1
    fault = refusal(graph, with_luts(int(smallest.found) - 1), CLOCK_MHZ, target_fps=target)
    assert fault.code == "over-budget"
    assert re.search(r"at most \d+ LUT, not \d+$", fault.message)
    enough = search(graph, with_luts(int(smallest.found)), CLOCK_MHZ, target_fps=target)
    assert enough.verdict.found == smallest.found
