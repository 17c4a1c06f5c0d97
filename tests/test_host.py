# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The host's part, before and behind the accelerator, with good and bad arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.host.frames import input_levels, to_frames
from xnorflow.host.meaning import from_raw
from xnorflow.ir.host import HostInput, HostOutput
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType

UINT8 = ValueType(8)

# to_frames


def refused(host: HostInput, value: ValueType, x: Any) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        to_frames(host, TensorType((4,), value), np.asarray(x))
    (fault,) = caught.value.diagnostics
    return fault


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", "float64", ">i4"])
def test_frames_of_any_number_type(dtype: str) -> None:
    x = np.array([[0, 1, 2, 255]], dtype=dtype)
    frames = to_frames(HostInput((4,)), TensorType((4,), UINT8), x)
    assert frames.dtype == np.int32
    assert frames.tolist() == [[0, 1, 2, 255]]


def test_frames_in_another_order() -> None:
    host = HostInput((2, 2), np.array([3, 0, 2, 1], dtype=np.int32))
    frames = to_frames(host, TensorType((4,), UINT8), np.array([[[10, 11], [12, 13]]]))
    assert frames.tolist() == [[13, 10, 12, 11]]


def test_levels_become_stored_integers() -> None:
    host = HostInput((4,), levels=(-1, 1))
    frame = TensorType((4,), BIPOLAR)
    assert to_frames(host, frame, np.array([[-1, 1, 1, -1.0]])).tolist() == [[0, 1, 1, 0]]
    assert input_levels(host, frame).tolist() == [-1, 1]
    fault = refused(host, BIPOLAR, [[-1, 1, 0, 1]])
    assert fault.code == "input-value"
    assert fault.message == "the input must hold one of -1, 1, not 0 as in frame 0"


@pytest.mark.parametrize("shape", [(4,), (1, 5), (2, 2, 2), (), (0, 4)])
def test_wrong_shapes(shape: tuple[int, ...]) -> None:
    fault = refused(HostInput((4,)), UINT8, np.zeros(shape))
    assert fault.code == "input-shape"
    shown = ", ".join(map(str, shape))
    assert fault.message == f"the input must have shape [frames, 4], not [{shown}]"


@pytest.mark.parametrize("dtype", ["complex64", "U3", "O", "M8[s]"])
def test_wrong_types(dtype: str) -> None:
    fault = refused(HostInput((4,)), UINT8, np.zeros((1, 4), dtype=dtype))
    assert fault.code == "input-dtype"
    assert fault.message.startswith("the input must hold integers, not ")


@pytest.mark.parametrize(
    "bad", [-1, 256, 0.5, float("nan"), float("inf"), -float("inf"), 1 << 40, 1e300]
)
def test_wrong_values(bad: float) -> None:
    x = np.array([[0, 0, 0, 0], [0, 0, bad, 0]])
    fault = refused(HostInput((4,)), UINT8, x)
    assert fault.code == "input-value"
    assert "must hold integers from 0 to 255, not " in fault.message
    assert fault.message.endswith("as in frame 1")
    assert "--input-scale" in fault.hint


@pytest.mark.parametrize("value", [UINT8, ValueType(8, signed=True)])
@pytest.mark.parametrize("bad", [2**64 - 1, 2**32, 2**31])
def test_large_unsigned_values_do_not_wrap(value: ValueType, bad: int) -> None:
    x = np.full((1, 4), bad, dtype=np.uint64)
    assert f"not {bad} as in frame 0" in refused(HostInput((4,)), value, x).message


def test_many_frames_are_checked_to_the_last() -> None:
    x = np.zeros((700_000, 4), dtype=np.uint8)
    x[-1, 2] = 2
    assert refused(HostInput((4,)), BIPOLAR, x).message.endswith("not 2 as in frame 699999")
    x[-1, 2] = 1
    frames = to_frames(HostInput((4,)), TensorType((4,), BIPOLAR), x)
    np.testing.assert_array_equal(frames, x)


# from_raw


def host(table: list[list[float]], first: int, step: int, **options: Any) -> HostOutput:
    shape = options.pop("shape", (2,))
    dtype = options.pop("dtype", "float32")
    return HostOutput(shape, dtype, np.array(table), first, step, **options)


def test_scores_and_their_label() -> None:
    output, label = from_raw(
        host([[-1.5, 0.0, 1.5]], -2, 2), np.array([[-2, 2], [2, 2], [0, -2]], dtype=np.int32)
    )
    assert output.tolist() == [[-1.5, 1.5], [1.5, 1.5], [0.0, -1.5]]
    assert output.dtype == np.float32
    assert label.tolist() == [1, 0, 0]


def test_a_table_for_each_element() -> None:
    output, label = from_raw(
        host([[0, 1, 2], [30, 20, 10]], -2, 2), np.array([[-2, 2]], dtype=np.int32)
    )
    assert output.tolist() == [[0, 10]]
    assert label.tolist() == [1]


def test_the_best_are_chosen_by_value_then_place() -> None:
    table = host([[0, 5, 5]], 0, 1, shape=(1, 2), dtype="int64", top=2)
    output, label = from_raw(table, np.array([[0, 2, 1]], dtype=np.int32))
    assert output.tolist() == [[[1, 2]]]
    assert output.dtype == np.int64
    assert label.tolist() == [1]


@pytest.mark.parametrize(
    ("first", "step", "raw", "wanted"),
    [(0, 1, [[2], [0]], [2, 0]), (-2, 2, [[2], [0], [-2]], [1, 0, 0])],
)
def test_labels_of_one_output(
    first: int, step: int, raw: list[list[int]], wanted: list[int]
) -> None:
    table = host([[-7.0, 0.0, 7.0]], first, step, shape=(1,))
    _, label = from_raw(table, np.array(raw, dtype=np.int32))
    assert label.tolist() == wanted


@pytest.mark.parametrize("bad", [-4, 4, 1, -1])
def test_integers_that_no_sound_accelerator_gives(bad: int) -> None:
    with pytest.raises(XnorflowError) as caught:
        from_raw(host([[0, 1, 2]], -2, 2), np.array([[0, bad]], dtype=np.int32))
    (fault,) = caught.value.diagnostics
    assert fault.code == "raw-out-of-range"
    assert fault.message == f"the accelerator's integers must be -2 to 2 in steps of 2, not {bad}"
