# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Small networks to fold, all their designs, and boards to fold them for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from tests.designs import Maker

from xnorflow.boards.board import Board
from xnorflow.boards.read import load_board
from xnorflow.design.design import Design
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.folding.search import fold as search
from xnorflow.hardware.catalog import adapters, kernels_for
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, ValueType

LARGE = replace(
    load_board("pynq-z1"), resources=Resources(10**6, 10**6, 10**4, 0), shell=Resources(), cap=1.0
)
CLOCK_MHZ = 100.0
ANY = (1, 1)
FIFOS = 30
"""LUTs, of all that a small network may need."""


def pixels() -> Graph:
    maker = Maker(6, ValueType(8), seed=1).quantize("pixels", ANY).dense("dense0", 4, ANY)
    return maker.dense("dense1", 3, ANY, raw=True).label("label", ANY).graph()


def bits() -> Graph:
    maker = Maker(12, BIPOLAR, seed=2).dense("dense0", 6, ANY).dense("dense1", 10, ANY)
    return maker.dense("dense2", 2, ANY, raw=True).graph()


def single(columns: int, rows: int = 1) -> Graph:
    return Maker(columns, BIPOLAR, seed=3).dense("dense0", rows, ANY, raw=True).graph()


def fold(*arguments: Any, **how: Any) -> Design:
    return search(*arguments, **how).design


def everything(graph: Graph, family: Family = XC7) -> list[tuple[int, int, Resources]]:
    """Interval, cycles of all layers and resources of every possible design without fifos."""
    columns = [list(choices(layer, family)) for layer in graph.layers]
    made = {layer.output: number for number, layer in enumerate(graph.layers)}
    edges = [
        (made[tensor], number, port)
        for number, layer in enumerate(graph.layers)
        for port, tensor in enumerate(layer.inputs)
        if tensor != graph.input
    ]
    converter, joints = adapters()["width_converter"], {}
    found = []
    for design in product(*columns):
        total = sum((cost for _, cost, _, _ in design), Resources())
        for before, after, port in edges:
            source, sink = design[before][3], design[after][2][port]
            if source != sink:
                if (source, sink) not in joints:
                    joints[source, sink] = converter.resources(source, sink, 0, family)
                total += joints[source, sink]
        cycles = [part[0] for part in design]
        found.append((max(cycles), sum(cycles), total))
    return found


def choices(
    layer: Layer, family: Family
) -> Iterator[tuple[int, Resources, tuple[Stream, ...], Stream]]:
    """Cycles, resources, streams read and the stream written, of all that a layer can be."""
    for kernel in kernels_for(layer):
        for bare in kernel.foldings(layer):
            for storage in kernel.storages(layer, bare) or ("auto",):
                one = Folding(bare.pe, bare.simd, storage)
                streams = kernel.input_streams(layer, one), kernel.output_streams(layer, one)[0]
                yield kernel.cycles(layer, one), kernel.resources(layer, one, family), *streams


def measure(
    total: Resources, cycles: int, first: str = "lut", family: Family = XC7
) -> tuple[int, ...]:
    """What is made as small as possible, in this order."""
    area = total.lut + family.block_ram.price.area * total.bram18
    return (area if first == "area" else getattr(total, first), total.lut, total.bram18, cycles)


def with_luts(count: int) -> Board:
    return replace(LARGE, resources=replace(LARGE.resources, lut=count))


def refusal(*arguments: object, **how: object) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        fold(*arguments, **how)
    (fault,) = caught.value.diagnostics
    return fault


def windows() -> Graph:
    """Pools that let beats through in bursts, for which fifos are needed here and there."""
    maker = Maker((7, 6, 1), BIPOLAR).window("window0", Sweep((3, 1)), ANY).conv("conv0", 2, ANY)
    maker = maker.pool("pool0", Sweep((3, 2)), ANY).pool("pool1", Sweep((1, 2), (2, 1)), ANY)
    return maker.dense("dense1", 2, ANY).graph()
