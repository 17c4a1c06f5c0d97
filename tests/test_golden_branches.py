# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Operations of branched networks in the golden engine, against loops over single elements."""

from __future__ import annotations

import numpy as np
import pytest
from tests.qonnx_net import Array

from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.op import Op
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType, Worth
from xnorflow.simulate.golden import run_layer

INT8, UINT4 = ValueType(8, signed=True), ValueType(4)
FRAMES = 7


def frames(kind: TensorType, seed: int) -> Array:
    drawn: Array = np.random.default_rng(seed).integers(
        kind.value.low, kind.value.high + 1, (FRAMES, *kind.shape)
    )
    return drawn.astype(np.int32)


def layer(op: Op, before: tuple[TensorType, ...], after: TensorType) -> Layer:
    """A layer that keeps its rules."""
    assert not [*op.faults(before, after)]
    names = tuple(f"x{number}" for number in range(len(before)))
    return Layer("one", op, names, "y", before, after)


def number(stored: int, value: ValueType) -> int:
    return 2 * stored - 1 if value == BIPOLAR else stored


@pytest.mark.parametrize(
    ("first", "second", "factors", "after"),
    [
        (INT8, INT8, (1, 1), ValueType(9, signed=True)),
        (INT8, UINT4, (1, 3), ValueType(9, signed=True)),
        (INT8, BIPOLAR, (1, 16), ValueType(9, signed=True)),
        (BIPOLAR, BIPOLAR, (2, 4), ValueType(4, signed=True)),
    ],
)
@pytest.mark.parametrize("saturates", [False, True])
def test_sums(
    first: ValueType,
    second: ValueType,
    factors: tuple[int, int],
    after: ValueType,
    saturates: bool,
) -> None:
    before = TensorType((2, 3), first), TensorType((2, 3), second)
    after = ValueType(3, signed=True) if saturates else after
    one = layer(Add(factors, saturates), before, TensorType((2, 3), after))
    x, y = frames(before[0], 1), frames(before[1], 2)
    found = run_layer(one, x, y).ravel().tolist()
    for a, b, made in zip(x.ravel().tolist(), y.ravel().tolist(), found, strict=True):
        whole = factors[0] * number(a, first) + factors[1] * number(b, second)
        assert made == (min(max(whole, -4), 3) if saturates else whole)
        assert saturates or whole in one.op.results(before, one.out_type)


def test_a_sum_that_saturates_is_narrower() -> None:
    before = TensorType((2,), INT8), TensorType((2,), INT8)
    (fault,) = Add(saturates=True).faults(before, TensorType((2,), ValueType(9, signed=True)))
    assert "must be narrower" in fault


def test_channels_side_by_side() -> None:
    before = TensorType((2, 2, 3), INT8), TensorType((2, 2, 1), INT8)
    one = layer(Concat(), before, TensorType((2, 2, 4), INT8))
    x, y = frames(before[0], 1), frames(before[1], 2)
    found = run_layer(one, x, y).reshape(FRAMES, 2, 2, 4)
    for frame, down, across in np.ndindex(FRAMES, 2, 2):
        wanted = [*x[frame, down, across].tolist(), *y[frame, down, across].tolist()]
        assert found[frame, down, across].tolist() == wanted


@pytest.mark.parametrize("value", [INT8, UINT4, BIPOLAR])
@pytest.mark.parametrize("shape", [(2, 3, 5), (5,)])
@pytest.mark.parametrize(("start", "stop"), [(0, 2), (1, 4), (4, 5), (0, 5)])
def test_a_range_of_channels(
    value: ValueType, shape: tuple[int, ...], start: int, stop: int
) -> None:
    before, after = (TensorType((*shape[:-1], n), value) for n in (5, stop - start))
    x = frames(before, 1)
    found = run_layer(layer(Slice(start, stop), (before,), after), x)
    pixels, kept = x.reshape(FRAMES, -1, 5), found.reshape(FRAMES, -1, stop - start)
    for frame, pixel in np.ndindex(pixels.shape[:2]):
        assert kept[frame, pixel].tolist() == pixels[frame, pixel].tolist()[start:stop]


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (2, 2), (3, 2), (0, 6), (5, 6)])
def test_a_range_is_of_the_channels(start: int, stop: int) -> None:
    before = TensorType((2, 2, 5), INT8)
    (fault,) = Slice(start, stop).faults((before,), before)
    assert fault == f"start and stop must be a range of 5 channels, not {start} to {stop}"


@pytest.mark.parametrize(
    "after",
    [
        TensorType((2, 2, 3), INT8),
        TensorType((2, 2), INT8),
        TensorType((2, 2, 2), UINT4),
        TensorType((2, 2, 2), INT8, Worth(2.0)),
    ],
)
def test_a_range_leaves_values_as_they_are(after: TensorType) -> None:
    before = TensorType((2, 2, 5), INT8, Worth(0.5))
    (fault,) = Slice(1, 3).faults((before,), after)
    assert fault.startswith("output must be int8[2x2x2] worth Worth(scale=0.5")


@pytest.mark.parametrize("value", [INT8, UINT4, BIPOLAR])
def test_sums_of_windows(value: ValueType) -> None:
    before, sweep = TensorType((4, 6, 2), value), Sweep((2, 3), (2, 3))
    bits = {INT8: ValueType(11, True), UINT4: ValueType(7), BIPOLAR: ValueType(4, True)}[value]
    one = layer(SumPool(sweep), (before,), TensorType((2, 2, 2), bits))
    x = frames(before, 3)
    found = run_layer(one, x).reshape(FRAMES, 2, 2, 2)
    for frame, down, across, channel in np.ndindex(FRAMES, 2, 2, 2):
        window = x[frame, 2 * down : 2 * down + 2, 3 * across : 3 * across + 3, channel]
        whole = sum(number(v, value) for v in window.ravel().tolist())
        assert found[frame, down, across, channel] == whole
        assert whole in one.op.results((before,), one.out_type)


def test_products_of_integer_weights() -> None:
    rng = np.random.default_rng(4)
    weights = rng.integers(-128, 128, (5, 9)).astype(np.int8)
    before = TensorType((9,), ValueType(14, signed=True))
    sums = Linear(weights).sums(before.value)
    bits = max(sums[-1].bit_length(), (-sums[0] - 1).bit_length()) + 1
    one = layer(Linear(weights), (before,), TensorType((5,), ValueType(bits, signed=True)))
    x = frames(before, 5)
    found = run_layer(one, x)
    for frame, row in np.ndindex(FRAMES, 5):
        pairs = zip(x[frame].tolist(), weights[row].tolist(), strict=True)
        assert found[frame, row] == sum(a * b for a, b in pairs)


@pytest.mark.parametrize("value", [BIPOLAR, UINT4])
@pytest.mark.parametrize("factor", [1, 2])
def test_offsets_of_sums(value: ValueType, factor: int) -> None:
    rng = np.random.default_rng(6)
    weights = rng.integers(0, 2, (3, 5), dtype=np.uint8)
    offsets = rng.integers(-4, 5, (2, 3)).astype(np.int32)
    kinds = np.array([0, 1, 1, 0], dtype=np.int32)
    op, before = Dense(weights, None, kinds, offsets, factor), TensorType((2, 2, 5), value)
    sums = op.sums(value)
    bits = max(sums[-1].bit_length(), (-sums[0] - 1).bit_length()) + 1
    one = layer(op, (before,), TensorType((2, 2, 3), ValueType(bits, signed=True)))
    x = frames(before, 7)
    found = run_layer(one, x).reshape(FRAMES, 4, 3)
    for frame, pixel, row in np.ndindex(FRAMES, 4, 3):
        seen = x[frame].reshape(4, 5)[pixel].tolist()
        pairs = zip(seen, (2 * weights[row].astype(int) - 1).tolist(), strict=True)
        whole = sum(number(a, value) * w for a, w in pairs)
        assert found[frame, pixel, row] == factor * whole + offsets[kinds[pixel], row]
        assert found[frame, pixel, row] in sums


def test_tables_of_channels_over_what_occurs() -> None:
    table = np.array([[3, 1, 2, 0], [0, 0, 1, 3]], dtype=np.int32)
    before = TensorType((3, 2), INT8)
    one = layer(Quantize(table, range(-3, 5, 2)), (before,), TensorType((3, 2), ValueType(2)))
    x = np.random.default_rng(8).choice([-3, -1, 1, 3], (FRAMES, 3, 2)).astype(np.int32)
    found = run_layer(one, x).reshape(FRAMES, 3, 2)
    for frame, pixel, channel in np.ndindex(FRAMES, 3, 2):
        place = [-3, -1, 1, 3].index(x[frame, pixel, channel])
        assert found[frame, pixel, channel] == table[channel, place]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("value", [ValueType(30, signed=True), ValueType(17), ValueType(32)])
def test_thresholds_reached(value: ValueType, rows: int) -> None:
    """Two equal ones, some that every input reaches, and some that none does."""
    rng = np.random.default_rng(rows)
    drawn = rng.integers(value.low, min(value.high, (1 << 31) - 1), (rows, 6)).astype(np.int32)
    drawn[:, 1] = drawn[:, 0]
    drawn[0, 2], drawn[-1, 3] = value.low, min(value.high + 1, (1 << 31) - 1)
    falls = (np.arange(rows, dtype=np.uint8) + 1) % 2
    op = MultiThreshold(np.sort(drawn), falls, -2)
    before = TensorType((2, 2, 3), value)
    one = layer(op, (before,), TensorType((2, 2, 3), ValueType(4, signed=True)))
    x = rng.choice([*drawn.ravel(), *(drawn.ravel() - 1), value.low, value.high], (50, 12))
    x = np.clip(x, value.low, value.high)
    found = one.op.run((x,), one.in_types, one.out_type)
    for frame, element in np.ndindex(x.shape):
        row = element % rows
        reached = sum(x[frame, element] >= t for t in drawn[row].tolist())
        assert found[frame, element] == (4 - reached if falls[row] else reached - 2)
        assert found[frame, element] in one.op.results(one.in_types, one.out_type)
