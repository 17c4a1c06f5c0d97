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
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.kernels.int_mvu import IntMvu
from xnorflow.simulate.golden import run_layer

KERNEL = IntMvu()


@dataclass(frozen=True)
class Setup:
    """A layer and its folding.

    Attributes:
        bits: of an input, negative for signed ones.
        kinds: how the pixels' thresholds differ: not, by column, or all; or "raw" for none.
        offset: about how large the offsets of raw sums are; None for none.
        factor: of raw sums with offsets.
    """

    bits: int
    rows: int
    columns: int
    pe: int
    simd: int
    storage: str
    image: tuple[int, int] | None = None
    kinds: str = "one"
    offset: int | None = None
    factor: int = 1

    def __str__(self) -> str:
        size = "" if self.image is None else f"_{self.image[0]}x{self.image[1]}"
        sign = "int" if self.bits < 0 else "uint"
        folded = f"{self.rows}_{self.columns}_{self.pe}_{self.simd}_{self.storage}"
        plus = "" if self.offset is None else f"_times_{self.factor}_plus_{self.offset}"
        return f"{sign}{abs(self.bits)}_{folded}{size}_{self.kinds}{plus}"

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
        """Random weights; thresholds that cut, and rows that always and that never fire."""
        rng = np.random.default_rng(self.seed)
        value = ValueType(abs(self.bits), signed=self.bits < 0)
        weights = rng.integers(0, 2, (self.rows, self.columns)).astype(np.uint8)
        reach = self.columns * max(-value.low, value.high)
        kinds = self._kinds()
        thresholds: np.ndarray | None = None
        offsets: np.ndarray | None = None
        sets = () if kinds is None else (int(kinds.max()) + 1,)
        if self.offset is not None:
            added = rng.integers(self.offset - 9, self.offset + 9, (*sets, self.rows))
            offsets = added.astype(np.int32)
        elif self.kinds != "raw":
            middle = rng.normal((value.low + value.high) / 2, 1 + reach / 4, (*sets, self.rows))
            thresholds = np.clip(np.round(middle), -reach, reach + 1).astype(np.int32)
            if self.rows > 3:
                thresholds[..., [0, 1]] = [-reach, reach + 1]
        result = bits_for_range(-reach, reach) if thresholds is None else BIPOLAR
        if offsets is not None:
            furthest = self.factor * reach
            ends = int(offsets.min()) - furthest, int(offsets.max()) + furthest
            result = bits_for_range(*ends)
        return Layer(
            name=str(self),
            op=Dense(weights, thresholds, kinds, offsets, self.factor),
            inputs=("x",),
            output="y",
            in_types=(TensorType((*(self.image or ()), self.columns), value),),
            out_type=TensorType((*(self.image or ()), self.rows), result),
        )

    def _kinds(self) -> np.ndarray | None:
        if self.image is None or self.kinds in ("one", "raw"):
            return None
        height, width = self.image
        if self.kinds == "all":
            return np.arange(height * width, dtype=np.int32)
        return np.tile(np.minimum(np.arange(width, dtype=np.int32), 2), height)


SETUPS = [
    Setup(-8, 1, 1, 1, 1, "const"),
    Setup(8, 1, 1, 1, 1, "lutram", kinds="raw"),
    Setup(-1, 4, 7, 2, 7, "lutram"),
    Setup(-1, 3, 5, 3, 5, "const", kinds="raw"),
    Setup(1, 6, 9, 2, 3, "lutram"),
    Setup(1, 4, 8, 4, 8, "const", kinds="raw"),
    Setup(-2, 5, 6, 1, 2, "lutram"),
    Setup(2, 6, 12, 3, 4, "bram", kinds="raw"),
    Setup(3, 8, 15, 4, 5, "lutram"),
    Setup(-5, 4, 18, 2, 6, "lutram", kinds="raw"),
    Setup(8, 6, 22, 6, 11, "bram"),
    Setup(-8, 10, 26, 2, 13, "lutram"),
    Setup(7, 4, 31, 4, 31, "const"),
    Setup(-8, 12, 38, 12, 38, "const", kinds="raw"),
    Setup(-4, 3, 37, 1, 37, "lutram", kinds="raw"),
    Setup(6, 12, 8, 1, 8, "lutram"),
    Setup(8, 40, 9, 1, 3, "bram"),
    Setup(9, 7, 18, 7, 6, "lutram"),
    Setup(-9, 5, 12, 5, 12, "const", kinds="raw"),
    Setup(-8, 16, 27, 4, 3, "lutram", (3, 4)),
    Setup(8, 6, 4, 3, 2, "bram", (2, 3), "raw"),
    Setup(-3, 8, 9, 8, 9, "const", (3, 3), "columns"),
    Setup(4, 6, 10, 2, 5, "lutram", (2, 5), "columns"),
    Setup(-8, 4, 3, 2, 1, "lutram", (4, 5), "all"),
    Setup(-6, 5, 4, 1, 4, "bram", (1, 3), "all"),
    Setup(8, 6, 10, 2, 5, "lutram", kinds="raw", offset=-100),
    Setup(-3, 8, 7, 8, 7, "const", kinds="raw", offset=0),
    Setup(2, 4, 6, 1, 3, "bram", kinds="raw", offset=40),
    Setup(-4, 6, 9, 3, 9, "lutram", (3, 3), "columns", offset=5),
    Setup(3, 40, 8, 1, 4, "lutram", (2, 2), "all", offset=-3),
    Setup(8, 6, 27, 2, 27, "lutram", (3, 4), "columns", offset=-700, factor=2),
    Setup(8, 6, 12, 1, 4, "bram", (2, 2), "all", offset=255, factor=2),
    Setup(-5, 4, 9, 4, 9, "const", kinds="raw", offset=-20, factor=2),
    Setup(4, 5, 8, 1, 2, "lutram", kinds="raw", offset=11, factor=3),
]

CASES = [setup.case for setup in SETUPS]


def stimulus(layer: Layer) -> np.ndarray:
    """Frames of equal values, frames that drive rows to their extremes, and noise."""
    assert isinstance(layer.op, Dense)
    value = layer.in_type.value
    rng = np.random.default_rng(layer.in_type.elements)
    x = random_frames(rng, 8, layer.in_type.elements, value.low, value.high)
    for frame, row, (plus, minus) in (
        (2, 0, (value.high, value.low)),
        (3, -1, (value.low, value.high)),
    ):
        pixel = np.where(layer.op.weights[row] == 1, plus, minus)
        x[frame] = np.tile(pixel, layer.pixels)
    return x


def expected_rows(layer: Layer, x: np.ndarray) -> list[list[int]]:
    """The layer by adding and subtracting, one input at a time."""
    op = layer.op
    assert isinstance(op, Dense)
    frames = []
    for frame in x.tolist():
        result = []
        for pixel in range(layer.pixels):
            vector = frame[pixel * op.width : (pixel + 1) * op.width]
            for number, row in enumerate(op.weights.tolist()):
                total = 0
                for item, weight in zip(vector, row, strict=True):
                    total += item if weight else -item
                if op.thresholds is not None:
                    levels = op.thresholds if op.kinds is None else op.thresholds[op.kinds[pixel]]
                    total = int(total >= levels[number])
                elif op.offsets is not None:
                    added = op.offsets if op.kinds is None else op.offsets[op.kinds[pixel]]
                    total = op.factor * total + int(added[number])
                result.append(total)
        frames.append(result)
    return frames


@pytest.mark.parametrize("setup", SETUPS, ids=str)
def test_sums_are_exact_at_the_stated_pace(setup: Setup) -> None:
    layer, case = setup.layer, setup.case
    assert [type(kernel) for kernel in kernels_for(layer)] == [IntMvu]
    x = stimulus(layer)
    want = expected_rows(layer, x)
    assert run_layer(layer, x).tolist() == want
    source, sink = case.source, case.sink
    case.run(
        [pack(frame, source.lanes, source.bits) for frame in x],
        [pack(frame, sink.lanes, sink.bits) for frame in want],
        seed=setup.seed,
    )


def test_what_does_not_match() -> None:
    def matches(value: ValueType) -> bool:
        op = Dense(np.ones((2, 4), np.uint8), np.zeros(2, np.int32))
        before, after = TensorType((4,), value), TensorType((2,), BIPOLAR)
        return KERNEL.matches(Layer("dense0", op, ("x",), "y", (before,), after))

    assert not matches(BIPOLAR)
    assert not matches(ValueType(10))
    assert not matches(ValueType(10, signed=True))
    assert matches(ValueType(9))
    assert matches(ValueType(1))
    assert matches(ValueType(1, signed=True))


def test_constants_need_a_pixel_of_one_step() -> None:
    layer = Setup(8, 6, 4, 6, 4, "const").layer
    assert KERNEL.storages(layer, Folding(6, 4)) == ("const", "lutram", "bram")
    assert KERNEL.storages(layer, Folding(3, 4)) == ("lutram", "bram")
    assert KERNEL.storages(layer, Folding(6, 2)) == ("lutram", "bram")


def test_resources_are_what_synthesis_finds() -> None:
    grid = [
        Setup(-8, 64, 27, 16, 3, "lutram", (30, 30)),
        Setup(8, 64, 27, 8, 9, "lutram"),
        Setup(-3, 12, 50, 2, 25, "lutram", (4, 5), "columns"),
        Setup(8, 40, 9, 4, 1, "bram"),
        Setup(2, 12, 36, 3, 18, "bram", kinds="raw"),
        Setup(-4, 8, 13, 8, 13, "const", kinds="raw"),
        Setup(6, 48, 9, 48, 9, "const", (5, 4), "all"),
        Setup(8, 24, 36, 4, 12, "lutram", kinds="raw", offset=-100),
        Setup(-4, 20, 18, 5, 18, "lutram", (6, 5), "columns", offset=9),
    ]
    check_estimates([setup.case for setup in grid], XC7)


def test_resources_are_about_what_synthesis_finds_on_ecp5() -> None:
    grid = [
        Setup(-8, 16, 27, 4, 3, "lutram", (3, 4)),
        Setup(8, 10, 18, 2, 9, "bram", kinds="raw"),
        Setup(5, 12, 9, 12, 9, "const"),
        Setup(8, 24, 36, 4, 12, "lutram", kinds="raw", offset=-100),
    ]
    check_estimates([setup.case for setup in grid], ECP5, share=0.25)
