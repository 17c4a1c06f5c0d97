# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Operations as design.json and design.npz hold them: written, read back, false ones refused."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.rng import generator

from xnorflow.diagnostics import XnorflowError
from xnorflow.files.strict import Strict
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.ops.kinds import kind_of, record_of
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.op import Op
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.slice import Slice
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType

RNG = generator(8)
IMAGE = TensorType((4, 5, 9), BIPOLAR)
PIXELS = TensorType((4, 5, 9), ValueType(3, signed=True))
SWEEP = Sweep((3, 2), (2, 1), (1, 0, 2, 1))
WEIGHTS = RNG.integers(0, 2, (6, 9), dtype=np.uint8)
LIMITS = RNG.integers(0, 10, (3, 6)).astype(np.int32)
KINDS = (np.arange(20) % 3).astype(np.int32)
OPERATIONS: dict[str, tuple[Op, TensorType]] = {
    "add": (Add(), IMAGE),
    "add-weighted": (Add((16, 1), saturates=True), IMAGE),
    "concat": (Concat(), IMAGE),
    "linear": (Linear(RNG.integers(-128, 128, (6, 9), dtype=np.int8)), IMAGE),
    "sumpool": (SumPool(Sweep((2, 2), (2, 2))), IMAGE),
    "argmax": (ArgMax(np.arange(180, dtype=np.int32)), IMAGE),
    "dense": (Dense(WEIGHTS, None), IMAGE),
    "dense-threshold": (Dense(WEIGHTS, LIMITS[0].copy()), IMAGE),
    "dense-kinds": (Dense(WEIGHTS, LIMITS, KINDS), IMAGE),
    "dense-offsets": (Dense(WEIGHTS, None, None, LIMITS[0].copy()), IMAGE),
    "dense-offsets-kinds": (Dense(WEIGHTS, None, KINDS, LIMITS), IMAGE),
    "dense of all": (Dense(RNG.integers(0, 2, (2, 180), dtype=np.uint8), None), IMAGE),
    "fork": (Fork(3), IMAGE),
    "maxpool": (MaxPool(SWEEP), IMAGE),
    "multithreshold": (
        MultiThreshold(
            np.sort(RNG.integers(-9, 9, (9, 3)).astype(np.int32)), WEIGHTS[:1].ravel(), -2
        ),
        PIXELS,
    ),
    "quantize": (Quantize(np.arange(8, dtype=np.int32)[np.newaxis]), PIXELS),
    "quantize-domain": (
        Quantize(np.arange(3, dtype=np.int32)[np.newaxis], range(-2, 4, 2)),
        PIXELS,
    ),
    "slice": (Slice(2, 7), IMAGE),
    "window": (Window(SWEEP, -4), PIXELS),
}


def entry(record: Any) -> Strict:
    return Strict(record, "op", Path("design.json"), "code", "hint")


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_comes_back_whole(name: str) -> None:
    op, before = OPERATIONS[name]
    record = json.loads(json.dumps(record_of(op)))
    arrays = op.arrays()
    kind, stored = kind_of(entry(record))
    assert kind.layouts(stored, (before,)) == {
        key: (array.dtype.name, array.shape) for key, array in arrays.items()
    }
    found = kind.read(stored, (before,), arrays)
    assert type(found) is type(op)
    assert is_dataclass(op)
    for field in fields(op):
        old, new = getattr(op, field.name), getattr(found, field.name)
        assert np.array_equal(old, new), field.name
        assert type(old) is type(new)


def test_a_sweep_is_for_people() -> None:
    assert record_of(Window(SWEEP, 1)) == {
        "kind": "window",
        "kernel": [3, 2],
        "stride": [2, 1],
        "pads": [1, 0, 2, 1],
        "fill": 1,
    }


@pytest.mark.parametrize(
    ("name", "key", "value", "text"),
    [
        (
            "window",
            "kind",
            "conv",
            "op.kind must be one of add, argmax, concat, dense, fork, linear, maxpool, ",
        ),
        ("window", "shape", [1], "op must be an object of kind, kernel, stride, pads, fill, not"),
        ("maxpool", "fill", 0, "op must be an object of kind, kernel, stride, pads, not with"),
        ("window", "kernel", [3], "op.kernel must be of 2 numbers, not 1"),
        ("window", "kernel", [0, 1], "op.kernel[0] must be a whole number from 1 to 1048576"),
        ("window", "kernel", [1 << 40, 1], "op.kernel[0] must be a whole number from 1 to"),
        ("maxpool", "kernel", [2048, 1024], "op.kernel must be of at most 1048576 places, not"),
        ("maxpool", "kernel", [2.0, 2], "op.kernel[0] must be a whole number"),
        ("window", "stride", [1, 0], "op.stride[1] must be a whole number from 1 to"),
        ("window", "stride", [1, 1 << 21], "op.stride[1] must be a whole number from 1 to"),
        ("maxpool", "pads", [0, 0, -1, 0], "op.pads[2] must be a whole number from 0 to"),
        ("maxpool", "pads", [0, 0, 0], "op.pads must be of 4 numbers, not 3"),
        ("maxpool", "pads", [9999] * 4, "op.pads must be such that 268435456 elements suffice"),
        ("window", "fill", 1 << 31, "op.fill must be a whole number from -2147483648 to"),
        ("window", "fill", True, "op.fill must be a whole number"),
        ("dense-kinds", "thresholds", 0, "op.kinds must be false without thresholds or offsets"),
        ("dense-kinds", "thresholds", 21, "op.thresholds must be a whole number from 0 to 20"),
        ("dense-offsets", "offsets", 2, "op.offsets must be a whole number from 0 to 1"),
        ("dense-kinds", "kinds", 3, "op.kinds must be true or false, not 3"),
        ("dense-threshold", "thresholds", 2, "op.thresholds must be a whole number from 0 to 1"),
        ("dense-threshold", "thresholds", -1, "op.thresholds must be a whole number from 0 to 1"),
        ("dense-kinds", "shape", [6, 181], "op.shape[1] must be a whole number from 1 to 180"),
        ("dense", "shape", [1 << 24, 180], "op.shape must be of at most 268435456 elements"),
        ("fork", "copies", 1, "op.copies must be a whole number from 2 to 1024, not 1"),
        ("fork", "copies", 1025, "op.copies must be a whole number from 2 to 1024, not 1025"),
        ("concat", "copies", 2, "op must be an object of kind, not with"),
        ("slice", "start", -1, "op.start must be a whole number from 0 to 8, not -1"),
        ("slice", "start", 9, "op.start must be a whole number from 0 to 8, not 9"),
        ("slice", "start", 7, "op.stop must be a whole number from 8 to 9, not 7"),
        ("slice", "stop", 1 << 40, "op.stop must be a whole number from 3 to 9, not"),
        ("slice", "stop", 6.0, "op.stop must be a whole number from 3 to 9, not 6.0"),
        ("slice", "step", 1, "op must be an object of kind, start, stop, not with"),
        ("add", "factors", [1], "op.factors must be of 2 numbers, not 1"),
        ("add", "factors", [0, 1], "op.factors[0] must be a whole number from 1 to 65536"),
        ("add", "saturates", 1, "op.saturates must be true or false, not 1"),
        ("linear", "shape", [6, 181], "op.shape[1] must be a whole number from 1 to 180"),
        ("argmax", "shape", [181], "op.shape[0] must be a whole number from 1 to 180, not 181"),
        ("quantize", "shape", [1, 9], "op.shape[1] must be a whole number from 1 to 8, not 9"),
        ("quantize-domain", "domain", [1], "op.domain must be of 2 numbers, not 1"),
        ("quantize-domain", "domain", [0, 0], "op.domain must be of a step of at least 1, not 0"),
        ("multithreshold", "shape", [10, 3], "op.shape[0] must be a whole number from 1 to 9, not"),
        ("multithreshold", "shape", [9, 1 << 16], "op.shape[1] must be a whole number from 1 to"),
        ("multithreshold", "shape", [9], "op.shape must be of 2 numbers, not 1"),
        ("multithreshold", "low", 1 << 31, "op.low must be a whole number from -2147483648 to"),
        ("multithreshold", "low", 0.5, "op.low must be a whole number"),
        ("quantize", "shape", [181, 8], "op.shape[0] must be a whole number from 1 to 180"),
    ],
)
def test_a_false_operation_is_refused(name: str, key: str, value: object, text: str) -> None:
    op, before = OPERATIONS[name]
    record = {**record_of(op), key: value}

    def restore() -> None:
        kind, stored = kind_of(entry(record))
        kind.layouts(stored, (before,))
        kind.read(stored, (before,), op.arrays())

    with pytest.raises(XnorflowError) as caught:
        restore()
    assert text in caught.value.diagnostics[0].message


@pytest.mark.parametrize("record", [[], None, {}, {"shape": [1]}, "window"])
def test_an_operation_has_a_kind(record: object) -> None:
    with pytest.raises(XnorflowError, match="op must be an object"):
        kind_of(entry(record))


def test_a_sweep_needs_an_image() -> None:
    kind, stored = kind_of(entry(record_of(MaxPool(SWEEP))))
    with pytest.raises(XnorflowError, match=r"must be of an operation on an image \[H, W, C\]"):
        kind.read(stored, (TensorType((9,), BIPOLAR),), {})
