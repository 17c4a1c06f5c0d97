# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, Code, TensorType, ValueType
from xnorflow.kernels.maxpool import MaxPoolUnit
from xnorflow.simulate.golden import run_layer

KERNEL = MaxPoolUnit()

Shape = tuple[int, int, int]


def pool_layer(shape: Shape, sweep: Sweep, value: ValueType = BIPOLAR) -> Layer:
    down, across = sweep.positions(*shape[:2])
    before, after = TensorType(shape, value), TensorType((down, across, shape[2]), value)
    return Layer("pool0", MaxPool(sweep), ("x",), "y", (before,), after)


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
    "strides beyond the kernel": ((9, 11, 2), Sweep((2, 1), (4, 3)), 1),
    "global": ((5, 6, 7), Sweep((5, 6)), 7),
    "global by beats": ((4, 3, 9), Sweep((4, 3), (4, 3)), 3),
    "global padded": ((3, 4, 2), Sweep((5, 5), (5, 5), (2, 1, 0, 0)), 1),
    "nearly global": ((6, 6, 1), Sweep((5, 5)), 1),
    "column": ((9, 1, 4), Sweep((3, 1), (2, 1)), 2),
    "row": ((1, 9, 4), Sweep((1, 3), (1, 2), (0, 1, 0, 1)), 4),
    "column padded": ((4, 1, 3), Sweep((2, 3), (1, 1), (1, 1, 1, 1)), 1),
    "row of beats": ((1, 11, 6), Sweep((1, 5), (1, 2), (0, 2, 0, 2)), 2),
    "global row": ((1, 7, 4), Sweep((1, 7)), 4),
    "global column by beats": ((6, 1, 6), Sweep((6, 1), (6, 1)), 2),
    "4x3/3x2 odd and padded": ((7, 5, 3), Sweep((4, 3), (3, 2), (2, 1, 0, 1)), 1),
    "subsampling": ((5, 5, 2), Sweep((1, 1), (2, 2)), 2),
    "pixel": ((1, 1, 6), Sweep((1, 1)), 2),
    "pixel amid padding": ((1, 1, 3), Sweep((3, 3), (1, 1), (2, 2, 2, 2)), 3),
    "long rows": ((3, 40, 20), Sweep((2, 2), (1, 2)), 5),
}


VALUES = [
    ValueType(1, signed=True),
    ValueType(2),
    ValueType(3, signed=True),
    ValueType(4, code=Code(2, -15)),
    ValueType(7, signed=True),
    ValueType(8),
    ValueType(8, signed=True),
    ValueType(13),
    ValueType(16, signed=True),
]
OF_INTEGERS = [(name, VALUES[number % len(VALUES)]) for number, name in enumerate(LAYERS)]


def layer_of(name: str, value: ValueType = BIPOLAR) -> Layer:
    shape, sweep, _ = LAYERS[name]
    return pool_layer(shape, sweep, value)


def case_of(name: str, value: ValueType = BIPOLAR) -> Case:
    pe = LAYERS[name][2]
    return stage_case(f"{name} {value}", KERNEL, layer_of(name, value), Folding(pe, pe))


CASES = [*(case_of(name) for name in LAYERS), *(case_of(*named) for named in OF_INTEGERS)]

# Such that what rows of windows have seen is worth block RAM.
DEEP: dict[str, tuple[Shape, Sweep, ValueType, int]] = {
    "2x2/2x1": ((3, 128, 12), Sweep((2, 2), (2, 1)), ValueType(8, signed=True), 3),
    "3x3/1 padded": ((3, 40, 36), Sweep((3, 3), (1, 1), (1, 1, 1, 1)), ValueType(7), 4),
    "lone row, pixels of a beat": ((2, 500, 3), Sweep((2, 2), (2, 1)), ValueType(8), 3),
}


def deep_case(name: str) -> Case:
    shape, sweep, value, pe = DEEP[name]
    return stage_case(f"deep {name}", KERNEL, pool_layer(shape, sweep, value), Folding(pe, pe))


CASES += map(deep_case, DEEP)


def maxima(frame: list[int], shape: Shape, sweep: Sweep) -> list[int]:
    """Window by window, pixel by pixel; beyond the image there is nothing."""
    height, width, channels = shape
    down, across = sweep.positions(height, width)
    result = []
    for i, j, c in product(range(down), range(across), range(channels)):
        seen = []
        for dy, dx in product(range(sweep.kernel[0]), range(sweep.kernel[1])):
            y = i * sweep.stride[0] - sweep.pads[0] + dy
            x = j * sweep.stride[1] - sweep.pads[1] + dx
            if 0 <= y < height and 0 <= x < width:
                seen.append(frame[(y * width + x) * channels + c])
        result.append(max(seen))
    return result


@pytest.mark.parametrize("name", LAYERS)
def test_every_window_gives_its_maximum(name: str) -> None:
    shape, sweep, pe = LAYERS[name]
    layer = layer_of(name)
    assert sweep == sweep.reached(*shape[:2])
    assert [type(kernel) for kernel in kernels_for(layer)] == [MaxPoolUnit]
    rng = np.random.default_rng(len(name))
    x = random_frames(rng, 6, layer.in_type.elements, 0, 1)
    x[2:] &= rng.random(x[2:].shape) < 1 / sweep.area**0.7  # so that maxima differ
    y = [maxima(frame, shape, sweep) for frame in x.tolist()]
    assert run_layer(layer, x).tolist() == y
    frames, answers = [pack(f, pe, 1) for f in x], [pack(f, pe, 1) for f in y]
    case_of(name).run(frames, answers)


@pytest.mark.parametrize(("name", "value"), OF_INTEGERS, ids=str)
def test_integers_of_any_width(name: str, value: ValueType) -> None:
    shape, sweep, pe = LAYERS[name]
    layer = layer_of(name, value)
    rng = np.random.default_rng(value.bits)
    x = random_frames(rng, 6, layer.in_type.elements, value.low, value.high)
    x[2] = value.low
    x[3] = np.where(rng.random(x[3].shape) < 0.5, value.low, value.low + 1)
    y = [maxima(frame, shape, sweep) for frame in x.tolist()]
    assert run_layer(layer, x).tolist() == y
    frames, answers = ([pack(f, pe, value.bits) for f in part] for part in (x, y))
    case_of(name, value).run(frames, answers)


@pytest.mark.parametrize("name", DEEP)
def test_rows_in_block_ram_are_the_same(name: str) -> None:
    shape, sweep, value, pe = DEEP[name]
    case = deep_case(name)
    assert case.instance(XC7).parameters["BLOCK"] == "1'b1"
    assert case.estimate(XC7).bram18 > 0
    elements = shape[0] * shape[1] * shape[2]
    x = random_frames(np.random.default_rng(1), 4, elements, value.low, value.high)
    y = [maxima(frame, shape, sweep) for frame in x.tolist()]
    case.run(*([pack(f, pe, value.bits) for f in part] for part in (x, y)))


def test_parameters_of_bits_name_no_type() -> None:
    bits = case_of("2x2/2").instance(XC7).parameters
    signed = case_of("2x2/2", ValueType(8, signed=True)).instance(XC7).parameters
    assert signed == {**bits, "BITS": "8", "SIGNED": "1'b1", "BLOCK": "1'b0"}


def test_what_does_not_match() -> None:
    bits = TensorType((4,), BIPOLAR)
    table = np.array([[1, 0]], dtype=np.int32)
    assert not KERNEL.matches(Layer("quantize0", Quantize(table), ("x",), "y", (bits,), bits))


def test_foldings_are_the_divisors_of_the_channels() -> None:
    foldings = KERNEL.foldings(pool_layer((4, 6, 12), Sweep((2, 2), (2, 2))))
    assert foldings == tuple(Folding(k, k) for k in (1, 2, 3, 4, 6, 12))


def test_padding_costs_steps_only_at_the_bottom_and_on_the_right() -> None:
    layer = pool_layer((5, 4, 6), Sweep((3, 3), (1, 1), (1, 1, 1, 1)))
    assert KERNEL.cycles(layer, Folding(2, 2)) == 6 * 5 * 3
    layer = pool_layer((6, 8, 6), Sweep((3, 3), (2, 2), (1, 1, 0, 0)))
    assert KERNEL.cycles(layer, Folding(6, 6)) == 6 * 8


def test_an_image_of_224_columns_stays_reasonable() -> None:
    layer = pool_layer((224, 224, 256), Sweep((2, 2), (2, 2)))
    assert KERNEL.resources(layer, Folding(1, 1), XC7).lut < 800
    assert KERNEL.resources(layer, Folding(64, 64), XC7).lut < 1000


# As CASES, for synthesis alone: CNV's two pools, then wide words, long rows and large windows.
LARGER: list[tuple[Shape, Sweep, int]] = [
    ((28, 28, 64), Sweep((2, 2), (2, 2)), 32),
    ((10, 10, 128), Sweep((2, 2), (2, 2)), 16),
    ((14, 14, 48), Sweep((3, 3), (1, 1), (1, 1, 1, 1)), 48),
    ((14, 14, 48), Sweep((3, 3), (3, 3)), 1),
    ((32, 32, 16), Sweep((5, 5), (2, 2)), 16),
    ((56, 56, 16), Sweep((3, 3), (2, 2)), 16),
    ((112, 112, 64), Sweep((3, 3), (2, 2), (1, 1, 0, 0)), 8),
    ((112, 112, 4), Sweep((2, 2)), 4),
    ((224, 224, 64), Sweep((2, 2), (2, 2)), 1),
    ((7, 7, 64), Sweep((7, 7)), 16),
    ((9, 9, 40), Sweep((9, 9)), 40),
    ((1, 64, 32), Sweep((1, 4), (1, 4)), 32),
    ((33, 31, 10), Sweep((5, 5), (2, 2), (2, 2, 2, 2)), 5),
    ((3, 39, 64), Sweep((7, 1), (1, 4), (5, 0, 4, 0)), 64),
    ((16, 30, 64), Sweep((2, 2), (4, 3)), 32),
    ((35, 19, 96), Sweep((7, 6), (3, 2), (3, 3, 2, 2)), 12),
]


def larger_case(at: int, value: ValueType, fewer: int = 1) -> Case:
    shape, sweep, pe = LARGER[at]
    pe = pe // fewer or 1
    layer = pool_layer(shape, sweep, value)
    return stage_case(f"{shape} {sweep} {value} {pe}", KERNEL, layer, Folding(pe, pe))


def larger_cases() -> list[Case]:
    bits = [larger_case(at, BIPOLAR) for at in range(len(LARGER))]
    wide = (ValueType(4), ValueType(8, signed=True), ValueType(16))
    return bits + [larger_case(at, wide[at % 3], 4) for at in range(len(LARGER))]


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family, every: int) -> None:
    cases = [*CASES, *larger_cases()][::every]
    if family.fabric is Fabric.LUT6:
        check_estimates(cases, family, share=0.15, slack=10)
        return
    # A comparison becomes LUT4 alone or a carry chain, of few bits either way in one layer.
    check_estimates([c for c in cases if c.source.bits == 1], family, share=0.25, slack=20)
    check_estimates([c for c in cases if c.source.bits > 3], family, share=0.35, slack=20)


def test_pools_of_cnv_are_small() -> None:
    estimates = [larger_case(at, BIPOLAR).estimate(XC7).lut for at in range(2)]
    assert max(estimates) < 100
