# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Answers beside those of the executor: the same, or as near as the order of adding brings them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from tests.fuzz.reference import Answer, Array

Frames = npt.NDArray[np.bool_]

ULPS = 16
"""Units in the last place by which float32 sums may differ that are added in another order."""


def check_form(found: Array, wanted: Answer) -> None:
    """Hold type and shape of answers [frames, elements] against the executor's."""
    rule = f"answers are {found.dtype}{list(found.shape)}"
    assert found.dtype == wanted.output.dtype, f"{rule}, not {wanted.output.dtype}"
    assert found.shape == wanted.output.shape, f"{rule}, not {list(wanted.output.shape)}"


def exact(found: Array, wanted: Answer) -> Frames:
    """The frames whose answers are the same: [frames]."""
    same: Frames = (found == wanted.output).all(axis=1)
    return same


def rounded(found: Array, wanted: Answer) -> Frames:
    """The frames whose answers are the same, or differ as rounding does: [frames].

    Values may differ by some units in the last place of the frame's largest. A choice may be
    another among scores as close as that, but of equal ones it is the same. Where a Softmax made
    them equal, the greater in front of it may come first.
    """
    if wanted.scores is None or wanted.before is None:
        near = _near(found, wanted.output, _slack(wanted.output))
    else:
        near = _chosen(found, wanted.output, wanted.scores, wanted.before)
    result: Frames = ((found == wanted.output) | near).all(axis=1)
    return result


def _chosen(found: Array, wanted: Array, scores: Array, before: Array) -> Frames:
    inside = (found >= 0) & (found < scores.shape[1])
    ours = np.where(inside, found, 0).astype(np.int64)
    theirs = wanted.astype(np.int64)
    mine, other = (np.take_along_axis(before, index, axis=1) for index in (ours, theirs))
    level = np.take_along_axis(scores, ours, axis=1) == np.take_along_axis(scores, theirs, axis=1)
    close = _near(mine, other, _slack(before)) & (mine != other)
    result: Frames = inside & (close | (level & (mine > other)))
    return result


def _near(values: Array, others: Array, slack: Array) -> Frames:
    """Whether both are finite floats and no farther apart than ``slack`` [frames, 1]."""
    if values.dtype.kind != "f":
        return np.zeros(values.shape, dtype=np.bool_)
    finite = np.isfinite(values) & np.isfinite(others)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(values.astype(np.float64) - others.astype(np.float64))
    result: Frames = finite & (apart <= slack)
    return result


def _slack(values: Array) -> Array:
    """What rounding may do to the values of each frame: [frames, 1]."""
    sizes = np.abs(np.where(np.isfinite(values), values, 0).astype(np.float64))
    single = np.finfo(np.float32)
    largest = np.maximum(sizes.max(axis=1, keepdims=True), float(single.smallest_normal))
    slack: Array = ULPS * float(single.eps) * largest
    return slack
