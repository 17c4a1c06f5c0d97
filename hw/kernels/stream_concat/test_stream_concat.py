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
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.stream_concat import StreamConcat
from xnorflow.simulate.golden import run_layer

KERNEL = StreamConcat()

# pixels, channels of the first and of the second, type, PE
GRID = (
    ((), 1, 1, BIPOLAR, 1),
    ((), 4, 6, ValueType(5, signed=True), 2),
    ((2, 3), 3, 3, ValueType(8), 3),
    ((3, 2), 1, 5, BIPOLAR, 1),
    ((3, 3), 12, 4, ValueType(3), 4),
    ((2, 2), 5, 10, ValueType(8, signed=True), 5),
    ((4, 1), 7, 4, BIPOLAR, 1),
    ((1, 5), 24, 40, ValueType(16, signed=True), 8),
)


def concat_layer(pixels: tuple[int, ...], first: int, second: int, value: ValueType) -> Layer:
    kinds = tuple(TensorType((*pixels, channels), value) for channels in (first, second))
    out = TensorType((*pixels, first + second), value)
    return Layer("concat0", Concat(), ("a", "b"), "y", kinds, out)


def case(pixels: tuple[int, ...], first: int, second: int, value: ValueType, pe: int) -> Case:
    name = f"{'x'.join(map(str, (*pixels, first)))}and{second}x{value}by{pe}"
    return stage_case(name, KERNEL, concat_layer(pixels, first, second, value), Folding(pe, pe))


CASES = [case(*numbers) for numbers in GRID]


@pytest.mark.parametrize("numbers", GRID, ids=map(str, CASES))
def test_every_pixel_has_the_channels_of_both(
    numbers: tuple[tuple[int, ...], int, int, ValueType, int],
) -> None:
    pixels, *channels, value, pe = numbers
    layer = concat_layer(pixels, channels[0], channels[1], value)
    assert [type(kernel) for kernel in kernels_for(layer)] == [StreamConcat]
    rng, count = np.random.default_rng(sum(channels)), layer.pixels
    x = [random_frames(rng, 6, count * own, value.low, value.high) for own in channels]
    y = []
    for first, second in zip(x[0].tolist(), x[1].tolist(), strict=True):
        y.append(list[int]())
        for pixel in range(count):
            for frame, own in ((first, channels[0]), (second, channels[1])):
                y[-1] += frame[pixel * own : (pixel + 1) * own]
    assert run_layer(layer, *x).tolist() == y
    a, b, out = ([pack(frame, pe, value.bits) for frame in own] for own in (x[0], x[1], y))
    case(*numbers).run(a, out, further_frames=[b])


def test_a_cycle_a_beat_of_either() -> None:
    one = case((2, 3), 4, 6, BIPOLAR, 2)
    assert one.claims == {"cycles": 30, "first_output": 1, "latency": 30}
    assert [stream.beats for stream in (*one.sources, *one.sinks)] == [12, 18, 30]


def test_foldings_divide_both() -> None:
    assert [f.pe for f in KERNEL.foldings(concat_layer((), 12, 18, BIPOLAR))] == [1, 2, 3, 6]


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    share, slack = (0.1, 8) if family.fabric is Fabric.LUT6 else (0.15, 12)
    check_estimates(CASES, family, share=share, slack=slack)
