# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.case import Case, stage_case
from sim.synthesis import check_estimates
from xnorflow.ir.kernel import Folding
from xnorflow.ir.layer import Layer, MaxPool
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import BINARY, TensorType, ValueType
from xnorflow.kernels import kernel_for
from xnorflow.kernels.maxpool_or import MaxpoolOr

KERNEL = MaxpoolOr()

Shape = tuple[int, int, int]


def pool_layer(shape: Shape, sweep: Sweep, value: ValueType = BINARY) -> Layer:
    down, across = sweep.positions(*shape[:2])
    types = TensorType(shape, value), TensorType((down, across, shape[2]), value)
    return Layer("pool0", MaxPool(sweep), ("x",), "y", *types)


# image, sweep, channels a beat
LAYERS: dict[str, tuple[Shape, Sweep, int]] = {
    "2x2/2": ((6, 8, 6), Sweep((2, 2), (2, 2)), 3),
    "2x2/2 odd leftovers": ((5, 7, 12), Sweep((2, 2), (2, 2)), 4),
    "2x2/1": ((4, 5, 2), Sweep((2, 2)), 2),
    "3x3/2": ((7, 9, 4), Sweep((3, 3), (2, 2)), 1),
    "3x3/2 padded": ((6, 8, 5), Sweep((3, 3), (2, 2), (1, 1, 0, 0)), 5),
    "3x3/1": ((5, 6, 6), Sweep((3, 3)), 2),
    "3x3/1 padded": ((5, 4, 8), Sweep((3, 3), (1, 1), (1, 1, 1, 1)), 4),
    "2x3 rectangular": ((6, 7, 5), Sweep((2, 3), (1, 2)), 1),
    "5x4/2x3 asymmetric": ((8, 9, 3), Sweep((5, 4), (2, 3), (3, 1, 2, 3)), 3),
    "strides beyond the kernel": ((9, 11, 2), Sweep((2, 1), (4, 3), (0, 0, 0, 0)), 1),
    "global": ((5, 6, 7), Sweep((5, 6)), 7),
    "global by beats": ((4, 3, 9), Sweep((4, 3), (4, 3)), 3),
    "global padded": ((3, 4, 2), Sweep((5, 5), (5, 5), (2, 1, 0, 0)), 1),
    "nearly global": ((6, 6, 1), Sweep((5, 5)), 1),
    "column": ((9, 1, 4), Sweep((3, 1), (2, 1)), 2),
    "row": ((1, 9, 4), Sweep((1, 3), (1, 2), (0, 1, 0, 1)), 4),
    "column padded": ((4, 1, 3), Sweep((2, 3), (1, 1), (1, 1, 1, 1)), 1),
    "subsampling": ((5, 5, 2), Sweep((1, 1), (2, 2)), 2),
    "pixel": ((1, 1, 6), Sweep((1, 1)), 2),
    "pixel amid padding": ((1, 1, 3), Sweep((3, 3), (1, 1), (2, 2, 2, 2)), 3),
    "long rows": ((3, 40, 20), Sweep((2, 2), (1, 2)), 5),
}


def layer_of(name: str) -> Layer:
    shape, sweep, _ = LAYERS[name]
    return pool_layer(shape, sweep)


def case_of(name: str) -> Case:
    pe = LAYERS[name][2]
    return stage_case(name, KERNEL, layer_of(name), Folding(pe, pe))


CASES = [case_of(name) for name in LAYERS]


def maxima(frame: list[int], shape: Shape, sweep: Sweep) -> list[int]:
    """Window by window, pixel by pixel; beyond the image there is nothing."""
    height, width, channels = shape
    down, across = sweep.positions(height, width)
    result = []
    for i in range(down):
        for j in range(across):
            for c in range(channels):
                best = None
                for y in range(i * sweep.stride[0] - sweep.pads[0], height):
                    for x in range(j * sweep.stride[1] - sweep.pads[1], width):
                        if (
                            min(y, x) < 0
                            or y >= i * sweep.stride[0] - sweep.pads[0] + sweep.kernel[0]
                            or x >= j * sweep.stride[1] - sweep.pads[1] + sweep.kernel[1]
                        ):
                            continue
                        value = frame[(y * width + x) * channels + c]
                        best = value if best is None or value > best else best
                assert best is not None
                result.append(best)
    return result


@pytest.mark.parametrize("name", LAYERS)
def test_every_window_gives_its_maximum(name: str) -> None:
    shape, sweep, pe = LAYERS[name]
    layer = layer_of(name)
    assert sweep == sweep.reached(*shape[:2])
    assert isinstance(kernel_for(layer), MaxpoolOr)
    rng = np.random.default_rng(len(name))
    x = random_frames(rng, 6, layer.in_type.elements, 0, 1)
    x[2:] &= rng.random(x[2:].shape) < 1 / sweep.area**0.7
    y = [maxima(frame, shape, sweep) for frame in x.tolist()]
    case_of(name).run([pack(f, pe, 1) for f in x], [pack(f, pe, 1) for f in y])
    assert KERNEL.golden(layer, x).tolist() == y
