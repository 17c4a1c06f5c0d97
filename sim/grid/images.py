# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Windows and pools: any kernel, stride and padding, on images from one pixel to 224 x 224."""

from __future__ import annotations

import random
from collections.abc import Callable

from sim.case import Case
from sim.grid.point import fold
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType

__all__ = ["image_point", "window_point"]

_SIZES = (1, 2, 3, 5, 8, 12, 14, 28, 30, 32, 56, 97, 224)
_CHANNELS = (1, 2, 3, 5, 16, 48, 64, 128, 256)
_KERNELS = ((1, 1), (2, 2), (3, 3), (3, 3), (5, 5), (1, 4), (3, 2), (7, 7))
_STRIDES = ((1, 1), (1, 1), (2, 2), (1, 2), (3, 3))
_VALUES = (BIPOLAR, BIPOLAR, BIPOLAR, ValueType(8, signed=True), ValueType(3))
_MOST_BITS = 1024
"""Of a beat that is read."""


def window_point(rng: random.Random, kernel: Kernel) -> Case:
    """A window over bits mostly, filled with any value."""
    value = rng.choice(_VALUES)
    return image_point(rng, kernel, value, rng.choice((value.low, value.high, 0)))


def image_point(rng: random.Random, kernel: Kernel, value: ValueType, fill: int | None) -> Case:
    """Whatever comes first of what the kernel is made for; fill is None for a pool."""
    while True:
        image = (rng.choice(_SIZES), rng.choice(_SIZES), rng.choice(_CHANNELS))
        sweep = _sweep(rng, *image[:2])
        if sweep is None:
            continue
        layer = _layer(image, sweep, value, fill)
        case = fold(rng, kernel, layer, _fits(value)) if kernel.matches(layer) else None
        if case is not None:
            return case


def _fits(value: ValueType) -> Callable[[Folding], bool]:
    return lambda folding: folding.simd * value.bits <= _MOST_BITS


def _sweep(rng: random.Random, height: int, width: int) -> Sweep | None:
    """A kernel's moves over an image, each position seeing a part of it; None if it is too big."""
    kernel, stride = rng.choice(_KERNELS), rng.choice(_STRIDES)
    most_down, most_across = rng.choice(((0, 0), (kernel[0] // 2, kernel[1] // 2)))
    sweep = Sweep(kernel, stride, (most_down, most_across, most_down, most_across))
    if kernel[0] > height + most_down or kernel[1] > width + most_across:
        return None
    return sweep.reached(height, width)


def _layer(image: tuple[int, int, int], sweep: Sweep, value: ValueType, fill: int | None) -> Layer:
    height, width, channels = image
    down, across = sweep.positions(height, width)
    sizes = ("x".join(map(str, n)) for n in (image, sweep.kernel, sweep.stride, sweep.pads))
    name = f"{value}_" + "_".join(sizes) + ("" if fill is None else f"_{fill & 255}")
    area = 1 if fill is None else sweep.area
    return Layer(
        name=name,
        op=MaxPool(sweep) if fill is None else Window(sweep, fill),
        inputs=("x",),
        output="y",
        in_types=(TensorType(image, value),),
        out_type=TensorType((down, across, channels * area), value),
    )
