# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The accelerator's outputs beside those of the model, of which a float library made sums."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.host.meaning import labels_of
from xnorflow.ir.host import HostOutput

__all__ = ["Agreement", "Parting", "check_answers", "compare_answers"]

Array = npt.NDArray[Any]

_OF_SPAN = 1e-5
"""Of all that an output can be, from least to most. A float32 sum of n terms is off by about
sqrt(n) * 6e-8 of it, by n * 6e-8 at worst, and the functions behind it round a few times more; this
is room for the order in which any library adds some thousands. One activation that differs moves a
sum by one of n steps, which is more as long as n is below 100,000, whatever bias comes on top."""

_OF_VALUE = 2 * float(np.finfo(np.float32).eps)
"""Two to four units in the last place: the bias, a scale and the accelerator's own rounding."""


@dataclass(frozen=True)
class Parting:
    """The first output that differs by more than rounding.

    Attributes:
        frame: its frame.
        element: its place in the frame's output, flat.
        ours: the accelerator's.
        theirs: the model's.
    """

    frame: int
    element: int
    ours: float
    theirs: float

    def __str__(self) -> str:
        return (
            f"frame {self.frame}, element {self.element}: the accelerator gives "
            f"{self.ours:.8g}, the model {self.theirs:.8g}"
        )


@dataclass(frozen=True, eq=False)
class Agreement:
    """How far the accelerator's outputs agree with the model's.

    Attributes:
        close: bool [frames]: whether all outputs are equal within float32 rounding.
        exact: bool [frames]: whether all are equal.
        label: int64 [frames]: the accelerator's.
        wanted: int64 [frames]: the model's labels.
        first: the first difference of more than rounding, if there is one.
    """

    close: npt.NDArray[np.bool_]
    exact: npt.NDArray[np.bool_]
    label: npt.NDArray[np.int64]
    wanted: npt.NDArray[np.int64]
    first: Parting | None

    @property
    def labels(self) -> npt.NDArray[np.bool_]:
        """For each frame whether the labels are equal."""
        equal: npt.NDArray[np.bool_] = self.label == self.wanted
        return equal

    def __str__(self) -> str:
        total = f"{len(self.close):,}"
        return (
            f"{self.close.sum():,} of {total} frames agree within float32 rounding, "
            f"{self.labels.sum():,} of {total} labels"
        )


def check_answers(host: HostOutput, frames: int, theirs: Array) -> None:
    """Refuse a model's outputs [frames, ...] that are not those of this network.

    Axes of one element may be missing or too many.

    Raises:
        XnorflowError: ``input-file``: outputs of another shape, or that are no numbers.
    """
    fits = theirs.shape[:1] == (frames,) and _long(theirs.shape[1:]) == _long(host.shape)
    if theirs.dtype.kind not in "biuf" or not fits:
        shape = ", ".join(map(str, (frames, *host.shape)))
        given = f"{theirs.dtype} [{', '.join(map(str, theirs.shape))}]"
        raise XnorflowError(
            Diagnostic(
                "input-file",
                f"the model's answers must be numbers [{shape}], not {given}",
                "store what the ONNX model returned, the frames along the first axis; or rename "
                "the array, if it holds something else",
            )
        )


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def compare_answers(host: HostOutput, ours: Array, label: Array, theirs: Array) -> Agreement:
    """Compare outputs frame by frame.

    Args:
        host: meaning of the accelerator's integers.
        ours: the accelerator's outputs [frames, ...].
        label: its labels [frames].
        theirs: the model's outputs, as ``check_answers`` lets them pass.
    """
    rows, wanted = (a.reshape(len(ours), -1).astype(np.float64) for a in (ours, theirs))
    same = rows == wanted
    near = same | (np.abs(rows - wanted) <= _rounding(host, rows))
    return Agreement(
        near.all(axis=1),
        same.all(axis=1),
        label,
        labels_of(host, wanted),
        _first(near, rows, wanted),
    )


def _rounding(host: HostOutput, ours: Array) -> Array:
    """How far float32 may be off from outputs [frames, elements], broadcast to these."""
    if host.top:
        return np.zeros(1)  # they are indices
    span: Array = np.ptp(host.ends, axis=1)
    value: Array = _OF_VALUE * np.abs(ours)
    if not host.steps:
        return np.asarray(_OF_SPAN * span + value)
    means = (step for step in host.steps if step.kind == "mean")
    added = prod(prod(step.shape) / step.elements for step in means)
    largest = float(np.abs(host.ends).max())
    sums = _OF_SPAN * float(span.max()) + _OF_VALUE * largest * sqrt(added)
    kinds = {step.kind for step in host.steps}
    if "softmax" in kinds:  # exp makes of what sums are off shares of a probability
        largest_value: Array = value.max(axis=1, keepdims=True)
        return 2 * sums * np.abs(ours) + largest_value
    return (2 if "log_softmax" in kinds else 1) * sums + value


def _first(near: npt.NDArray[np.bool_], ours: Array, theirs: Array) -> Parting | None:
    if near.all():
        return None
    frame, element = (int(i) for i in np.argwhere(~near)[0])
    return Parting(frame, element, float(ours[frame, element]), float(theirs[frame, element]))
