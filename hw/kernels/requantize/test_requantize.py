# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

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
from xnorflow.hardware.families.ecp5 import ECP5
from xnorflow.hardware.families.xc7 import XC7
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


def bits_layer(rows: Sequence[Sequence[int]], out: ValueType, shape: tuple[int, ...]) -> Layer:
    """Two integers of bits, one row for all channels or one each."""
    kinds = TensorType(shape, BIPOLAR), TensorType(shape, out)
    op = Quantize(np.array(rows, np.int32))
    return Layer("bits", op, ("x",), "y", (kinds[0],), kinds[1])


def scaled(seed: int, channels: int, span: float, *, falls: bool = True) -> list[Rule]:
    """What a product's scale and a BatchNorm make of a sum."""
    rng = random.Random(seed)
    signs = (1, -1 if falls else 1)
    slopes = [rng.uniform(0.2, 1) * span * rng.choice(signs) for _ in range(channels)]
    return [partial(line, slope, rng.uniform(-20, 20)) for slope in slopes]


def bent(seed: int, channels: int) -> list[Rule]:
    """RPReLU: two slopes, that meet somewhere."""
    rng = random.Random(seed)
    ends = ((-90, 90), (0.2, 0.4), (0.01, 0.1))
    drawn = [[rng.uniform(*own) for own in ends] for _ in range(channels)]
    return [partial(bend, middle, above, below) for middle, above, below in drawn]


def stepped(seed: int, channels: int, domain: range, levels: Sequence[int]) -> list[Rule]:
    """Levels at thresholds of their own, of which some channels do not reach all, up or down."""
    rng = random.Random(seed)
    rules: list[Rule] = []
    for n in range(channels):
        cuts = sorted(rng.choice(domain) for _ in levels[1:])
        own = levels[::-1] if n % 3 == 1 else levels
        rules.append(partial(level, cuts, own))
    return rules


def line(slope: float, offset: float, x: int) -> float:
    return slope * x + offset


def bend(middle: float, above: float, below: float, x: int) -> float:
    return (above if x > middle else below) * (x - middle) + 3


def level(cuts: Sequence[int], levels: Sequence[int], x: int) -> float:
    return levels[sum(x >= cut for cut in cuts)]


INT9, INT10, UINT16 = range(-256, 256), range(-512, 509), range(1 << 16)
PIXELS = range(-6885, 6886)

# name, layer, PE, storage
LAYERS: Sequence[tuple[str, Layer, int, str]] = (
    ("sums", table_layer(SUMS, scaled(1, 16, 0.3), INT8, (2, 16)), 4, "lut"),
    ("sums by DSP", table_layer(SUMS, scaled(1, 16, 0.3), INT8, (2, 16)), 4, "dsp"),
    ("sums one by one", table_layer(SUMS, scaled(2, 12, 0.2), INT8, (3, 12)), 1, "dsp"),
    ("sums one by one in LUTs", table_layer(SUMS, scaled(2, 12, 0.2), INT8, (3, 12)), 1, "lut"),
    ("sums abreast", table_layer(SUMS, scaled(3, 5, 0.4), INT8, (3, 5)), 5, "lut"),
    ("sums abreast by DSP", table_layer(SUMS, scaled(3, 5, 0.4), INT8, (3, 5)), 15, "dsp"),
    ("sums askew", table_layer(SUMS, scaled(4, 6, 0.4), INT8, (2, 2, 6)), 4, "lut"),
    ("average", table_layer(INT10, [lambda x: x / 4], INT8, (15,)), 3, "auto"),
    ("average of one", table_layer(INT10, [lambda x: x / 4], INT8, (1,)), 1, "auto"),
    ("saturated", table_layer(INT9, [lambda x: x], INT8, (2, 7)), 7, "auto"),
    ("two slopes", table_layer(SUMS, bent(5, 9), INT8, (2, 9)), 3, "lut"),
    ("two slopes by DSP", table_layer(SUMS, bent(5, 9), INT8, (2, 9)), 3, "dsp"),
    ("two slopes abreast", table_layer(SUMS, bent(6, 4), INT8, (3, 4)), 4, "dsp"),
    ("one bend", table_layer(SUMS, bent(7, 1), UINT8, (6,)), 2, "lut"),
    ("levels", table_layer(SUMS, stepped(8, 14, SUMS, range(-4, 4)), INT3, (2, 14)), 2, "auto"),
    ("levels abreast", table_layer(SUMS, stepped(9, 3, SUMS, (0, 1, 3)), UINT2, (4, 3)), 3, "auto"),
    ("level", table_layer(UINT16, stepped(10, 3, UINT16, (0, 1)), BIPOLAR, (2, 3)), 1, "auto"),
    ("bits", bits_layer([[-8, 8]], ValueType(9, True), (2, 4)), 2, "auto"),
    (
        "bits by channel",
        bits_layer([[3, -200], [0, 1 << 10]], ValueType(12, True), (3, 2)),
        1,
        "auto",
    ),
    ("level of all", table_layer(UINT16, [lambda x: x >= 40000], BIPOLAR, (5,)), 5, "auto"),
    ("wide", table_layer(range(-(1 << 15), 1 << 15), scaled(11, 2, 0.003), INT8, (2, 2)), 1, "dsp"),
    (
        "wide in LUTs",
        table_layer(UINT16, scaled(11, 2, 0.9, falls=False), ValueType(16), (2, 2)),
        2,
        "lut",
    ),
    ("pixels", table_layer(range(256), scaled(12, 3, 0.9, falls=False), UINT8, (4, 3)), 1, "lut"),
    (
        "pixels alike by DSP",
        table_layer(range(256), [partial(line, 0.31, -10.3)], INT8, (2, 1)),
        2,
        "dsp",
    ),
    (
        "steep",
        table_layer(range(-8, 8), scaled(13, 4, 40.0), ValueType(12, True), (3, 4)),
        2,
        "lut",
    ),
    ("sums of pixels", table_layer(PIXELS, scaled(14, 12, 0.02), INT8, (2, 12)), 3, "dsp"),
    ("many channels", table_layer(SUMS, scaled(15, 256, 0.2), INT8, (1, 256)), 1, "dsp"),
    ("many bends", table_layer(SUMS, bent(16, 160), INT8, (1, 160)), 1, "dsp"),
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


def test_a_product_may_be_in_luts_or_in_dsp_slices() -> None:
    sums, average = LAYERS[0][1], table_layer(INT10, [lambda x: x / 4], INT8, (8,))
    assert KERNEL.storages(sums, Folding(4, 4)) == ("lut", "dsp")
    assert KERNEL.storages(average, Folding(4, 4)) == ()
    found = [KERNEL.resources(sums, Folding(4, 4, place), XC7) for place in ("lut", "dsp")]
    assert [own.dsp for own in found] == [0, 4]
    assert found[0].lut > 4 * found[1].lut


def test_a_dsp_slice_of_ecp5_takes_18_bits_of_a_slope() -> None:
    sums, pixels = (
        next(row[1] for row in LAYERS if row[0] == name) for name in ("sums", "sums of pixels")
    )
    assert [KERNEL.resources(x, Folding(1, 1, "dsp"), ECP5).dsp for x in (sums, pixels)] == [1, 2]


def test_foldings_are_the_divisors() -> None:
    assert [f.pe for f in KERNEL.foldings(table_layer(SUMS, bent(1, 6), INT8, (2, 6)))] == [
        *(1, 2, 3, 4, 6, 12)
    ]


def test_latency_is_that_of_tables_product_and_sum() -> None:
    """Two cycles each for a table, two for a DSP slice, one for the skid buffer."""
    first = {own.name: own.claims["first_output"] for own in CASES}
    assert first["average"] == 2
    assert first["levels abreast"] == 3
    assert first["sums abreast by DSP"] == 3
    assert first["sums by DSP"] == 5
    assert first["two slopes by DSP"] == 7


def test_both_kernels_are_options_of_what_both_implement() -> None:
    """A table a channel, also one over few values: PReLU of int8, and quantised sums."""
    rows = [partial(bend, 4.2, 0.9, 0.23), partial(bend, -9.1, 0.9, 0.11)]
    for domain in (range(-128, 128), range(-90, 91, 3)):
        layer = table_layer(domain, rows, INT8, (3, 2))
        assert {kernel.name for kernel in kernels_for(layer)} == {"threshold", "requantize"}
        options = options_of(layer, load_board("pynq-z1"), None)
        assert {option.stage.kernel_name for option in options} == {"threshold", "requantize"}


def test_single_bits_of_narrow_inputs_are_left_to_threshold() -> None:
    layer = table_layer(range(256), stepped(1, 3, range(256), (0, 1)), BIPOLAR, (2, 3))
    assert [kernel.name for kernel in kernels_for(layer)] == ["threshold"]


def test_what_does_not_match() -> None:
    noise = random.Random(1)
    wild = table_layer(range(-4096, 4096), [lambda x: noise.randint(-128, 127)], INT8, (4,))
    assert not KERNEL.matches(wild)
    an_element = replace(wild, in_types=(TensorType((2, 2), wild.in_type.value),))
    tables = np.repeat(np.zeros_like(wild.op.table), 4, axis=0)  # type: ignore[attr-defined]
    an_element = replace(an_element, op=Quantize(tables), out_type=TensorType((2, 2), INT8))
    assert not KERNEL.matches(an_element)
    assert KERNEL.refusal(an_element) is None
    bits = table_layer(range(2), [lambda x: 3 * x], UINT8, (4,))
    assert not KERNEL.matches(replace(bits, in_types=(TensorType((4,), BIPOLAR),)))


def test_refusals_say_why() -> None:
    noise = random.Random(1)
    wild = table_layer(range(-4096, 4096), [lambda x: noise.randint(-128, 127)], INT8, (4,))
    assert told(wild) == (
        "the tables of sums (int13[4] -> int8[4]) must each be given by at most 8 lines, shifted "
        "and clipped, not by more"
    )
    wide = table_layer(range(0, 1 << 17, 1 << 9), [lambda x: x / 512 % 99], UINT8, (4,))
    assert told(wide) == (
        "sums (uint17[4] -> uint8[4]) must read and give integers of at most 16 bits, not of 17 "
        "and 8"
    )


def told(layer: Layer) -> str:
    with pytest.raises(XnorflowError) as caught:
        kernels_for(layer)
    (found,) = caught.value.diagnostics
    assert found.code == "quantiser-tables"
    return found.message


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family, every: int) -> None:
    share, slack = (0.12, 10) if family.fabric is Fabric.LUT6 else (0.2, 16)
    check_estimates(CASES[::every], family, share=share, slack=slack)
