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
from xnorflow.hardware.families.ecp5 import ECP5
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.kernels.linear_mvu import LinearMvu
from xnorflow.simulate.golden import run_layer

KERNEL = LinearMvu()


@dataclass(frozen=True)
class Setup:
    """A layer and its folding.

    Attributes:
        bits: of an input, negative for signed ones.
        reach: weights are from its negative less one to itself.
    """

    bits: int
    rows: int
    columns: int
    pe: int
    simd: int
    storage: str
    image: tuple[int, int] | None = None
    reach: int = 127

    def __str__(self) -> str:
        size = "" if self.image is None else f"_{self.image[0]}x{self.image[1]}"
        sign = "int" if self.bits < 0 else "uint"
        folded = f"{self.rows}_{self.columns}_{self.pe}_{self.simd}_{self.storage}"
        weights = "" if self.reach == 127 else f"_by_{self.reach}"
        return f"{sign}{abs(self.bits)}_{folded}{size}{weights}"

    @property
    def seed(self) -> int:
        return self.rows * 1000 + self.columns * 10 + abs(self.bits)

    @property
    def folding(self) -> Folding:
        return Folding(self.pe, self.simd, self.storage)

    @property
    def case(self) -> Case:
        return stage_case(str(self), KERNEL, self.layer, self.folding)

    @property
    def layer(self) -> Layer:
        """Random weights, the least among them."""
        rng = np.random.default_rng(self.seed)
        value = ValueType(abs(self.bits), signed=self.bits < 0)
        weights = rng.integers(-self.reach - 1, self.reach + 1, (self.rows, self.columns))
        weights[-1, -1] = -self.reach - 1
        op = Linear(weights.astype(np.int8))
        sums = op.sums(value)
        return Layer(
            name=str(self),
            op=op,
            inputs=("x",),
            output="y",
            in_types=(TensorType((*(self.image or ()), self.columns), value),),
            out_type=TensorType(
                (*(self.image or ()), self.rows), bits_for_range(sums[0], sums[-1])
            ),
        )


SETUPS = [
    Setup(-8, 1, 1, 1, 1, "lutram"),
    Setup(8, 1, 1, 1, 1, "bram"),
    Setup(-16, 10, 64, 1, 1, "bram"),
    Setup(16, 10, 64, 1, 1, "lutram"),
    Setup(-16, 5, 6, 5, 3, "lutram"),
    Setup(12, 3, 5, 1, 5, "lutram"),
    Setup(-13, 6, 9, 6, 1, "bram"),
    Setup(11, 4, 22, 2, 11, "bram"),
    Setup(-1, 4, 7, 2, 7, "lutram"),
    Setup(1, 6, 9, 2, 3, "lutram"),
    Setup(-2, 5, 6, 1, 2, "bram"),
    Setup(2, 6, 12, 3, 4, "lutram", reach=3),
    Setup(3, 8, 15, 4, 5, "lutram"),
    Setup(-4, 3, 37, 1, 37, "lutram", reach=1),
    Setup(5, 40, 9, 1, 3, "bram"),
    Setup(-6, 4, 1, 1, 1, "lutram"),
    Setup(7, 7, 4, 7, 2, "bram"),
    Setup(-9, 4, 6, 1, 6, "lutram"),
    Setup(10, 4, 8, 2, 2, "lutram", (3, 4)),
    Setup(-14, 6, 4, 3, 1, "bram", (2, 3)),
    Setup(15, 4, 3, 2, 3, "lutram", (4, 5)),
]

CASES = [setup.case for setup in SETUPS]


def stimulus(layer: Layer) -> np.ndarray:
    """Frames of equal values, the two that drive sums furthest, and noise."""
    assert isinstance(layer.op, Linear)
    value = layer.in_type.value
    rng = np.random.default_rng(layer.in_type.elements)
    x = random_frames(rng, 8, layer.in_type.elements, value.low, value.high)
    weights = layer.op.weights.astype(np.int64)
    for frame, (plus, minus) in ((2, (value.high, value.low)), (3, (value.low, value.high))):
        rows = np.where(weights >= 0, plus, minus)
        furthest = np.abs((rows * weights).sum(axis=1)).argmax()
        x[frame] = np.tile(rows[furthest], layer.pixels)
    return x


def expected_rows(layer: Layer, x: np.ndarray) -> list[list[int]]:
    """The layer one product at a time."""
    op = layer.op
    assert isinstance(op, Linear)
    frames = []
    for frame in x.tolist():
        result = []
        for start in range(0, len(frame), op.width):
            vector = frame[start : start + op.width]
            for row in op.weights.tolist():
                total = 0
                for item, weight in zip(vector, row, strict=True):
                    total += item * weight
                result.append(total)
        frames.append(result)
    return frames


@pytest.mark.parametrize("setup", SETUPS, ids=str)
def test_sums_are_exact_at_the_stated_pace(setup: Setup) -> None:
    layer, case = setup.layer, setup.case
    assert [type(kernel) for kernel in kernels_for(layer)] == [LinearMvu]
    x = stimulus(layer)
    want = expected_rows(layer, x)
    assert run_layer(layer, x).tolist() == want
    source, sink = case.source, case.sink
    case.run(
        [pack(frame, source.lanes, source.bits) for frame in x],
        [pack(frame, sink.lanes, sink.bits) for frame in want],
        seed=setup.seed,
    )


def test_what_matches() -> None:
    def matches(value: ValueType) -> bool:
        op = Linear(np.ones((2, 4), np.int8))
        before, after = TensorType((4,), value), TensorType((2,), ValueType(20))
        return KERNEL.matches(Layer("linear0", op, ("x",), "y", (before,), after))

    assert not matches(BIPOLAR)
    assert not matches(ValueType(17))
    assert not matches(ValueType(17, signed=True))
    assert matches(ValueType(16))
    assert matches(ValueType(1))
    assert matches(ValueType(1, signed=True))


def test_weights_change_from_step_to_step_where_they_can() -> None:
    layer = Setup(8, 2, 3, 1, 1, "lutram").layer
    assert {(way.pe, way.simd) for way in KERNEL.foldings(layer)} == {(1, 1), (1, 3), (2, 1)}
    assert KERNEL.storages(layer, Folding(2, 1)) == ("lutram", "bram")
    lone = Setup(8, 1, 1, 1, 1, "lutram").layer
    assert KERNEL.foldings(lone) == (Folding(1, 1),)


def test_a_unit_of_one_product_is_little_beside_its_slice() -> None:
    """Scores of ten classes from 256 sums."""
    layer = Setup(-16, 10, 256, 1, 1, "bram").layer
    found = KERNEL.resources(layer, Folding(1, 1, "bram"), XC7)
    assert (found.dsp, found.bram18) == (1, 3)
    assert found.lut < 80
    assert KERNEL.cycles(layer, Folding(1, 1)) == 2560


def test_each_product_is_a_slice_unless_it_is_small() -> None:
    def slices(setup: Setup, family: Family) -> int:
        return KERNEL.resources(setup.layer, setup.folding, family).dsp

    assert slices(Setup(-16, 64, 64, 32, 32, "bram"), XC7) == 1024
    assert slices(Setup(-1, 64, 64, 2, 4, "bram"), XC7) == 0
    assert slices(Setup(-1, 64, 64, 2, 4, "bram"), ECP5) == 0
    assert slices(Setup(1, 64, 64, 2, 4, "bram"), XC7) == 8


def test_resources_are_what_synthesis_finds() -> None:
    grid = [
        Setup(-16, 10, 256, 1, 1, "bram"),
        Setup(16, 10, 64, 1, 1, "lutram"),
        Setup(11, 10, 64, 2, 1, "bram"),
        Setup(8, 10, 64, 5, 1, "lutram"),
        Setup(-12, 16, 64, 4, 4, "bram"),
        Setup(-9, 8, 12, 2, 3, "lutram"),
        Setup(12, 6, 8, 6, 1, "bram"),
        Setup(12, 6, 4, 1, 4, "lutram", (5, 5)),
        Setup(12, 10, 5, 5, 5, "bram", (3, 3)),
        Setup(-14, 12, 36, 12, 9, "lutram"),
        Setup(-1, 6, 16, 2, 1, "bram"),
        Setup(-1, 8, 20, 2, 5, "lutram"),
        Setup(1, 6, 8, 2, 1, "lutram"),
        Setup(3, 6, 8, 6, 2, "lutram", reach=15),
        Setup(9, 6, 1, 2, 1, "lutram"),
    ]
    check_estimates([setup.case for setup in grid], XC7, slack=15)


def test_resources_are_about_what_synthesis_finds_on_ecp5() -> None:
    grid = [
        Setup(-16, 10, 16, 1, 1, "bram"),
        Setup(8, 10, 64, 2, 1, "lutram"),
        Setup(12, 6, 8, 2, 4, "bram"),
        Setup(6, 6, 9, 6, 3, "lutram"),
        Setup(-1, 6, 9, 2, 3, "lutram"),
    ]
    check_estimates([setup.case for setup in grid], ECP5, share=0.25)
