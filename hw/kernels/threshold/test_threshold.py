# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.threshold import Threshold
from xnorflow.kernels.threshold.tables import Tables
from xnorflow.simulate.golden import run_layer

KERNEL = Threshold()
UINT8, INT8 = ValueType(8), ValueType(8, signed=True)

Rows = Sequence[Sequence[int]]


def quantize_layer(source: ValueType, sink: ValueType, elements: int, rows: Rows) -> Layer:
    return Layer(
        name="pixels",
        op=Quantize(np.array(rows, dtype=np.int32)),
        inputs=("x",),
        output="y",
        in_types=(TensorType((elements,), source),),
        out_type=TensorType((elements,), sink),
    )


def uniform(source: ValueType, sink: ValueType, elements: int, f: Callable[[int], int]) -> Layer:
    row = [f(x) for x in range(source.low, source.high + 1)]
    return quantize_layer(source, sink, elements, [row])


def per_element(source: ValueType, elements: int, kinds: str, sink: ValueType = BIPOLAR) -> Layer:
    """Random thresholds; kinds: which of rising, falling, 0 always and 1 always occur."""
    rng = random.Random(f"{source}{elements}{kinds}")
    values = range(source.low, source.high + 1)
    rows = []
    for number in range(elements):
        kind = kinds[number % len(kinds)]
        cut = rng.randint(source.low + 1, source.high)
        ones = {"r": range(cut, source.high + 1), "f": range(source.low, cut), "0": (), "1": values}
        rows.append([sink.high if x in ones[kind] else sink.low for x in values])
    return quantize_layer(source, sink, elements, rows)


def repeated(layer: Layer, times: int) -> Layer:
    assert isinstance(layer.op, Quantize)
    source, sink = layer.in_type.value, layer.out_type.value
    rows = layer.op.table.tolist() * times
    return quantize_layer(source, sink, len(rows), rows)


def noise(source: ValueType, sink: ValueType, elements: int) -> Layer:
    rng = random.Random(str(source))
    return uniform(source, sink, elements, lambda x: rng.randint(sink.low, sink.high))


def tables(source: ValueType, sink: ValueType, elements: int, period: int) -> Layer:
    """Random tables, the first ``period`` again and again."""
    rng = np.random.default_rng([source.bits, sink.bits, elements, period])
    levels = source.high - source.low + 1
    rows = np.sort(rng.integers(sink.low, sink.high + 1, (period, levels)), axis=1)
    return quantize_layer(source, sink, elements, np.tile(rows, (elements // period, 1)).tolist())


def scaled(source: ValueType, sink: ValueType, elements: int, slope: float, offset: float) -> Layer:
    """What a quantiser of samples is: scaled, moved, rounded and clipped."""
    return uniform(
        source,
        sink,
        elements,
        lambda x: int(np.clip(np.round(slope * x + offset), sink.low, sink.high)),
    )


def channels(source: ValueType, sink: ValueType, elements: int, slopes: Sequence[float]) -> Layer:
    """As scaled, the channels in turn by a slope each."""
    rows = []
    for slope in slopes:
        layer = scaled(source, sink, 1, slope, 7.3 * slope)
        assert isinstance(layer.op, Quantize)
        rows += layer.op.table.tolist()
    return quantize_layer(source, sink, elements, rows * (elements // len(rows)))


UINT9, INT10, INT11 = ValueType(9), ValueType(10, signed=True), ValueType(11, signed=True)
UINT12, INT12 = ValueType(12), ValueType(12, signed=True)

LAYERS: Sequence[tuple[str, Layer, int, str]] = (
    ("wire", uniform(UINT8, BIPOLAR, 24, lambda x: x >= 128), 8, "auto"),
    ("cut", uniform(UINT8, BIPOLAR, 21, lambda x: x < 100), 3, "auto"),
    ("signed", uniform(INT8, BIPOLAR, 5, lambda x: x >= -3), 5, "auto"),
    ("identity", uniform(UINT8, INT8, 6, lambda x: (x >> 1) - 64), 2, "auto"),
    ("noise", noise(ValueType(5, signed=True), ValueType(3, signed=True), 7), 1, "auto"),
    ("bit", uniform(BIPOLAR, BIPOLAR, 4, lambda x: 1 - x), 1, "auto"),
    ("pixels", per_element(UINT8, 60, "rf01"), 4, "auto"),
    ("lone", per_element(INT8, 37, "r0r"), 1, "auto"),
    ("all", per_element(ValueType(3), 9, "rf1"), 9, "auto"),
    ("channels", repeated(per_element(UINT8, 3, "rf"), 7), 1, "auto"),
    ("channels abreast", repeated(per_element(INT8, 3, "rf"), 8), 6, "auto"),
    ("channels askew", repeated(per_element(ValueType(4), 6, "rf01"), 6), 4, "auto"),
    ("codes", tables(UINT8, INT8, 15, 3), 1, "lutram"),
    ("codes in block RAM", tables(UINT8, INT8, 15, 3), 1, "bram"),
    ("codes abreast", tables(INT8, ValueType(4), 12, 3), 3, "auto"),
    ("codes askew", tables(ValueType(4), ValueType(2), 24, 6), 4, "lutram"),
    ("codes of all", tables(ValueType(3, signed=True), ValueType(2), 21, 21), 3, "lutram"),
    (
        "bumps",
        quantize_layer(ValueType(2), BIPOLAR, 4, [[0, 1, 0, 1]] + [[0, 0, 1, 1]] * 3),
        2,
        "lutram",
    ),
    ("deep", per_element(ValueType(6), 140, "fr", ValueType(1, signed=True)), 2, "auto"),
    ("sample cut", uniform(UINT12, BIPOLAR, 24, lambda x: x >= 1365), 8, "auto"),
    ("sample sign", uniform(INT11, BIPOLAR, 7, lambda x: x >= 0), 7, "auto"),
    ("sample falls", uniform(INT12, BIPOLAR, 9, lambda x: x < -513), 3, "auto"),
    ("samples", per_element(INT12, 21, "rf01"), 3, "auto"),
    ("samples abreast", repeated(per_element(UINT9, 3, "rfr"), 4), 3, "auto"),
    ("shift", scaled(UINT12, UINT8, 15, 1 / 16, 0), 5, "lutram"),
    ("slope", scaled(UINT12, UINT8, 9, 255 / 4095, 0), 3, "lutram"),
    ("slope in block RAM", scaled(UINT12, UINT8, 9, 255 / 4095, 0), 3, "bram"),
    ("steep", scaled(INT12, INT8, 5, 0.23, 11), 1, "lutram"),
    ("steep in block RAM", scaled(INT12, INT8, 10, 0.23, 11), 2, "bram"),
    ("steeper", scaled(INT10, ValueType(5, signed=True), 6, 0.9, -3), 2, "lutram"),
    ("steeper in block RAM", scaled(INT10, ValueType(5, signed=True), 6, 0.9, -3), 2, "bram"),
    ("low", scaled(UINT9, ValueType(3), 7, 0.014, 0.2), 7, "lutram"),
    ("sample noise", noise(UINT9, ValueType(5, signed=True), 5), 1, "lutram"),
    ("sample noise in block RAM", noise(UINT12, INT8, 5), 5, "bram"),
    ("parity", uniform(INT10, BIPOLAR, 4, lambda x: (x >> 5) & 1), 2, "lutram"),
    ("microphones", channels(INT12, INT8, 12, (0.05, 0.061, 0.03)), 1, "lutram"),
    ("microphones in block RAM", channels(INT12, INT8, 12, (0.05, 0.061, 0.03)), 2, "bram"),
    ("microphones abreast", channels(INT12, INT8, 12, (0.05, 0.061, 0.03)), 6, "lutram"),
    ("sensors of all", tables(UINT9, ValueType(3), 10, 10), 5, "bram"),
)


def case(name: str, layer: Layer, pe: int, storage: str) -> Case:
    folding = Folding(pe, pe)
    assert folding in KERNEL.foldings(layer)
    assert storage in (KERNEL.storages(layer, folding) or ("auto",)), name
    named = replace(layer, name=name.replace(" ", "_"))  # files with tables are named after it
    return stage_case(name, KERNEL, named, Folding(pe, pe, storage))


CASES = [case(*numbers) for numbers in LAYERS]


@pytest.mark.parametrize(("name", "layer", "pe", "storage"), LAYERS, ids=[row[0] for row in LAYERS])
def test_every_element_follows_its_table(name: str, layer: Layer, pe: int, storage: str) -> None:
    assert Threshold in [type(kernel) for kernel in kernels_for(layer)]
    assert isinstance(layer.op, Quantize)
    source, sink = layer.in_type.value, layer.out_type.value
    rng = np.random.default_rng(len(name) + layer.in_type.elements)
    x = random_frames(rng, 8, layer.in_type.elements, source.low, source.high)
    rows = layer.op.table.tolist()
    y = [
        [rows[place % len(rows)][value - source.low] for place, value in enumerate(frame)]
        for frame in x.tolist()
    ]
    case(name, layer, pe, storage).run(
        [pack(frame, pe, source.bits) for frame in x], [pack(frame, pe, sink.bits) for frame in y]
    )
    assert run_layer(layer, x).tolist() == y


@pytest.mark.parametrize("sink", [BIPOLAR, ValueType(4, signed=True)], ids=str)
@pytest.mark.parametrize("pe", [1, 6])
def test_a_table_a_channel_may_tell_of_some_inputs_alone(sink: ValueType, pe: int) -> None:
    """Sums that are odd, of which the least and the greatest that their type holds do not occur."""
    domain, rng = range(-27, 28, 2), random.Random(str(sink))
    rows = [sorted(rng.randint(sink.low, sink.high) for _ in domain) for _ in range(3)]
    layer = quantize_layer(ValueType(6, signed=True), sink, 12, rows)
    kinds = [TensorType((4, 3), kind.value) for kind in (layer.in_type, layer.out_type)]
    op = Quantize(np.array(rows, np.int32), domain)
    layer = replace(layer, name="sums", op=op, in_types=(kinds[0],), out_type=kinds[1])
    x = [[rng.choice(domain) for _ in range(12)] for _ in range(6)] + [[-27] * 12, [27] * 12]
    y = [[rows[n % 3][domain.index(v)] for n, v in enumerate(frame)] for frame in x]
    folding = Folding(pe, pe, (KERNEL.storages(layer, Folding(pe, pe)) or ("auto",))[0])
    frames, expected = [pack(row, pe, 6) for row in x], [pack(row, pe, sink.bits) for row in y]
    stage_case("sums", KERNEL, layer, folding).run(frames, expected)


def test_inputs_that_do_not_occur_take_the_nearest_entry() -> None:
    layer = quantize_layer(ValueType(4, signed=True), ValueType(3), 2, [[1, 2, 5], [7, 0, 3]])
    layer = replace(layer, op=Quantize(np.array([[1, 2, 5], [7, 0, 3]], np.int32), range(-4, 5, 4)))
    assert Tables.of(layer).codes.tolist() == [
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 5, 5, 5, 5, 5, 5],
        [7, 7, 7, 7, 7, 7, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3],
    ]


def test_what_does_not_match() -> None:
    wide = np.random.default_rng(0).integers(0, 256, (129, 4096)).tolist()
    assert not KERNEL.matches(quantize_layer(UINT12, UINT8, 129, wide))
    assert not KERNEL.matches(quantize_layer(ValueType(13), BIPOLAR, 4, [[0, 1] * 4096]))
    assert not KERNEL.matches(quantize_layer(BIPOLAR, ValueType(9), 4, [[0, 300]]))
    assert KERNEL.matches(quantize_layer(UINT12, UINT8, 128, wide[:128]))
    assert KERNEL.matches(quantize_layer(UINT12, UINT8, 256, wide[:128] * 2))


def test_tables_are_where_they_have_room() -> None:
    def places(layer: Layer, pe: int) -> tuple[str, ...]:
        return KERNEL.storages(layer, Folding(pe, pe))

    rows = np.random.default_rng(0).integers(0, 256, (129, 256)).tolist()
    assert places(quantize_layer(UINT8, UINT8, 128, rows[:128]), 1) == ("lutram", "bram")
    assert places(quantize_layer(UINT8, UINT8, 128, rows[:128]), 128) == ()
    assert places(quantize_layer(UINT8, UINT8, 129, rows), 1) == ("bram",)
    assert places(quantize_layer(UINT8, UINT8, 129, rows), 129) == ("bram",)
    many = quantize_layer(UINT8, UINT8, 1290, rows * 10)
    assert places(many, 645) == ("bram",)
    assert Folding(1290, 1290) not in KERNEL.foldings(many)


def test_a_word_serves_neighbours_until_two_codes_rise() -> None:
    """Codes that rise by one are told by the lower bits of the input."""
    layer = uniform(ValueType(4), ValueType(3), 1, lambda x: (x + 1) // 4)
    tables = Tables.of(layer)
    assert tables.most_low_bits == 2
    assert tables.words(2).tolist() == [[1, 5, 9, 13]]
    assert tables.words(0).tolist() == [[(x + 1) // 4 for x in range(16)]]
    assert Tables.of(uniform(ValueType(4), ValueType(4), 1, lambda x: x)).most_low_bits == 1
    assert Tables.of(uniform(ValueType(4), ValueType(5), 1, lambda x: 2 * x)).most_low_bits == 0


def test_foldings_are_the_divisors() -> None:
    assert [f.pe for f in KERNEL.foldings(LAYERS[0][1])] == [1, 2, 3, 4, 6, 8, 12, 24]
    assert all(f.pe == f.simd for f in KERNEL.foldings(LAYERS[0][1]))


def test_large_images_are_folded_in_reasonable_time() -> None:
    """Each folding would take half a second if it looked at all tables again."""
    cuts = np.random.default_rng(9).integers(1, 256, (120 * 120 * 3, 1))
    rows = (np.arange(256) >= cuts).astype(np.int32)
    layer = quantize_layer(UINT8, BIPOLAR, len(rows), [[0]])
    layer = replace(layer, op=Quantize(rows))
    started = time.process_time()
    assert KERNEL.matches(layer)
    foldings = KERNEL.foldings(layer)
    found = [KERNEL.resources(layer, folding, XC7) for folding in foldings[:-1]]
    assert len(foldings) == 84
    assert min(found, key=lambda estimate: estimate.lut).lut > 7000
    assert time.process_time() - started < 10


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family, every: int) -> None:
    share, slack = (0.1, 10) if family.fabric is Fabric.LUT6 else (0.25, 16)
    check_estimates(CASES[::every], family, share=share, slack=slack)
