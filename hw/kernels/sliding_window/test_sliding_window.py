# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.diagnostics import XnorflowError
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.families.ecp5 import ECP5
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.sliding_window import SlidingWindow
from xnorflow.kernels.sliding_window.shape import DEGREES
from xnorflow.simulate.golden import run_layer

KERNEL = SlidingWindow()
INT8, UINT3 = ValueType(8, signed=True), ValueType(3)


@dataclass(frozen=True)
class Setup:
    """One layer and its folding, as short as a table of them needs it."""

    image: tuple[int, int, int]
    kernel: tuple[int, int]
    lanes: int
    stride: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    value: ValueType = BIPOLAR
    fill: int = 0
    storage: str = "lutram"

    def __str__(self) -> str:
        image, kernel, stride = (
            "x".join(map(str, n)) for n in (self.image, self.kernel, self.stride)
        )
        pads = "".join(map(str, self.pads))
        return f"{image}by{self.lanes}_k{kernel}_s{stride}_p{pads}_{self.value}_{self.storage}"

    @property
    def layer(self) -> Layer:
        height, width, channels = self.image
        sweep = Sweep(self.kernel, self.stride, self.pads)
        down, across = sweep.positions(height, width)
        return Layer(
            name="window0",
            op=Window(sweep.reached(height, width), self.fill),
            inputs=("x",),
            output="y",
            in_types=(TensorType(self.image, self.value),),
            out_type=TensorType((down, across, channels * sweep.area), self.value),
        )

    @property
    def case(self) -> Case:
        return stage_case(str(self), KERNEL, self.layer, self.folding)

    @property
    def folding(self) -> Folding:
        return Folding(self.lanes, self.lanes, self.storage)


GRID: Sequence[Setup] = (
    Setup((7, 6, 2), (3, 3), 2),
    Setup((5, 7, 6), (3, 2), 2),
    Setup((5, 5, 3), (3, 3), 3, pads=(1, 1, 1, 1), fill=1),
    Setup((4, 6, 2), (3, 3), 1, pads=(1, 1, 1, 1), value=INT8, fill=-128),
    Setup((6, 5, 4), (4, 3), 2, stride=(2, 1), pads=(0, 2, 3, 1), fill=1, storage="bram"),
    Setup((8, 9, 2), (2, 2), 2, stride=(2, 2), value=UINT3),
    Setup((9, 8, 1), (2, 2), 1, stride=(3, 3)),
    Setup((9, 10, 2), (2, 3), 1, stride=(4, 3), storage="bram"),
    Setup((6, 1, 4), (3, 1), 2, pads=(1, 0, 1, 0), value=INT8, fill=-1),
    Setup((5, 1, 2), (3, 3), 2, pads=(1, 1, 1, 1)),
    Setup((1, 9, 3), (1, 4), 1),
    Setup((4, 3, 6), (4, 3), 2),
    Setup((1, 1, 4), (3, 3), 1, pads=(1, 1, 1, 1), fill=1),
    Setup((1, 1, 3), (5, 3), 3, pads=(4, 2, 4, 2), value=UINT3, fill=5),
    Setup((7, 5, 1), (1, 1), 1, stride=(2, 2)),
    Setup((3, 3, 8), (3, 3), 1),
    Setup((6, 7, 2), (5, 5), 2, pads=(2, 2, 2, 2), fill=1),
    Setup((5, 6, 2), (5, 4), 1, stride=(3, 2), pads=(4, 3, 2, 1), value=UINT3, fill=7),
    Setup((9, 9, 8), (3, 3), 2, value=UINT3),
    Setup((10, 12, 6), (3, 3), 2, stride=(1, 2), pads=(1, 0, 1, 1), storage="bram", fill=1),
    # rings of three, five and seven blocks: 96, 192, 320, 448 and 640 beats
    Setup((3, 23, 24), (3, 2), 24, stride=(2, 1)),
    Setup((4, 22, 4), (3, 3), 2, stride=(1, 2)),
    Setup((5, 18, 4), (4, 2), 1, stride=(2, 3)),
    Setup((4, 20, 6), (3, 3), 1, stride=(1, 3)),
    Setup((4, 23, 6), (3, 2), 1, stride=(1, 2), value=UINT3),
)

CASES = [shape.case for shape in GRID]


def seen_from(layer: Layer, frame: np.ndarray) -> Iterator[int]:
    """One element at a time, by where it lies in the image."""
    assert isinstance(layer.op, Window)
    height, width, channels = layer.in_type.shape
    sweep = layer.op.sweep
    down, across = sweep.positions(height, width)
    for y in range(down):
        for x in range(across):
            for row in range(y * sweep.stride[0] - sweep.pads[0], height + sweep.pads[2]):
                if row >= y * sweep.stride[0] - sweep.pads[0] + sweep.kernel[0]:
                    break
                first = x * sweep.stride[1] - sweep.pads[1]
                for column in range(first, first + sweep.kernel[1]):
                    for channel in range(channels):
                        if 0 <= row < height and 0 <= column < width:
                            yield int(frame[(row * width + column) * channels + channel])
                        else:
                            yield layer.op.fill


def check(shape: Setup, frames: int) -> None:
    layer, value = shape.layer, shape.value
    rng = np.random.default_rng(len(str(shape)) + layer.out_type.elements)
    x = random_frames(rng, frames, layer.in_type.elements, value.low, value.high)
    y = [list(seen_from(layer, frame)) for frame in x]
    assert run_layer(layer, x).tolist() == y
    shape.case.run(
        [pack(frame, shape.lanes, value.bits) for frame in x],
        [pack(frame, shape.lanes, value.bits) for frame in y],
    )


@pytest.mark.parametrize("shape", GRID, ids=str)
def test_windows_are_exact_at_the_stated_pace(shape: Setup) -> None:
    assert SlidingWindow in map(type, kernels_for(shape.layer))
    check(shape, 4)


# As GRID, for synthesis alone.
SAME = (1, 1, 1, 1)
LARGER: Sequence[Setup] = (
    # CNV's windows in front of convolutions 1 to 5 of 6
    Setup((32, 32, 3), (3, 3), 3, value=INT8, storage="bram"),
    Setup((30, 30, 64), (3, 3), 32),
    Setup((14, 14, 64), (3, 3), 32),
    Setup((12, 12, 128), (3, 3), 32, storage="bram"),
    Setup((5, 5, 128), (3, 3), 32),
    # rings of 96 words, of five, six, eight and twelve blocks, of several block RAMs
    Setup((32, 32, 64), (3, 3), 64, pads=SAME, fill=1),
    Setup((28, 28, 32), (3, 3), 16, stride=(2, 2)),
    Setup((56, 56, 3), (7, 7), 3, stride=(2, 2), pads=(3, 3, 3, 3), value=INT8),
    Setup((7, 19, 64), (7, 4), 16, stride=(2, 1), pads=(3, 2, 3, 2)),
    Setup((8, 17, 32), (5, 2), 4, stride=(3, 2), pads=(2, 1, 2, 1), value=INT8),
    Setup((224, 224, 3), (3, 3), 3, value=INT8, storage="bram"),
    Setup((32, 32, 64), (3, 3), 2, pads=SAME, storage="bram"),
    # odd ones
    Setup((16, 16, 64), (1, 1), 32, stride=(2, 2)),
    Setup((1, 128, 16), (1, 5), 16),
    Setup((128, 1, 16), (7, 1), 16, pads=(3, 0, 3, 0), storage="bram"),
    Setup((9, 9, 64), (7, 7), 64, storage="bram"),
    Setup((31, 28, 1), (3, 7), 1, stride=(1, 2), pads=(2, 4, 0, 2), value=INT8, fill=-7),
)


def synthesised(every: int) -> list[Case]:
    return [shape.case for shape in (*GRID, *LARGER)[::every]]


def test_resources_are_what_synthesis_finds(every: int) -> None:
    check_estimates(synthesised(every), XC7, share=0.1, slack=8)


def test_resources_on_ecp5_are_near_what_synthesis_finds(every: int) -> None:
    check_estimates(synthesised(2 * every), ECP5, share=0.2, slack=12)


def test_windows_of_cnv_are_small_in_block_ram() -> None:
    for shape in LARGER[:5]:
        estimate = replace(shape, storage="bram").case.estimate(XC7)
        assert estimate.lut < 60
        assert estimate.bram18 == 1


@pytest.mark.parametrize(
    ("image", "storages"),
    [((33, 174, 1), ("lutram", "bram")), ((33, 175, 1), ("bram",))],
)
def test_a_long_ring_is_in_block_ram(
    image: tuple[int, int, int], storages: tuple[str, ...]
) -> None:
    shape = Setup(image, (4, 4), 1)
    assert KERNEL.storages(shape.layer, shape.folding) == storages


def order_divides(power: int, degree: int, tap: int) -> bool:
    """Whether x**power is 1 modulo x**degree + x**tap + 1."""
    result, square = 1, 2
    while power:
        if power & 1:
            result = product_modulo(result, square, degree, tap)
        square = product_modulo(square, square, degree, tap)
        power >>= 1
    return result == 1


def product_modulo(a: int, b: int, degree: int, tap: int) -> int:
    result = 0
    while b:
        if b & 1:
            result ^= a
        a, b = a << 1, b >> 1
        if a >> degree:
            a ^= 1 << degree | 1 << tap | 1
    return result


def prime_factors(number: int) -> set[int]:
    found, factor = set(), 2
    while factor * factor <= number:
        while number % factor == 0:
            found.add(factor)
            number //= factor
        factor += 1
    return found | ({number} if number > 1 else set())


def test_the_trinomials_of_lap_counters_are_primitive() -> None:
    text = Path(__file__).with_name("lap_counter.sv").read_text(encoding="utf-8")
    taps = {
        int(degree): int(tap)
        for degrees, tap in re.findall(r"^ *([\d, ]+): +tap_of = (\d+);", text, re.MULTILINE)
        for degree in degrees.split(",")
    }
    assert tuple(sorted(taps)) == DEGREES
    for degree, tap in taps.items():
        period = (1 << degree) - 1
        assert order_divides(period, degree, tap), degree
        for factor in prime_factors(period):
            assert not order_divides(period // factor, degree, tap), degree


def test_no_more_steps_than_can_be_listed() -> None:
    """2^24 pixels read, or in the image, are the most; and with fewer lanes no more beats."""
    assert KERNEL.matches(Setup((1024, 1024, 1), (4, 4), 1, pads=(1, 1, 2, 2)).layer)
    assert not KERNEL.matches(Setup((1025, 1024, 1), (4, 4), 1, pads=(1, 1, 2, 2)).layer)
    with pytest.raises(XnorflowError) as caught:
        kernels_for(Setup((4096, 4097, 1), (1, 1), 1, stride=(4096, 4097)).layer)
    assert caught.value.diagnostics[0].code == "kernel-no-match"
    wide = Setup((512, 512, 12), (4, 4), 1, pads=(1, 1, 2, 2)).layer
    assert [folding.simd for folding in KERNEL.foldings(wide)] == [3, 4, 6, 12]
    assert all(KERNEL.cycles(wide, folding) <= 1 << 24 for folding in KERNEL.foldings(wide))
