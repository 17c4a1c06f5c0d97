# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sim.beats import pack
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.boards.read import load_board
from xnorflow.diagnostics import XnorflowError
from xnorflow.folding.options import options_of
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import BIPOLAR, Ints, TensorType, ValueType, bits_for_range
from xnorflow.kernels.multithreshold import Multithreshold
from xnorflow.simulate.golden import run_layer

KERNEL = Multithreshold()
INT8, UINT8, UINT4, INT2 = (ValueType(8, True), ValueType(8), ValueType(4), ValueType(2, True))
INT22, UINT17, INT30 = ValueType(22, True), ValueType(17), ValueType(30, True)


def sorted_layer(
    entry: ValueType,
    out: ValueType,
    shape: tuple[int, ...],
    rows: int,
    *,
    falls: Sequence[int] = (0, 0, 1),
    ends: int = 0,
    outputs: range | None = None,
    step: int = 1,
) -> Layer:
    """Random thresholds, one twice; some at the ends that all or no inputs reach."""
    rng = np.random.default_rng(entry.bits + rows)
    outputs = outputs or range(out.low, out.high + 1)
    size = (rows, len(outputs) - 1)
    drawn = rng.integers(entry.low // step, entry.high // step + 1, size) * step
    drawn[:, :ends], drawn[:, size[1] - ends :] = entry.low, entry.high + 1
    drawn[:, -1:] = drawn[:, :1] if size[1] > 2 * ends + 1 else drawn[:, -1:]
    falling = np.resize(np.array(falls, np.uint8), rows)
    op = MultiThreshold(np.sort(drawn.astype(np.int32)), falling, outputs[0])
    kinds = TensorType(shape, entry), TensorType(shape, out)
    assert not [*op.faults(kinds[:1], kinds[1])]
    return Layer("sums", op, ("x",), "y", kinds[:1], kinds[1])


def table_layer(
    domain: range, rows: Sequence[Sequence[int]], out: ValueType, shape: tuple[int, ...]
) -> Layer:
    """A table of the domain's values, each row ascending or descending."""
    kinds = TensorType(shape, bits_for_range(domain[0], domain[-1])), TensorType(shape, out)
    op = Quantize(np.array(rows, np.int32), domain)
    assert not [*op.faults(kinds[:1], kinds[1])]
    return Layer("table", op, ("x",), "y", kinds[:1], kinds[1])


def stairs(domain: range, seed: int, out: ValueType, *, falls: bool) -> list[int]:
    """Random levels, ascending or descending; not all of them."""
    rng = random.Random(seed)
    cuts = sorted(rng.choice(domain) for _ in range(9))
    levels = sorted((rng.randint(out.low, out.high) for _ in range(10)), reverse=falls)
    return [levels[sum(x >= cut for cut in cuts)] for x in domain]


ODD = range(-4601, 4602, 2)
WIDE = range(-(1 << 19), 1 << 19, 1 << 9)

# name, layer, PE
LAYERS: Sequence[tuple[str, Layer, int]] = (
    ("sums one by one", sorted_layer(INT22, INT8, (3, 5), 5, ends=3), 1),
    ("sums of many channels", sorted_layer(INT22, INT8, (2, 64), 64), 1),
    ("sums abreast", sorted_layer(INT22, UINT4, (3, 3), 3), 3),
    ("sums twice abreast", sorted_layer(UINT17, UINT4, (4, 3), 3), 6),
    ("sums askew", sorted_layer(INT30, INT2, (2, 2, 6), 6), 4),
    ("sums of 32 bits", sorted_layer(ValueType(32, True), UINT4, (2, 4), 4), 2),
    ("widest positive", sorted_layer(ValueType(31), ValueType(4, True), (5,), 5, falls=(1,)), 5),
    ("alike", sorted_layer(INT30, INT8, (2, 7), 1, falls=(0,)), 2),
    ("alike, falling", sorted_layer(UINT17, ValueType(3), (5,), 1, falls=(1,), ends=1), 5),
    ("few levels", sorted_layer(UINT17, INT8, (3, 4), 4, outputs=range(-6, 4)), 2),
    ("an odd number", sorted_layer(UINT17, INT8, (2, 9), 9, outputs=range(-127, 128)), 3),
    ("narrow", sorted_layer(ValueType(3), ValueType(3), (2, 2), 2), 1),
    ("a bit", sorted_layer(INT22, BIPOLAR, (2, 3), 3, outputs=range(2)), 1),
    ("bits", sorted_layer(UINT17, BIPOLAR, (6,), 6), 6),
    ("constant", sorted_layer(INT22, UINT4, (3, 2), 2, outputs=range(3), ends=1), 2),
    ("multiples", sorted_layer(INT22, UINT4, (3, 4), 4, step=64), 2),
    (
        "every second",
        table_layer(ODD, [stairs(ODD, n, INT8, falls=n % 2 > 0) for n in range(3)], INT8, (2, 3)),
        1,
    ),
    ("a table of one level", table_layer(ODD, [[255 for x in ODD]], UINT8, (4,)), 2),
    ("a table of all", table_layer(WIDE, [stairs(WIDE, 1, UINT8, falls=True)], UINT8, (5,)), 5),
)


def case(name: str, layer: Layer, pe: int) -> Case:
    folding = Folding(pe, pe)
    assert folding in KERNEL.foldings(layer)
    named = replace(layer, name=name.replace(" ", "_"))  # files with tables are named after it
    return stage_case(name, KERNEL, named, folding)


CASES = [case(*numbers) for numbers in LAYERS]


def counted(layer: Layer, frame: Sequence[int]) -> list[int]:
    """A plain loop over the thresholds, or over the table."""
    if isinstance(layer.op, Quantize):
        tables, values = layer.op.table.tolist(), list(layer.op.values(layer.in_type.value))
        return [tables[n % len(tables)][values.index(x)] for n, x in enumerate(frame)]
    assert isinstance(layer.op, MultiThreshold)
    rows, falls, low = layer.op.thresholds.tolist(), layer.op.falls.tolist(), layer.op.low
    found = []
    for n, x in enumerate(frame):
        row, down = rows[n % len(rows)], falls[n % len(rows)]
        reached = sum(x >= t for t in row)
        found.append(low + len(row) - reached if down else low + reached)
    return found


def frames_of(layer: Layer, count: int) -> list[list[int]]:
    """Inputs at random and next to thresholds, among them the least and the greatest."""
    rng = random.Random(layer.in_type.elements)
    value, elements = layer.in_type.value, layer.in_type.elements
    near = [value.low, value.high]
    if isinstance(layer.op, Quantize):
        near = list(layer.op.values(value))
    elif isinstance(layer.op, MultiThreshold):
        around = (t - down for t in layer.op.thresholds.ravel().tolist() for down in (0, 1))
        near += [rng.randint(value.low, value.high) for _ in range(99)]
        near += [x for x in around if value.low <= x <= value.high]
    drawn = [[rng.choice(near) for _ in range(elements)] for _ in range(count - 2)]
    return [*drawn, [min(near)] * elements, [max(near)] * elements]


@pytest.mark.parametrize(("name", "layer", "pe"), LAYERS, ids=[row[0] for row in LAYERS])
def test_every_element_reaches_its_thresholds(name: str, layer: Layer, pe: int) -> None:
    assert Multithreshold in [type(kernel) for kernel in kernels_for(layer)]
    source, sink = layer.in_type.value, layer.out_type.value
    x = frames_of(layer, 12)
    y = [counted(layer, frame) for frame in x]
    case(name, layer, pe).run(
        [pack(frame, pe, source.bits) for frame in x], [pack(frame, pe, sink.bits) for frame in y]
    )
    assert run_layer(layer, np.array(x)).tolist() == y


def test_foldings_are_the_divisors_whose_tables_have_room() -> None:
    assert [f.pe for f in KERNEL.foldings(sorted_layer(INT22, UINT4, (2, 6), 6))] == [
        *(1, 2, 3, 4, 6, 12)
    ]
    assert [f.pe for f in KERNEL.foldings(sorted_layer(INT22, INT8, (128,), 128))] == [
        *(1, 2, 4, 8, 16)
    ]


def test_latency_is_a_cycle_a_bit_and_one() -> None:
    first = {own.name: own.claims["first_output"] for own in CASES}
    assert first["a bit"] == 2
    assert first["sums abreast"] == 5
    assert first["sums one by one"] == 9


def test_tables_that_are_large_are_in_block_ram() -> None:
    layer = sorted_layer(INT22, INT8, (2, 64), 64)
    found = [KERNEL.resources(layer, Folding(pe, pe), XC7).bram18 for pe in (1, 4)]
    assert found == [21, 24]
    assert KERNEL.resources(sorted_layer(INT22, UINT4, (3, 3), 3), Folding(3, 3), XC7).bram18 == 0


def test_it_is_an_option_beside_lines_where_rows_rise_or_fall() -> None:
    rows = [[min(max(s * x // 90, -128), 127) for x in ODD] for s in (1, -2)]
    layer = table_layer(ODD, rows, INT8, (3, 2))
    assert {kernel.name for kernel in kernels_for(layer)} == {"multithreshold", "requantize"}
    options = options_of(layer, load_board("pynq-z1"), None)
    assert {option.stage.kernel_name for option in options} == {"multithreshold", "requantize"}


def test_what_does_not_match() -> None:
    both = table_layer(ODD, [[abs(x) // 99 for x in ODD]], INT8, (4,))
    assert not KERNEL.matches(both)
    bit = table_layer(ODD, [[int(x > 5) for x in ODD]], BIPOLAR, (4,))
    assert not KERNEL.matches(bit)
    narrow = table_layer(range(4096), [[x // 99 for x in range(4096)]], INT8, (4,))
    assert not KERNEL.matches(narrow)
    an_element = table_layer(ODD, [[x // 99 for x in ODD]], INT8, (4,))
    tables = np.repeat(op_table(an_element), 4, axis=0)
    kinds = TensorType((2, 2), an_element.in_type.value), TensorType((2, 2), INT8)
    an_element = replace(
        an_element, op=Quantize(tables, ODD), in_types=kinds[:1], out_type=kinds[1]
    )
    assert not KERNEL.matches(an_element)


def op_table(layer: Layer) -> Ints:
    assert isinstance(layer.op, Quantize)
    return layer.op.table


def test_refusals_say_why() -> None:
    wide = sorted_layer(INT22, ValueType(10), (4,), 1, outputs=range(600))
    assert told(wide) == (
        "sums (int22[4] -> uint10[4]) must give integers of at most 8 bits, not from 0 to 599"
    )
    assert told(sorted_layer(INT22, INT8, (1024,), 1024)) == (
        "the thresholds of sums (int22[1024] -> int8[1024]) must take at most 4194304 bits, not "
        "5744640"
    )


def told(layer: Layer) -> str:
    with pytest.raises(XnorflowError) as caught:
        kernels_for(layer)
    (found,) = caught.value.diagnostics
    assert found.code == "quantiser-tables"
    return found.message


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family, every: int) -> None:
    share, slack = (0.1, 10) if family.fabric is Fabric.LUT6 else (0.2, 16)
    check_estimates(CASES[::every], family, share=share, slack=slack)
