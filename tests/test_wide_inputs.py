# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks whose inputs have up to 12 bits, as converters give: folded, simulated, synthesised."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.designs import Maker, random_frames
from tests.layer_ops import op_of

from sim.calibration import TARGETS, Point
from xnorflow.backends.rtl import TOP, generate
from xnorflow.boards.read import load_board
from xnorflow.design.design import Design
from xnorflow.design.restore import load
from xnorflow.design.store import save
from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.search import fold
from xnorflow.hardware.catalog import kernels_for
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import Ints, TensorType, ValueType
from xnorflow.simulate.golden import run_graph
from xnorflow.simulate.rtl import simulate
from xnorflow.toolchains.yosys import synthesize

UINT12, INT12, INT8 = ValueType(12), ValueType(12, signed=True), ValueType(8, signed=True)
FULL = 255 / 4095
"""How much a code of 8 bits is of one of 12."""


def table(value: ValueType, sink: ValueType, slopes: Sequence[float], offset: float) -> Ints:
    """What quantisers do, a row for each slope."""
    inputs = np.arange(value.low, value.high + 1)
    rows = np.round(np.multiply.outer(np.asarray(slopes), inputs) + offset)
    levels: Ints = np.clip(rows, sink.low, sink.high).astype(np.int32)
    return levels


def coded(maker: Maker, rows: Ints, value: ValueType) -> Maker:
    shape = maker.tensors[maker.last].shape
    return maker.add("codes", Quantize(rows), TensorType(shape, value), (1, 1))


def _line() -> Maker:
    """Samples of a sensor, to codes in proportion, and a convolution of these."""
    return _image(table(UINT12, INT8, [FULL], -128))


def _curve() -> Maker:
    """The same, but codes are finer where it is dark: by the square root."""
    roots = np.sqrt(np.arange(UINT12.high + 1) * UINT12.high)[np.newaxis]
    return _image(np.round(roots * FULL - 128).astype(np.int32))


def _image(codes: Ints) -> Maker:
    maker = coded(Maker((7, 6, 2), UINT12, seed=31), codes, INT8)
    maker.window("window0", Sweep((3, 3), (1, 1), (0, 0, 0, 0)), (1, 1))
    return maker.conv("conv0", 6, (1, 1)).dense("scores", 3, (1, 1), raw=True)


def _channels() -> Maker:
    """Three microphones, each with a scale of its own."""
    maker = Maker((10, 3), INT12, seed=32)
    rows = table(INT12, INT8, [FULL, 0.031, 0.11], 5)
    coded(maker, np.tile(rows, (10, 1)), INT8)
    return maker.dense("hidden", 8, (1, 1)).dense("scores", 3, (1, 1), raw=True)


def _bits() -> Maker:
    """A threshold for each sample, and products of bits."""
    maker = Maker(48, INT12, seed=33).quantize("codes", (1, 1), uniform=False)
    return maker.dense("hidden", 12, (1, 1)).dense("scores", 5, (1, 1), raw=True)


NETWORKS = {"line": _line, "curve": _curve, "channels": _channels, "bits": _bits}


@cache
def folded(name: str, board: str, interval: int, least: str) -> Design:
    """The design of so many cycles a frame that takes least of a resource."""
    graph, clock_mhz = NETWORKS[name]().graph(), 100.0
    fps = clock_mhz * 1e6 / interval
    return fold(graph, load_board(board), clock_mhz, target_fps=fps, minimize=least).design


CASES = [
    ("line", "pynq-z1", 800, "lut", "dsp"),
    ("line", "ulx3s-85f", 90, "lut", "dsp"),
    ("curve", "pynq-z1", 800, "lut", "bram"),
    ("curve", "pynq-z1", 90, "bram18", "lutram"),
    ("curve", "ulx3s-85f", 90, "lut", "bram"),
    ("channels", "pynq-z1", 100, "bram18", "lutram"),
    ("channels", "pynq-z1", 10, "lut", "bram"),
    ("bits", "pynq-z1", 50, "lut", "auto"),
    ("bits", "ulx3s-85f", 6, "lut", "auto"),
]


@pytest.mark.parametrize(("name", "board", "interval", "least", "storage"), CASES)
def test_networks_are_exact_in_time_and_value(
    name: str, board: str, interval: int, least: str, storage: str
) -> None:
    design = folded(name, board, interval, least)
    assert design.stages[0].folding.storage == storage
    frames = random_frames(design, 40)
    golden = run_graph(design.graph, frames)
    bundle = generate(design)
    free = simulate(design, bundle, frames)
    np.testing.assert_array_equal(free.raw, golden)
    assert len(np.unique(golden)) > 3, "frames must tell faults from answers"
    assert free.interval_cycles == design.interval_cycles
    assert free.latency_cycles == design.latency_cycles
    for seed in (1, 2):
        stalled = simulate(design, bundle, frames, stall_seed=seed)
        np.testing.assert_array_equal(stalled.raw, golden)


@pytest.mark.parametrize(("name", "board", "interval", "least"), [case[:4] for case in CASES])
def test_estimates_are_near_what_synthesis_finds(
    name: str, board: str, interval: int, least: str, tmp_path: Path
) -> None:
    design = folded(name, board, interval, least)
    bundle = generate(design)
    bundle.write(tmp_path / "rtl")
    family = design.board.family
    found = synthesize(tmp_path, bundle.sources, TOP, family)
    for stage in design.stages:
        estimate = stage.kernel.resources(stage.layer, stage.folding, family)
        point = Point(stage.layer.name, estimate, found.parts[stage.layer.name])
        assert point.meets(TARGETS[family.fabric]), point


def test_a_design_comes_back_whole(tmp_path: Path) -> None:
    design = folded("channels", "pynq-z1", 10, "lut")
    save(design, tmp_path)
    again = load(tmp_path)
    assert [stage.folding for stage in again.stages] == [s.folding for s in design.stages]
    before, after = (op_of(d.graph.layers[0], Quantize) for d in (design, again))
    np.testing.assert_array_equal(after.table, before.table)


def test_tables_that_fit_nowhere_are_refused() -> None:
    maker = Maker(600, UINT12, seed=34)
    rows = maker.rng.integers(-128, 128, (600, 4096)).astype(np.int32)
    graph = coded(maker, rows, INT8).dense("scores", 2, (1, 1), raw=True).graph()
    with pytest.raises(XnorflowError) as caught:
        kernels_for(graph.layers[0])
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "quantiser-tables"
    assert diagnostic.message == (
        "the tables of codes (uint12[600] -> int8[600]) must take at most 4194304 bits, not "
        "19660800 for 600 elements that differ"
    )
    assert "quantise all elements alike" in diagnostic.hint
    assert diagnostic.origin.nodes == ("/codes/node",)
