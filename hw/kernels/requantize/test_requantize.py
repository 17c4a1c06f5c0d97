# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sim.beats import pack
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.kernels.requantize import Requantize
from xnorflow.simulate.golden import run_layer

KERNEL = Requantize()
INT8, UINT8, UINT2, INT3 = (ValueType(8, True), ValueType(8), ValueType(2), ValueType(3, True))
Rule = Callable[[int], float]
SUMS = range(-576, 577, 2)


def table_layer(
    domain: range, rules: Sequence[Rule], out: ValueType, shape: tuple[int, ...], name: str = "sums"
) -> Layer:
    """Each channel by its rule, rounded to even and clipped; over the domain's own type."""
    rows = [[min(max(round(f(x)), out.low), out.high) for x in domain] for f in rules]
    entry = bits_for_range(domain[0], domain[-1])
    is_all = domain == range(entry.low, entry.high + 1)
    op = Quantize(np.array(rows, np.int32), None if is_all else domain)
    kinds = TensorType(shape, entry), TensorType(shape, out)
    return Layer(name, op, ("x",), "y", (kinds[0],), kinds[1])


def scaled(seed: int, channels: int, span: float, *, falls: bool = True) -> list[Rule]:
    """What a product's scale and a BatchNorm make of a sum."""
    rng = random.Random(seed)
    slopes = [rng.uniform(0.2, 1) * span * rng.choice((1, -1 if falls else 1)) for _ in range(channels)]
    return [lambda x, a=a, b=rng.uniform(-20, 20): a * x + b for a in slopes]


def bent(seed: int, channels: int) -> list[Rule]:
    """RPReLU: two slopes, that meet somewhere."""
    rng = random.Random(seed)
    drawn = [(rng.uniform(-90, 90), rng.uniform(0.2, 0.4), rng.uniform(0.01, 0.1)) for _ in range(channels)]
    return [lambda x, c=c, a=a, b=b: (a if x > c else b) * (x - c) + 3 for c, a, b in drawn]


def stepped(seed: int, channels: int, domain: range, levels: Sequence[int]) -> list[Rule]:
    """Levels at thresholds of their own, of which some channels do not reach all, up or down."""
    rng = random.Random(seed)
    rules = []
    for n in range(channels):
        cuts = sorted(rng.choice(domain) for _ in levels[1:])
        own = levels[::-1] if n % 3 == 1 else levels
        rules.append(lambda x, c=cuts, o=own: o[sum(x >= cut for cut in c)])
    return rules


def saturated(x: int) -> float:
    return x


def quarter(x: int) -> float:
    return x / 4


INT9, INT10, UINT16 = range(-256, 256), range(-512, 509), range(1 << 16)

# name, layer, PE, storage
LAYERS: Sequence[tuple[str, Layer, int, str]] = (
    ("sums", table_layer(SUMS, scaled(1, 16, 0.3), INT8, (2, 16)), 4, "lut"),
    ("sums by DSP", table_layer(SUMS, scaled(1, 16, 0.3), INT8, (2, 16)), 4, "dsp"),
    ("sums one by one", table_layer(SUMS, scaled(2, 12, 0.2), INT8, (3, 12)), 1, "dsp"),
    ("sums one by one in LUTs", table_layer(SUMS, scaled(2, 12, 0.2), INT8, (3, 12)), 1, "lut"),
    ("sums abreast", table_layer(SUMS, scaled(3, 5, 0.4), INT8, (3, 5)), 5, "lut"),
    ("sums abreast by DSP", table_layer(SUMS, scaled(3, 5, 0.4), INT8, (3, 5)), 15, "dsp"),
    ("sums askew", table_layer(SUMS, scaled(4, 6, 0.4), INT8, (2, 2, 6)), 4, "lut"),
    ("average", table_layer(INT10, [quarter], INT8, (15,)), 3, "auto"),
    ("average of one", table_layer(INT10, [quarter], INT8, (1,)), 1, "auto"),
    ("saturated", table_layer(INT9, [saturated], INT8, (2, 7)), 7, "auto"),
    ("two slopes", table_layer(SUMS, bent(5, 9), INT8, (2, 9)), 3, "lut"),
    ("two slopes by DSP", table_layer(SUMS, bent(5, 9), INT8, (2, 9)), 3, "dsp"),
    ("two slopes abreast", table_layer(SUMS, bent(6, 4), INT8, (3, 4)), 4, "dsp"),
    ("one bend", table_layer(SUMS, bent(7, 1), UINT8, (6,)), 2, "lut"),
    ("levels", table_layer(SUMS, stepped(8, 14, SUMS, range(-4, 4)), INT3, (2, 14)), 2, "auto"),
    ("levels abreast", table_layer(SUMS, stepped(9, 3, SUMS, (0, 1, 3)), UINT2, (4, 3)), 3, "auto"),
    ("level", table_layer(UINT16, stepped(10, 3, UINT16, (0, 1)), BIPOLAR, (2, 3)), 1, "auto"),
    ("level of all", table_layer(UINT16, [lambda x: x >= 40000], BIPOLAR, (5,)), 5, "auto"),
    ("wide", table_layer(range(-(1 << 15), 1 << 15), scaled(11, 2, 0.003), INT8, (2, 2)), 1, "dsp"),
    ("wide in LUTs", table_layer(UINT16, scaled(11, 2, 0.9, falls=False), ValueType(16), (2, 2)), 2, "lut"),
    ("pixels", table_layer(range(256), scaled(12, 3, 0.9, falls=False), UINT8, (4, 3)), 1, "lut"),
    ("steep", table_layer(range(-8, 8), scaled(13, 4, 40.0), ValueType(12, True), (3, 4)), 2, "lut"),
    ("constant", table_layer(SUMS, [lambda x: 3], INT8, (4,)), 2, "auto"),
    ("constants", table_layer(SUMS, [lambda x: 3, lambda x: -7], INT8, (2, 2)), 1, "auto"),
)


def case(name: str, layer: Layer, pe: int, storage: str) -> Case:
    folding = Folding(pe, pe)
    assert folding in KERNEL.foldings(layer)
    assert storage in (KERNEL.storages(layer, folding) or ("auto",)), name
    named = replace(layer, name=name.replace(" ", "_"))  # files with tables are named after it
    return stage_case(name, KERNEL, named, Folding(pe, pe, storage))


CASES = [case(*numbers) for numbers in LAYERS]


def looked_up(layer: Layer, frame: Sequence[int]) -> list[int]:
    """A plain loop over the table."""
    assert isinstance(layer.op, Quantize)
    rows = layer.op.table.tolist()
    values = list(layer.op.values(layer.in_type.value))
    return [rows[n % len(rows)][values.index(x)] for n, x in enumerate(frame)]


def frames_of(layer: Layer, count: int) -> list[list[int]]:
    """Random inputs, among them the least and the greatest."""
    assert isinstance(layer.op, Quantize)
    values = layer.op.values(layer.in_type.value)
    rng = random.Random(layer.in_type.elements)
    elements = layer.in_type.elements
    drawn = [[rng.choice(values) for _ in range(elements)] for _ in range(count - 2)]
    return [*drawn, [values[0]] * elements, [values[-1]] * elements]


@pytest.mark.parametrize(("name", "layer", "pe", "storage"), LAYERS, ids=[row[0] for row in LAYERS])
def test_every_element_follows_its_table(name: str, layer: Layer, pe: int, storage: str) -> None:
    assert Requantize in [type(kernel) for kernel in kernels_for(layer)]
    source, sink = layer.in_type.value, layer.out_type.value
    x = frames_of(layer, 8)
    y = [looked_up(layer, frame) for frame in x]
    case(name, layer, pe, storage).run(
        [pack(frame, pe, source.bits) for frame in x], [pack(frame, pe, sink.bits) for frame in y]
    )
    assert run_layer(layer, np.array(x)).tolist() == y
