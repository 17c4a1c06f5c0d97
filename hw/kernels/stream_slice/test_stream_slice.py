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
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.stream_slice import StreamSlice
from xnorflow.simulate.golden import run_layer

KERNEL = StreamSlice()

Numbers = tuple[tuple[int, ...], int, int, int, ValueType, int]

# pixels, channels, start, stop, type, PE
GRID: tuple[Numbers, ...] = (
    ((), 1, 0, 1, BIPOLAR, 1),
    ((), 9, 3, 4, ValueType(5, signed=True), 1),
    ((3, 2), 6, 0, 6, ValueType(3), 6),
    ((2, 2), 8, 0, 8, ValueType(3), 2),
    ((2, 3), 6, 0, 3, ValueType(8), 3),
    ((3, 3), 12, 8, 12, BIPOLAR, 4),
    ((3, 1), 7, 2, 5, BIPOLAR, 1),
    ((2, 2), 15, 5, 10, ValueType(8, signed=True), 5),
    ((5, 5), 40, 16, 24, ValueType(16, signed=True), 8),
)


def slice_layer(
    pixels: tuple[int, ...], channels: int, start: int, stop: int, value: ValueType
) -> Layer:
    before = TensorType((*pixels, channels), value)
    after = TensorType((*pixels, stop - start), value)
    return Layer("slice0", Slice(start, stop), ("x",), "y", (before,), after)


def case(numbers: Numbers) -> Case:
    pixels, channels, start, stop, value, pe = numbers
    name = f"{'x'.join(map(str, (*pixels, channels)))}from{start}to{stop}x{value}by{pe}"
    layer = slice_layer(pixels, channels, start, stop, value)
    return stage_case(name, KERNEL, layer, Folding(pe, pe))


CASES = [case(numbers) for numbers in GRID]


@pytest.mark.parametrize("numbers", GRID, ids=map(str, CASES))
def test_every_pixel_has_the_channels_of_the_range(numbers: Numbers) -> None:
    _, channels, start, stop, value, pe = numbers
    layer = slice_layer(*numbers[:-1])
    assert [type(kernel) for kernel in kernels_for(layer)] == [StreamSlice]
    x = random_frames(
        np.random.default_rng(channels), 6, layer.in_type.elements, value.low, value.high
    )
    y = []
    for frame in x.tolist():
        y.append(list[int]())
        for at in range(0, len(frame), channels):
            y[-1] += frame[at + start : at + stop]
    assert run_layer(layer, x).tolist() == y
    frames, answers = ([pack(frame, pe, value.bits) for frame in own] for own in (x, y))
    case(numbers).run(frames, answers)


def test_a_cycle_a_beat_that_is_read() -> None:
    one = case(((2, 3), 12, 4, 6, BIPOLAR, 2))
    assert one.claims == {"cycles": 36, "first_output": 3, "latency": 33}
    assert [stream.beats for stream in (*one.sources, *one.sinks)] == [36, 6]


def test_foldings_divide_both_ends_and_all_channels() -> None:
    def lanes(channels: int, start: int, stop: int) -> list[int]:
        layer = slice_layer((), channels, start, stop, BIPOLAR)
        return [folding.pe for folding in KERNEL.foldings(layer)]

    assert lanes(24, 12, 18) == [1, 2, 3, 6]
    assert lanes(16, 4, 12) == [1, 2, 4]
    assert lanes(10, 4, 8) == [1, 2]
    assert lanes(9, 3, 5) == [1]


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    share, slack = (0.1, 8) if family.fabric is Fabric.LUT6 else (0.15, 12)
    check_estimates(CASES, family, share=share, slack=slack)
