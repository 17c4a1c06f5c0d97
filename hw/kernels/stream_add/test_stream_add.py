# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.kernels.stream_add import StreamAdd
from xnorflow.simulate.golden import run_layer

KERNEL = StreamAdd()
INT8, UINT8 = ValueType(8, signed=True), ValueType(8)

# elements, PE, type of the first, type of the second
GRID = (
    (1, 1, INT8, INT8),
    (6, 1, UINT8, ValueType(3)),
    (12, 4, ValueType(5, signed=True), UINT8),
    (9, 3, ValueType(1, signed=True), ValueType(2)),
    (10, 5, BIPOLAR, BIPOLAR),
    (7, 7, BIPOLAR, ValueType(4, signed=True)),
    (8, 2, ValueType(6), BIPOLAR),
    (15, 15, ValueType(16, signed=True), ValueType(12, signed=True)),
    (40, 40, BIPOLAR, BIPOLAR),
)


def add_layer(elements: int, first: ValueType, second: ValueType) -> Layer:
    kinds = tuple(TensorType((elements,), value) for value in (first, second))
    ends = [limits(value) for value in (first, second)]
    sums = bits_for_range(sum(low for low, _ in ends), sum(high for _, high in ends))
    return Layer("add0", Add(), ("a", "b"), "y", kinds, TensorType((elements,), sums))


def limits(value: ValueType) -> tuple[int, int]:
    return (-1, 1) if value == BIPOLAR else (value.low, value.high)


def case(elements: int, pe: int, first: ValueType, second: ValueType) -> Case:
    name = f"{elements}by{pe}x{first}+{second}"
    return stage_case(name, KERNEL, add_layer(elements, first, second), Folding(pe, pe))


CASES = [case(*numbers) for numbers in GRID]


@pytest.mark.parametrize("numbers", GRID, ids=map(str, CASES))
def test_sums_are_exact_whatever_the_pace_of_both(
    numbers: tuple[int, int, ValueType, ValueType],
) -> None:
    elements, pe, *values = numbers
    layer = add_layer(elements, *values)
    assert [type(kernel) for kernel in kernels_for(layer)] == [StreamAdd]
    rng = np.random.default_rng(elements)
    x = [random_frames(rng, 6, elements, value.low, value.high) for value in values]
    worth = [2 * own - 1 if value == BIPOLAR else own for own, value in zip(x, values, strict=True)]
    sums = [
        [a + b for a, b in zip(*rows, strict=True)]
        for rows in zip(*(own.tolist() for own in worth), strict=True)
    ]
    first, second = (
        [pack(row, pe, value.bits) for row in own] for own, value in zip(x, values, strict=True)
    )
    expected = [pack(row, pe, layer.out_type.value.bits) for row in sums]
    case(*numbers).run(first, expected, further_frames=[second])
    assert run_layer(layer, *x).tolist() == sums


@pytest.mark.parametrize(
    ("port", "pins", "message"),
    [
        (0, {"tvalid": 0}, "a_tvalid fell before the beat was accepted"),
        (0, {"tdata": 1 << 19}, "a_tdata changed before it was accepted"),
        (1, {"tdata": 1 << 20}, "b_tdata changed before it was accepted"),
        (1, {"tlast": 0b10}, "b_tlast changed before it was accepted"),
    ],
)
def test_a_beat_that_changes_while_it_waits_is_found(
    port: int, pins: dict[str, int], message: str
) -> None:
    with pytest.raises(AssertionError) as caught:
        change(port, pins)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("port", "pins"), [(0, {"tdata": 1 << 20, "tlast": 0b10}), (1, {"tdata": 1 << 19, "tlast": 1})]
)
def test_what_is_beside_a_beat_that_waits_may_change(port: int, pins: dict[str, int]) -> None:
    change(port, pins)


def change(port: int, pins: dict[str, int]) -> None:
    """While the beat of one input, of 20 bits or of 32, waits for one of the other."""
    options = {"port": port, "pins": pins}
    case(*GRID[2]).run([], [], options=options, test_module="sim.change")


def test_a_beat_of_both_takes_one_cycle() -> None:
    one = case(12, 4, BIPOLAR, UINT8)
    assert one.claims == {"cycles": 3, "first_output": 1, "latency": 3}
    assert [stream.width for stream in (*one.sources, *one.sinks)] == [4, 32, 40]


def test_foldings_are_the_divisors() -> None:
    assert [f.pe for f in KERNEL.foldings(add_layer(12, INT8, INT8))] == [1, 2, 3, 4, 6, 12]


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    share, slack = (0.1, 8) if family.fabric is Fabric.LUT6 else (0.15, 12)
    check_estimates(CASES, family, share=share, slack=slack)
