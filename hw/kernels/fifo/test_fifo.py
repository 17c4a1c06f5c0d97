# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from typing import Any

import cocotb
import pytest

from sim.bench import Bench
from sim.case import Case, joint_case
from sim.job import Job
from sim.patterns import Pattern
from sim.synthesis import check_estimates
from xnorflow.ir.types import Stream
from xnorflow.kernels.fifo import Fifo

BEATS = 23
FIFO = Fifo()
MODULES = "sim.conformance,xnorflow.kernels.fifo.test_fifo"


def case(width: int, depth: int) -> Case:
    stream = Stream(width, 1, BEATS)
    delay = 1 if depth <= 2 else 2
    pace = 2 if depth == 1 else 1
    claims = {
        "cycles": pace * BEATS,
        "first_output": delay,
        "latency": delay + pace * (BEATS - 1),
    }
    return joint_case(f"{width}x{depth}", FIFO, stream, stream, depth, claims)


SHAPES = ((1, 1), (7, 2), (1, 3), (13, 4), (5, 17), (40, 33), (3, 66), (2, 100), (16, 129))
CASES = [case(*shape) for shape in (*SHAPES, (35, 300), (8, 3000))]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_order_throughput_and_exact_capacity(case: Case) -> None:
    rng = random.Random(str(case))
    frames = [[rng.getrandbits(case.source.width) for _ in range(BEATS)] for _ in range(6)]
    depth = int(case.instance("xc7").parameters["DEPTH"])
    case.run(frames, frames, options={"depth": depth}, test_module=MODULES)


@pytest.mark.parametrize("family", ["xc7", "ecp5"])
def test_resources_are_what_synthesis_finds(family: str) -> None:
    check_estimates(CASES, family)


@cocotb.test()
async def capacity(dut: Any) -> None:
    """A blocked fifo accepts exactly DEPTH beats and no more, every time."""
    depth = Job.load().options["depth"]
    bench = await Bench.start(dut)
    for _ in range(3):
        beats = [[i & 1 for i in range(2 * depth + 3)]]
        trace = await bench.run(beats, len(beats[0]), stall=after(2 * depth + 8))
        held = sum(edge < trace.taken[0] for edge in trace.accepted)
        assert held == depth, f"{held} beats held, not {depth}"
        assert [data for data, _ in trace.beats] == beats[0]


def after(cycles: int) -> Pattern:
    left = cycles

    def step(waiting: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    return step
