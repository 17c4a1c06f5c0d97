# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Why the model decides otherwise than exact arithmetic on the very same activations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.trace.operators import LAYOUT
from xnorflow.ir.types import Ints

__all__ = ["Cause", "cause_at_the_end", "cause_inside"]

Array = npt.NDArray[Any]

_REMEDY_INSIDE = (
    "so that float32 is exact too; or let no sum meet the threshold: a BatchNorm before the sign, "
    "or an odd number of inputs"
)
_REMEDY_AT_THE_END = (
    "so that float32 is exact too; a bias or BatchNorm behind the last product keeps outputs from "
    "being equal"
)
_SAME_SUMS = "both have the same sums, and the nodes behind them round otherwise"


@dataclass(frozen=True)
class Cause:
    """What makes model and hardware part.

    Attributes:
        text: what both compute, and why.
        remedy: what to change in the model, if anything helps.
    """

    text: str
    remedy: str = ""


def cause_inside(tap: Tap, vectors: Ints, tensors: Mapping[str, Array], element: int) -> Cause:
    """Why an activation differs though all in front of it agrees.

    Args:
        tap: where it differs.
        vectors: the frame's stored integers that the product reads.
        tensors: the model's tensors.
        element: which one in the tap's tensor.
    """
    if tap.product is None:
        return _without_product(tap, "the model makes another value of this than when compiled")
    exact, model = tap.exact_sums(vectors), tap.model_sums(tensors[tap.sums])
    deciding = tap.deciding(exact, model)
    nearest = tap.ending_at(deciding, element)
    cells = nearest if nearest.size else deciding
    if not cells.size:
        return Cause(_SAME_SUMS)
    return _of_sum(tap, exact, model, int(cells[0]), _REMEDY_INSIDE)


def cause_at_the_end(
    tap: Tap, vectors: Ints, tensors: Mapping[str, Array], labels: tuple[int, int]
) -> Cause:
    """Why answers differ though all activations agree.

    Args:
        tap: the end.
        vectors: the frame's stored integers that the last product reads.
        tensors: the model's tensors.
        labels: the accelerator's and the model's.
    """
    if tap.product is None:
        return _without_product(tap, _of_finish(tap))
    exact, model = tap.exact_sums(vectors), tap.model_sums(tensors[tap.sums])
    ours, theirs = tap.scores(exact), tensors[tap.tensor].ravel()
    pair = [*labels]
    if ours is not None and labels[0] != labels[1] and max(labels) < len(ours) > 1:
        if (ours[pair] != theirs[pair]).any():
            return _of_labels(tap, ours, theirs, labels)
        return Cause(_of_finish(tap))
    apart = np.abs(exact - model)
    if not apart.any():
        return Cause(_of_finish(tap))
    return _of_sum(tap, exact, model, int(np.argmax(apart)), _REMEDY_AT_THE_END)


def _without_product(tap: Tap, otherwise: str) -> Cause:
    """What is said where no sums of 1-bit weights decide."""
    if tap.coarse is None:
        return Cause(otherwise)
    text = f"the model computes this with an error ({tap.coarse.text}), the hardware exactly"
    return Cause(text, tap.coarse.remedy)


def _of_labels(tap: Tap, ours: Array, theirs: Array, labels: tuple[int, int]) -> Cause:
    one, other = sorted(labels)
    why, remedy = _why(tap, _REMEDY_AT_THE_END)
    float32 = f"the model's float32 gives {theirs[one]:.8g} and {theirs[other]:.8g}{why}"
    if ours[one] == ours[other]:
        text = f"outputs {one} and {other} are equal by exact arithmetic, {ours[one]:.8g}; "
        return Cause(f"{text}{float32}; the hardware takes the first of equals", remedy)
    text = f"outputs {one} and {other} are {ours[one]:.8g} and {ours[other]:.8g} by exact sums; "
    return Cause(text + float32, remedy)


def _of_finish(tap: Tap) -> str:
    """Why answers differ where the scores in front of the host's steps do not."""
    kinds = " and ".join(dict.fromkeys(n.op_type for n in tap.finish if n.op_type not in LAYOUT))
    if not kinds:
        return _SAME_SUMS
    return (
        f"both have the same scores; the model computes {kinds} behind them in float32, the host "
        "in float64, or not at all in front of a choice that it does not change"
    )


def _of_sum(tap: Tap, exact: Array, model: Array, cell: int, remedy: str) -> Cause:
    why, remedy = _why(tap, remedy)
    return Cause(
        f"{tap.place(cell)}: the exact sum is {exact[cell]:.8g}; the model's float32 sum is "
        f"{model[cell]:.8g}{why}; the hardware decides by exact arithmetic",
        remedy,
    )


def _why(tap: Tap, remedy: str) -> tuple[str, str]:
    """Why float32 gives another sum, and the remedy if it is one."""
    digits = tap.digits
    if digits.is_exact:
        bias = " and should add the bias last" if digits.matrix.bias is not None else ""
        return f", although it holds every partial sum of products exactly{bias}", ""
    coarse = digits.coarse
    return f": {coarse.text}, so that float32 rounds partial sums", f"{coarse.remedy}, {remedy}"
