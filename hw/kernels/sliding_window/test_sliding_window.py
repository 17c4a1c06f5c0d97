# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.case import Case, stage_case
from xnorflow.ir.kernel import Folding
from xnorflow.ir.layer import Layer, Window
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import BINARY, TensorType, ValueType
from xnorflow.kernels import kernel_for
from xnorflow.kernels.sliding_window import SlidingWindow

KERNEL = SlidingWindow()
INT8, UINT3 = ValueType(8, signed=True), ValueType(3)


@dataclass(frozen=True)
class Shape:
    """One layer and its folding, as short as a table of them needs it."""

    image: tuple[int, int, int]
    kernel: tuple[int, int]
    lanes: int
    stride: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    value: ValueType = BINARY
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
            in_type=TensorType(self.image, self.value),
            out_type=TensorType((down, across, channels * sweep.area), self.value),
        )

    @property
    def case(self) -> Case:
        return stage_case(str(self), KERNEL, self.layer, self.folding)

    @property
    def folding(self) -> Folding:
        return Folding(self.lanes, self.lanes, self.storage)


GRID: Sequence[Shape] = (
    Shape((7, 6, 2), (3, 3), 2),
    Shape((5, 7, 6), (3, 2), 2),
    Shape((5, 5, 3), (3, 3), 3, pads=(1, 1, 1, 1), fill=1),
    Shape((4, 6, 2), (3, 3), 1, pads=(1, 1, 1, 1), value=INT8, fill=-128),
    Shape((6, 5, 4), (4, 3), 2, stride=(2, 1), pads=(0, 2, 3, 1), fill=1, storage="bram"),
    Shape((8, 9, 2), (2, 2), 2, stride=(2, 2), value=UINT3),
    Shape((9, 8, 1), (2, 2), 1, stride=(3, 3)),
    Shape((9, 10, 2), (2, 3), 1, stride=(4, 3), storage="bram"),
    Shape((6, 1, 4), (3, 1), 2, pads=(1, 0, 1, 0), value=INT8, fill=-1),
    Shape((5, 1, 2), (3, 3), 2, pads=(1, 1, 1, 1)),
    Shape((1, 9, 3), (1, 4), 1),
    Shape((4, 3, 6), (4, 3), 2),
    Shape((1, 1, 4), (3, 3), 1, pads=(1, 1, 1, 1), fill=1),
    Shape((1, 1, 3), (5, 3), 3, pads=(4, 2, 4, 2), value=UINT3, fill=5),
    Shape((7, 5, 1), (1, 1), 1, stride=(2, 2)),
    Shape((3, 3, 8), (3, 3), 1),
    Shape((6, 7, 2), (5, 5), 2, pads=(2, 2, 2, 2), fill=1),
    Shape((5, 6, 2), (5, 4), 1, stride=(3, 2), pads=(4, 3, 2, 1), value=UINT3, fill=7),
    Shape((9, 9, 8), (3, 3), 2, value=UINT3),
    Shape((10, 12, 6), (3, 3), 2, stride=(1, 2), pads=(1, 0, 1, 1), storage="bram", fill=1),
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


def check(shape: Shape, frames: int) -> None:
    layer, value = shape.layer, shape.value
    rng = np.random.default_rng(len(str(shape)) + layer.out_type.elements)
    x = random_frames(rng, frames, layer.in_type.elements, value.low, value.high)
    y = [list(seen_from(layer, frame)) for frame in x]
    assert KERNEL.golden(layer, x).tolist() == y
    shape.case.run(
        [pack(frame, shape.lanes, value.bits) for frame in x],
        [pack(frame, shape.lanes, value.bits) for frame in y],
    )


@pytest.mark.parametrize("shape", GRID, ids=str)
def test_windows_are_exact_at_the_stated_pace(shape: Shape) -> None:
    assert isinstance(kernel_for(shape.layer), SlidingWindow)
    check(shape, 6)
