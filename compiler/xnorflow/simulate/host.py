# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The host's part: arrays in the ONNX layout to frames, raw integers to outputs and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.graph import HostInput, HostOutput, HostStep
from xnorflow.ir.input_spec import InputType
from xnorflow.ir.layer import Ints
from xnorflow.ir.types import TensorType

__all__ = ["check_labels", "from_raw", "input_levels", "labels_of", "to_frames"]

_BLOCK_ELEMENTS = 1 << 20
"""Elements checked at once, so that many frames take little more memory than their result."""


def to_frames(host: HostInput, in_type: TensorType, x: npt.NDArray[Any]) -> Ints:
    """Frames [n, elements] of stored integers from ``x`` [n, ...] in the ONNX input's layout.

    Raises:
        XnorflowError: wrong shape or dtype, or values that the input's type does not hold.
    """
    if x.shape[1:] != host.shape or x.ndim == 0 or len(x) == 0:
        wanted = ", ".join(map(str, ("frames", *host.shape)))
        given = ", ".join(map(str, x.shape))
        rule = f"must have shape [{wanted}], not [{given}]"
        raise _error("input-shape", rule, "put the frames along the first axis")
    if x.dtype.kind not in "biuf":
        rule = f"must hold integers, not {x.dtype}"
        raise _error("input-dtype", rule, "convert the array to uint8 or int32")
    rows = x.reshape(len(x), -1)
    frames = np.empty(rows.shape, dtype=np.int32)
    step = max(1, _BLOCK_ELEMENTS // rows.shape[1])
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        ordered = block if host.order is None else block[:, host.order]
        frames[start : start + step] = _stored(host, in_type, ordered, start)
    return frames


def _stored(host: HostInput, in_type: TensorType, x: npt.NDArray[Any], first: int) -> Ints:
    """The stored integers for rows of ``x``, of which the first is frame number ``first``."""
    value = in_type.value
    stored: Ints
    if host.levels is None:
        with np.errstate(invalid="ignore"):  # what int32 does not hold comes out as another value
            stored = x.astype(np.int32)
        wrong = (stored != x) | (stored < value.low) | (stored > value.high)
    else:
        levels = input_levels(host, in_type)
        place = np.searchsorted(levels, x).clip(0, len(levels) - 1)
        stored = (place + value.low).astype(np.int32)
        wrong = levels[place] != x
    if wrong.any():
        frame, element = np.argwhere(wrong)[0]
        if host.levels:
            wanted = "one of " + ", ".join(map(str, host.levels))
        else:
            wanted = f"integers from {value.low} to {value.high}"
        rule = f"must hold {wanted}, not {x[frame, element]} as in frame {first + frame}"
        raise _error("input-value", rule, _hint(host, in_type, x))
    return stored


def _hint(host: HostInput, in_type: TensorType, x: npt.NDArray[Any]) -> str:
    """How ``x`` becomes what the model was compiled for, or the model fit for ``x``."""
    kind = InputType(in_type.value, host.levels)
    hint = (
        f"the model was compiled for {kind} ({host.known_by}); if the arrays hold something else, "
        "compile it with --input-type and --input-scale"
    )
    if x.dtype.kind == "f" and host.levels is None:
        hint += f"; if they hold {_way_back(host, x)}"
    return hint


def _way_back(host: HostInput, x: npt.NDArray[Any]) -> str:
    """What real numbers ``x`` may be, and how integers come of them."""
    if host.scale == 1 and not host.mean and not host.std and np.abs(x).max() <= 1:
        return "pixels divided by 255, give the pixels: numpy.rint(x * 255)"
    real = "x * std" if host.std else "x"
    real = f"{real} + mean" if host.mean else real
    real = f"({real})" if host.mean or host.std else real
    given = "what the model itself takes" if host.mean or host.std else "real numbers"
    return f"{given}, give integers: numpy.rint({real} / {host.scale!r})"


def input_levels(host: HostInput, in_type: TensorType) -> Ints:
    """What the elements of ``x`` may be, ascending: the meaning of each stored integer."""
    value = in_type.value
    return np.asarray(host.levels or range(value.low, value.high + 1), dtype=np.int32)


def from_raw(host: HostOutput, raw: Ints) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """What the ONNX graph would return, and the label of each frame, for ``raw`` [n, elements].

    The label is the index of the largest output (the first of equals); for a model that ends in
    a choice the chosen index; for a single output its bit, or whether it is positive.

    Raises:
        XnorflowError: integers that the last layer cannot give.
    """
    if host.order is not None:
        raw = raw[:, host.order]
    column, rest = np.divmod(raw.astype(np.int64) - host.first, host.step)
    count = host.table.shape[1]
    wrong = (rest != 0) | (column < 0) | (column >= count)
    if wrong.any():
        last = host.first + (count - 1) * host.step
        rule = f"must be {host.first} to {last} in steps of {host.step}, not {raw[wrong][0]}"
        raise XnorflowError(
            Diagnostic(
                "raw-out-of-range",
                f"the accelerator's integers {rule}",
                "read them from the accelerator of this build: program the board with its own "
                "bitstream",
            )
        )
    rows = np.arange(raw.shape[1]) if len(host.table) > 1 else 0
    values = host.table[rows, column]
    for step in host.steps:
        values = _step(step, values)
    if host.top:
        values = np.argsort(-values, axis=1, kind="stable")[:, : host.top]
    output = values.astype(host.dtype).reshape(len(raw), *host.shape)
    return output, _labels(host, values, column)


def _step(step: HostStep, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A step's result [n, elements], computed in float64."""
    frames = values.reshape(len(values), *step.shape)
    axes = tuple(axis + 1 for axis in step.axes)
    if step.kind == "mean":
        result = frames.mean(axis=axes)
    else:
        below = frames - frames.max(axis=axes, keepdims=True)
        total = np.exp(below).sum(axis=axes, keepdims=True)
        result = below - np.log(total) if step.kind == "log_softmax" else np.exp(below) / total
    return np.asarray(result.reshape(len(values), -1))


def labels_of(host: HostOutput, output: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The label of each frame, as of ``from_raw``, where the model itself gave ``output``.

    Args:
        host: meaning of the accelerator's integers.
        output: [frames, ...] in the ONNX output's layout.
    """
    values = output.reshape(len(output), -1)
    column = _nearest(host.table[0], values[:, 0])[:, np.newaxis]
    return _labels(host, values, column)


def _nearest(table: npt.NDArray[np.float64], values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """For each value the index of the one in the table that is nearest."""
    order = np.argsort(table, kind="stable")
    ordered = table[order]
    above = np.minimum(np.searchsorted(ordered, values), len(table) - 1)
    below = np.maximum(above - 1, 0)
    found = np.where(values - ordered[below] <= ordered[above] - values, below, above)
    return order[found].astype(np.int64)


def check_labels(host: HostOutput, elements: int, labels: npt.NDArray[Any]) -> None:
    """Refuse labels that no frame can have.

    Args:
        host: meaning of the accelerator's integers.
        elements: how many integers a frame has.
        labels: integers [frames].

    Raises:
        XnorflowError: ``input-file``.
    """
    values = host.steps[-1].elements if host.steps else elements
    is_index = values == 1 and (host.first, host.step) == (0, 1) and not host.steps
    count = host.table.shape[1] if is_index else max(values, 2)
    wrong = (labels < 0) | (labels >= count)
    if wrong.any():
        frame = int(np.argmax(wrong))
        rule = f"must hold labels y from 0 to {count - 1}, not {labels[frame]} as of frame {frame}"
        hint = "count the model's classes from 0, or leave y out"
        raise _error("input-file", rule, hint)


def _labels(
    host: HostOutput, values: npt.NDArray[Any], column: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    if host.top:
        labels = values[:, 0]
    elif values.shape[1] > 1:
        labels = values.argmax(axis=1)
    elif (host.first, host.step) == (0, 1) and not host.steps:
        labels = column[:, 0]
    else:
        labels = values[:, 0] > 0
    return labels.astype(np.int64)


def _error(code: str, rule: str, hint: str) -> XnorflowError:
    return XnorflowError(Diagnostic(code, f"the input {rule}", hint))
