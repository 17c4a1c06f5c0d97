# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the accelerator's integers mean: outputs as the model gives them, and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.host import HostLine, HostOutput, HostStep
from xnorflow.ir.types import Ints

__all__ = ["check_labels", "from_raw", "labels_of"]


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
    count = host.count
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
    values = host.values_at(column)
    for step in host.steps:
        values = _step(step, values)
    if host.top:
        values = np.argsort(-values, axis=1, kind="stable")[:, : host.top].astype(np.float64)
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
    column = _nearest(host, values[:, 0])[:, np.newaxis]
    return _labels(host, values, column)


def _nearest(host: HostOutput, values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """For each value of the first element the number of the integer whose value is nearest."""
    if isinstance(host.table, HostLine):
        raw = (values - host.table.offset[0]) / host.table.scale[0]
        numbers: npt.NDArray[np.int64] = np.rint((raw - host.first) / host.step).astype(np.int64)
        return numbers.clip(0, host.count - 1)
    table = host.table[0]
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
    count = host.count if is_index else max(values, 2)
    wrong = (labels < 0) | (labels >= count)
    if wrong.any():
        frame = int(np.argmax(wrong))
        rule = f"must hold labels y from 0 to {count - 1}, not {labels[frame]} as of frame {frame}"
        hint = "count the model's classes from 0, or leave y out"
        raise XnorflowError(Diagnostic("input-file", f"the input {rule}", hint))


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
