# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.parallel_window import ParallelWindow
from xnorflow.kernels.sliding_window import SlidingWindow
from xnorflow.simulate.golden import run_layer

KERNEL = ParallelWindow()
SAME = (1, 1, 1, 1)
INT8, UINT3 = ValueType(8, signed=True), ValueType(3)


@dataclass(frozen=True)
class Setup:
    """One layer and its storage, as short as a table of them needs it."""

    image: tuple[int, int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    value: ValueType = BIPOLAR
    fill: int = 0
    storage: str = "auto"

    def __str__(self) -> str:
        image, kernel, stride = (
            "x".join(map(str, n)) for n in (self.image, self.kernel, self.stride)
        )
        pads = "".join(map(str, self.pads))
        return f"{image}_k{kernel}_s{stride}_p{pads}_{self.value}_{self.storage}"

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
        (bare,) = KERNEL.foldings(self.layer)
        return replace(bare, storage=self.storage)


GRID: Sequence[Setup] = (
    Setup((7, 6, 2), (3, 3), storage="lutram"),
    Setup((5, 7, 6), (3, 2), storage="bram"),
    Setup((5, 5, 3), (3, 3), pads=SAME, fill=1, storage="lutram"),
    Setup((4, 6, 2), (3, 3), pads=SAME, value=INT8, fill=-128, storage="bram"),
    Setup((6, 5, 4), (4, 3), stride=(2, 1), pads=(0, 2, 3, 1), fill=1, storage="bram"),
    Setup((8, 9, 2), (2, 2), stride=(2, 2), value=UINT3, storage="lutram"),
    Setup((9, 8, 1), (2, 2), stride=(3, 3), storage="lutram"),
    Setup((9, 10, 2), (2, 3), stride=(4, 3), storage="bram"),
    # no pixel, one and two wait between rows
    Setup((6, 1, 4), (3, 1), pads=(1, 0, 1, 0), value=INT8, fill=-1),
    Setup((5, 1, 2), (3, 3), pads=SAME),
    Setup((4, 3, 6), (4, 3)),
    Setup((6, 4, 3), (2, 3), stride=(2, 1)),
    Setup((5, 5, 2), (3, 3), value=UINT3),
    Setup((5, 4, 1), (2, 1), stride=(1, 2), storage="lutram"),
    # one row, one column, one pixel
    Setup((1, 9, 3), (1, 4)),
    Setup((3, 5, 2), (1, 2), stride=(2, 2), pads=(0, 1, 0, 1), fill=1),
    Setup((1, 1, 4), (3, 3), pads=SAME, fill=1),
    Setup((1, 1, 3), (5, 3), pads=(4, 2, 4, 2), value=UINT3, fill=5, storage="auto"),
    Setup((2, 2, 1), (2, 2)),
    Setup((6, 7, 2), (5, 5), pads=(2, 2, 2, 2), fill=1, storage="lutram"),
    Setup((5, 6, 2), (5, 4), stride=(3, 2), pads=(4, 3, 2, 1), value=UINT3, fill=7, storage="bram"),
    Setup((10, 12, 6), (3, 3), stride=(1, 2), pads=(1, 0, 1, 1), storage="bram", fill=1),
    # rows and columns that no window sees
    Setup((9, 7, 2), (2, 2), stride=(7, 5), storage="lutram"),
    Setup((8, 11, 1), (3, 2), stride=(9, 9), value=UINT3, storage="lutram"),
    Setup((6, 9, 2), (3, 2), stride=(5, 4), pads=(2, 1, 0, 0), fill=1, storage="bram"),
    # distributed RAM of 64 and 128 words
    Setup((4, 40, 3), (3, 3), stride=(1, 3), storage="lutram"),
    Setup((3, 80, 2), (2, 5), stride=(1, 9), storage="lutram"),
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
        [pack(frame, layer.in_type.channels, value.bits) for frame in x],
        [pack(frame, layer.out_type.channels, value.bits) for frame in y],
    )


@pytest.mark.parametrize("shape", GRID, ids=str)
def test_windows_are_exact_at_the_stated_pace(shape: Setup) -> None:
    found = {type(kernel) for kernel in kernels_for(shape.layer)}
    assert found == {ParallelWindow, SlidingWindow}
    check(shape, 4)


# As GRID, for synthesis alone.
LARGER: Sequence[Setup] = (
    # CNV's windows in front of convolutions 1 to 6 of 6
    Setup((32, 32, 3), (3, 3), value=INT8, storage="lutram"),
    Setup((30, 30, 64), (3, 3), storage="lutram"),
    Setup((14, 14, 64), (3, 3), storage="lutram"),
    Setup((12, 12, 128), (3, 3), storage="lutram"),
    Setup((5, 5, 128), (3, 3), storage="auto"),
    Setup((3, 3, 256), (3, 3), storage="auto"),
    Setup((30, 30, 64), (3, 3), storage="bram"),
    # padded, strided, of several blocks
    Setup((32, 32, 64), (3, 3), pads=SAME, fill=1, storage="lutram"),
    Setup((28, 28, 1), (5, 5), pads=(2, 2, 2, 2), value=INT8, storage="lutram"),
    Setup((28, 28, 32), (3, 3), stride=(2, 2), storage="lutram"),
    Setup((56, 56, 3), (7, 7), stride=(2, 2), pads=(3, 3, 3, 3), value=INT8, storage="lutram"),
    Setup((56, 56, 64), (3, 3), pads=SAME, storage="lutram"),
    Setup((112, 112, 16), (3, 3), pads=SAME, storage="lutram"),
    Setup((224, 224, 3), (3, 3), stride=(2, 2), pads=SAME, value=INT8, storage="lutram"),
    Setup((224, 224, 3), (3, 3), value=INT8, storage="bram"),
    Setup((600, 600, 3), (3, 3), value=INT8, storage="bram"),
    # odd ones
    Setup((1, 128, 16), (1, 5)),
    Setup((128, 1, 16), (7, 1), pads=(3, 0, 3, 0)),
    Setup(
        (31, 28, 1), (3, 7), stride=(1, 2), pads=(2, 4, 0, 2), value=INT8, fill=-7, storage="bram"
    ),
)


def synthesised(every: int) -> list[Case]:
    return [shape.case for shape in (*GRID, *LARGER)[::every]]


def test_resources_are_what_synthesis_finds(every: int) -> None:
    check_estimates(synthesised(every), XC7, share=0.1, slack=8)


def test_resources_on_ecp5_are_near_what_synthesis_finds(every: int) -> None:
    check_estimates(synthesised(2 * every), ECP5, share=0.2, slack=12)


@pytest.mark.parametrize(
    ("image", "kernel", "storages"),
    [
        ((9, 5, 1), (3, 3), ()),
        ((9, 6, 1), (3, 3), ("lutram", "bram")),
        ((9, 259, 1), (3, 3), ("lutram", "bram")),
        ((9, 260, 1), (3, 3), ("bram",)),
        ((1, 260, 1), (1, 3), ()),
    ],
)
def test_rows_wait_where_they_fit(
    image: tuple[int, int, int], kernel: tuple[int, int], storages: tuple[str, ...]
) -> None:
    shape = Setup(image, kernel)
    assert KERNEL.storages(shape.layer, shape.folding) == storages


@pytest.mark.parametrize(
    ("most", "more"),
    [
        (Setup((8, 8, 3), (2, 1)), Setup((8, 8, 3), (1, 1), stride=(2, 2))),
        (Setup((1, 99, 1), (1, 64)), Setup((1, 99, 1), (1, 65))),
        (
            Setup((99, 1, 1), (2, 1), stride=(64, 1)),
            Setup((99, 1, 1), (2, 1), stride=(65, 1)),
        ),
        (Setup((4, 4, 2048), (4, 4)), Setup((4, 4, 2049), (4, 4))),
    ],
)
def test_what_it_is_not_made_for_is_left_to_sliding_window(most: Setup, more: Setup) -> None:
    assert ParallelWindow in map(type, kernels_for(most.layer))
    assert [type(kernel) for kernel in kernels_for(more.layer)] == [SlidingWindow]


def test_no_more_steps_than_can_be_listed() -> None:
    assert KERNEL.matches(Setup((4096, 4096, 1), (2, 2)).layer)
    assert not KERNEL.matches(Setup((4096, 4097, 1), (2, 2)).layer)
    assert not KERNEL.matches(Setup((4096, 4096, 1), (2, 2), pads=(1, 0, 0, 0)).layer)


def test_a_window_takes_few_luts() -> None:
    """Half a LUT a bit of a pixel, for each of the window's rows, and control."""
    for shape in LARGER[:6]:
        *_, channels = shape.image
        assert shape.case.estimate(XC7).lut < channels * shape.value.bits * 1.5 + 30
