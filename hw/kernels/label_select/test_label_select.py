# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from sim.beats import pack
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.types import TensorType, ValueType, bits_for_range
from xnorflow.kernels.label_select import LabelSelect
from xnorflow.kernels.label_select.rtl import LabelSelectRtl
from xnorflow.simulate.golden import run_layer

KERNEL = LabelSelect()

# classes, PE, input type, offsets from the seed's range
GRID: Sequence[tuple[int, int, ValueType, int]] = (
    (1, 1, ValueType(4, signed=True), 0),
    (2, 1, ValueType(1), 0),
    (10, 10, ValueType(8, signed=True), 0),
    (10, 2, ValueType(7, signed=True), 0),
    (10, 5, ValueType(7, signed=True), 40),
    (7, 1, ValueType(3, signed=True), 3),
    (9, 3, ValueType(5), 6),
    (13, 13, ValueType(4, signed=True), 5),
    (100, 4, ValueType(10, signed=True), 900),
    (2, 2, ValueType(12, signed=True), 1),
)


def argmax_layer(classes: int, value: ValueType, spread: int) -> Layer:
    rng = random.Random(1000 * classes + spread)
    offsets = [rng.randint(-spread, spread) + 7 for _ in range(classes)]
    return Layer(
        name="labels",
        op=ArgMax(np.array(offsets, dtype=np.int32)),
        inputs=("x",),
        output="y",
        in_types=(TensorType((classes,), value),),
        out_type=TensorType((1,), bits_for_range(0, classes - 1)),
    )


def case(classes: int, pe: int, value: ValueType, spread: int) -> Case:
    layer = argmax_layer(classes, value, spread)
    return stage_case(f"{classes}by{pe}x{value}+{spread}", KERNEL, layer, Folding(pe, pe))


CASES = [case(*numbers) for numbers in GRID]


def frames_with_ties(rng: random.Random, layer: Layer, count: int) -> list[list[int]]:
    """Random values, many of them with several maxima of value + offset."""
    assert isinstance(layer.op, ArgMax)
    value, offsets = layer.in_type.value, layer.op.offsets.tolist()
    frames = []
    for number in range(count):
        row = [rng.randint(value.low, value.high) for _ in offsets]
        if number % 2:
            level = rng.randint(value.low + min(offsets), value.high + max(offsets))
            for place in rng.sample(range(len(offsets)), (len(offsets) + 1) // 2):
                row[place] = min(max(level - offsets[place], value.low), value.high)
        frames.append(row)
    frames[0] = [value.low] * len(offsets)
    frames[-1] = [value.high] * len(offsets)
    return frames


def first_maximum(row: Sequence[int], offsets: Sequence[int]) -> int:
    best = 0
    for place in range(len(row)):
        if row[place] + offsets[place] > row[best] + offsets[best]:
            best = place
    return best


@pytest.mark.parametrize("numbers", GRID, ids=[str(c) for c in CASES])
def test_first_maximum_wins(numbers: tuple[int, int, ValueType, int]) -> None:
    classes, pe, value, spread = numbers
    layer = argmax_layer(classes, value, spread)
    assert isinstance(layer.op, ArgMax)
    rows = frames_with_ties(random.Random(repr(numbers)), layer, 24)
    labels = [first_maximum(row, layer.op.offsets.tolist()) for row in rows]
    case(*numbers).run([pack(row, pe, value.bits) for row in rows], [[label] for label in labels])
    golden = run_layer(layer, np.array(rows, dtype=np.int32))
    assert golden.tolist() == [[label] for label in labels]


def test_equal_offsets_cost_no_adder() -> None:
    layer = argmax_layer(10, ValueType(8, signed=True), 0)
    parameters = LabelSelectRtl().instance(layer, Folding(1, 1), XC7).parameters
    assert parameters["HAS_OFFSETS"] == "1'b0"
    assert parameters["VALUE_W"] == "8"


def test_foldings_are_the_divisors() -> None:
    layer = argmax_layer(10, ValueType(8, signed=True), 0)
    assert KERNEL.foldings(layer) == tuple(Folding(k, k) for k in (1, 2, 5, 10))


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    check_estimates(CASES, family, share=0.1 if family.fabric is Fabric.LUT6 else 0.2)
