# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True)
class Setup:
    """Two tensors, their factors, and the type that sums saturate at, if they do."""

    elements: int
    pe: int
    first: ValueType
    second: ValueType
    factors: tuple[int, int] = (1, 1)
    saturated: ValueType | None = None

    def __str__(self) -> str:
        weights = "" if self.factors == (1, 1) else f"_{self.factors[0]}_{self.factors[1]}"
        end = "" if self.saturated is None else f"_to_{self.saturated}"
        return f"{self.elements}by{self.pe}x{self.first}+{self.second}{weights}{end}"

    @property
    def values(self) -> tuple[ValueType, ValueType]:
        return self.first, self.second

    @property
    def layer(self) -> Layer:
        kinds = tuple(TensorType((self.elements,), value) for value in self.values)
        low, high = (
            sum(f * limits(value)[end] for f, value in zip(self.factors, self.values, strict=True))
            for end in (0, 1)
        )
        out = TensorType((self.elements,), self.saturated or bits_for_range(low, high))
        op = Add(self.factors, self.saturated is not None)
        assert not [*op.faults(kinds, out)]
        return Layer("add0", op, ("a", "b"), "y", kinds, out)

    @property
    def case(self) -> Case:
        return stage_case(str(self), KERNEL, self.layer, Folding(self.pe, self.pe))


SETUPS = (
    Setup(1, 1, INT8, INT8),
    Setup(6, 1, UINT8, ValueType(3)),
    Setup(12, 4, ValueType(5, signed=True), UINT8),
    Setup(9, 3, ValueType(1, signed=True), ValueType(2)),
    Setup(10, 5, BIPOLAR, BIPOLAR),
    Setup(7, 7, BIPOLAR, ValueType(4, signed=True)),
    Setup(8, 2, ValueType(6), BIPOLAR),
    Setup(15, 15, ValueType(16, signed=True), ValueType(12, signed=True)),
    Setup(40, 40, BIPOLAR, BIPOLAR),
    Setup(6, 2, INT8, INT8, (1, 4)),
    Setup(5, 5, INT8, UINT8, (5, 7)),
    Setup(9, 3, BIPOLAR, BIPOLAR, (3, 5)),
    Setup(8, 4, BIPOLAR, INT8, (6, 3)),
    Setup(6, 3, UINT8, ValueType(12, signed=True), (173, 1000)),
    Setup(4, 1, ValueType(1), ValueType(2), (65535, 65536)),
    Setup(6, 2, INT8, INT8, saturated=INT8),
    Setup(8, 4, UINT8, UINT8, saturated=UINT8),
    Setup(6, 3, INT8, INT8, saturated=ValueType(4)),
    Setup(5, 5, UINT8, UINT8, (2, 1), INT8),
    Setup(6, 2, ValueType(4, signed=True), ValueType(4, signed=True), (1, 1), ValueType(4)),
    Setup(7, 7, ValueType(6, signed=True), ValueType(6), (7, 11), ValueType(6)),
    Setup(10, 5, BIPOLAR, BIPOLAR, (3, 1), ValueType(1, signed=True)),
    Setup(9, 9, ValueType(12, signed=True), INT8, (1, 16), ValueType(2, signed=True)),
)


def limits(value: ValueType) -> tuple[int, int]:
    return (-1, 1) if value == BIPOLAR else (value.low, value.high)


CASES = [setup.case for setup in SETUPS]


@pytest.mark.parametrize("setup", SETUPS, ids=str)
def test_sums_are_exact_whatever_the_pace_of_both(setup: Setup) -> None:
    layer, out = setup.layer, setup.layer.out_type.value
    assert [type(kernel) for kernel in kernels_for(layer)] == [StreamAdd]
    rng = np.random.default_rng(setup.elements)
    x = [random_frames(rng, 6, setup.elements, value.low, value.high) for value in setup.values]
    for own in x:
        own[3:] = np.clip(own[3:], -3, 3)  # so that not all sums saturate
    worth = [
        factor * (2 * own - 1 if value == BIPOLAR else own).astype(np.int64)
        for own, value, factor in zip(x, setup.values, setup.factors, strict=True)
    ]
    sums = [
        [a + b for a, b in zip(*rows, strict=True)]
        for rows in zip(*(own.tolist() for own in worth), strict=True)
    ]
    if setup.saturated is not None:
        sums = [[min(max(v, out.low), out.high) for v in row] for row in sums]
    first, second = (
        [pack(row, setup.pe, value.bits) for row in own]
        for own, value in zip(x, setup.values, strict=True)
    )
    expected = [pack(row, setup.pe, out.bits) for row in sums]
    setup.case.run(first, expected, further_frames=[second])
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
    SETUPS[2].case.run([], [], options=options, test_module="sim.change")


def test_a_plain_sum_is_told_nothing_of_factors() -> None:
    parameters = SETUPS[0].case.instance(families()["xc7"]).parameters
    assert not {"A_FACTOR", "B_FACTOR", "SATURATES", "SUM_W"} & {*parameters}


def test_a_beat_of_both_takes_one_cycle() -> None:
    one = Setup(12, 4, BIPOLAR, UINT8).case
    assert one.claims == {"cycles": 3, "first_output": 1, "latency": 3}
    assert [stream.width for stream in (*one.sources, *one.sinks)] == [4, 32, 40]


def test_foldings_are_the_divisors() -> None:
    assert [f.pe for f in KERNEL.foldings(Setup(12, 1, INT8, INT8).layer)] == [1, 2, 3, 4, 6, 12]


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    share, slack = (0.1, 8) if family.fabric is Fabric.LUT6 else (0.15, 12)
    check_estimates(CASES, family, share=share, slack=slack)
