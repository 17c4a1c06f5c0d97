# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.diagnostics import XnorflowError
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, bits_for_range
from xnorflow.kernels.sum_pool import SumPoolUnit
from xnorflow.simulate.golden import run_layer

KERNEL = SumPoolUnit()
INT4, UINT3 = ValueType(4, signed=True), ValueType(3)

Shape = tuple[int, int, int]


def pool_layer(shape: Shape, sweep: Sweep, value: ValueType = BIPOLAR) -> Layer:
    low, high = (-1, 1) if value == BIPOLAR else (value.low, value.high)
    sums = bits_for_range(sweep.area * low, sweep.area * high)
    out = TensorType((*sweep.positions(*shape[:2]), shape[2]), sums)
    return Layer("pool0", SumPool(sweep), ("x",), "y", (TensorType(shape, value),), out)


# image, sweep, type, channels a beat
LAYERS: dict[str, tuple[Shape, Sweep, ValueType, int]] = {
    "2x2/2": ((4, 6, 6), Sweep((2, 2), (2, 2)), INT4, 3),
    "2x2/2 one beat": ((4, 6, 2), Sweep((2, 2), (2, 2)), UINT3, 2),
    "2x2/2 joined, odd leftovers": ((5, 7, 8), Sweep((2, 2), (2, 2)), BIPOLAR, 2),
    "2x2/2 counted, odd leftovers": ((5, 7, 6), Sweep((2, 2), (2, 2)), ValueType(8), 2),
    "3x2": ((7, 4, 5), Sweep((3, 2), (3, 2)), ValueType(1, signed=True), 1),
    "strides beyond the kernel": ((9, 11, 3), Sweep((2, 1), (4, 3)), INT4, 1),
    "strides beyond the kernel, leftovers": ((6, 8, 2), Sweep((2, 2), (3, 3)), UINT3, 2),
    "global": ((5, 3, 7), Sweep((5, 3)), BIPOLAR, 7),
    "global by beats": ((4, 3, 9), Sweep((4, 3), (4, 3)), ValueType(8, signed=True), 3),
    "global by single channels": ((2, 3, 8), Sweep((2, 3)), BIPOLAR, 1),
    "nearly global": ((6, 6, 1), Sweep((5, 5), (5, 5)), INT4, 1),
    "column": ((9, 1, 4), Sweep((3, 1), (3, 1)), BIPOLAR, 2),
    "row": ((1, 9, 4), Sweep((1, 4), (1, 4)), UINT3, 4),
    "pixels": ((2, 3, 6), Sweep((1, 1), (1, 1)), BIPOLAR, 2),
    "pixel": ((1, 1, 6), Sweep((1, 1)), INT4, 3),
    "wide": ((2, 2, 40), Sweep((2, 2), (2, 2)), ValueType(12, signed=True), 40),
}
# For block RAM sums must be many.
LARGE = ("block RAM", (2, 64, 60), Sweep((2, 2), (2, 2)), ValueType(8, signed=True), 4)


def layer_of(name: str) -> Layer:
    shape, sweep, value, _ = LAYERS[name]
    return pool_layer(shape, sweep, value)


CASES = [
    stage_case(name, KERNEL, layer_of(name), Folding(pe, pe))
    for name, (_, _, _, pe) in LAYERS.items()
]


def totals(frame: list[int], shape: Shape, sweep: Sweep, value: ValueType) -> list[int]:
    """Window by window, pixel by pixel."""
    height, width, channels = shape
    down, across = sweep.positions(height, width)
    result = []
    for i, j, c in product(range(down), range(across), range(channels)):
        total = 0
        for dy, dx in product(range(sweep.kernel[0]), range(sweep.kernel[1])):
            y, x = i * sweep.stride[0] + dy, j * sweep.stride[1] + dx
            seen = frame[(y * width + x) * channels + c]
            total += 2 * seen - 1 if value == BIPOLAR else seen
        result.append(total)
    return result


def check(case: Case, layer: Layer, sweep: Sweep) -> None:
    assert [type(kernel) for kernel in kernels_for(layer)] == [SumPoolUnit]
    value, shape = layer.in_type.value, layer.in_type.shape
    rng = np.random.default_rng(layer.in_type.elements)
    x = random_frames(rng, 6, layer.in_type.elements, value.low, value.high)
    y = [totals(frame, (shape[0], shape[1], shape[2]), sweep, value) for frame in x.tolist()]
    assert run_layer(layer, x).tolist() == y
    frames = [pack(frame, case.source.lanes, value.bits) for frame in x]
    case.run(frames, [pack(frame, case.sink.lanes, layer.out_type.value.bits) for frame in y])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_window_gives_its_sum(case: Case) -> None:
    check(case, layer_of(case.name), LAYERS[case.name][1])


def test_sums_in_block_ram_are_the_same() -> None:
    name, shape, sweep, value, pe = LARGE
    layer = pool_layer(shape, sweep, value)
    case = stage_case(name, KERNEL, layer, Folding(pe, pe))
    assert case.instance(XC7).parameters["BLOCK"] == "1'b1"
    check(case, layer, sweep)


def test_windows_that_overlap_are_refused_in_words() -> None:
    layer = pool_layer((6, 6, 2), Sweep((3, 3), (2, 2)))
    with pytest.raises(XnorflowError) as caught:
        kernels_for(layer)
    (found,) = caught.value.diagnostics
    assert found.code == "kernel-no-match"
    assert found.message == (
        "the windows of pool0, which are added up, must not overlap, not have kernel (3, 3) and "
        "stride (2, 2)"
    )
    assert KERNEL.refusal(pool_layer((3, 3, 2), Sweep((3, 3), (1, 1)))) is None


def test_foldings_are_the_divisors_of_the_channels() -> None:
    foldings = KERNEL.foldings(pool_layer((4, 6, 12), Sweep((2, 2), (2, 2))))
    assert foldings == tuple(Folding(k, k) for k in (1, 2, 3, 4, 6, 12))


def test_a_global_pool_keeps_an_accumulator_a_channel() -> None:
    layer = pool_layer((7, 7, 64), Sweep((7, 7)), INT4)
    assert KERNEL.resources(layer, Folding(64, 64), XC7).ff < 64 * 10 * 3 + 30
    assert KERNEL.cycles(layer, Folding(4, 4)) == 49 * 16


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family, every: int) -> None:
    share, slack = (0.15, 10) if family.fabric is Fabric.LUT6 else (0.25, 20)
    name, shape, sweep, value, pe = LARGE
    large = stage_case(name, KERNEL, pool_layer(shape, sweep, value), Folding(pe, pe))
    check_estimates([*CASES, large][::every], family, share=share, slack=slack)
