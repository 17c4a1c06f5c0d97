# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Real values as stored integers: a bit, or equally spaced ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import XnorflowError
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.ir.types import Ints, bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.read.network import Array

__all__ = ["encode"]

_ALWAYS = 1 << 8
"""Up to so many multiples of a step, any of them may occur."""
_SPARSE = 16
"""Of more multiples of a step at least one in so many must occur."""
_SLACK = 4 * float(np.finfo(np.float32).eps)


def encode(
    results: Array, names: tuple[str, ...], most_bits: int, steps: Sequence[float] = ()
) -> tuple[Ints, Coding] | None:
    """Integers for the values [levels, elements], and what they are worth.

    None where there are more than two values and they are not equally spaced, or take more bits
    than ``most_bits``. Of ``steps`` that the model states values may be few multiples.

    Raises:
        XnorflowError: two values are too far apart; ``names`` are the user's nodes.
    """
    values = np.unique(results.astype(np.float64))
    if len(values) <= 2:
        low, high = float(values[0]), float(values[-1])
        fault = Coding.far_apart(low, high, names)
        if fault is not None:
            raise XnorflowError(fault)
        return (results == values[-1]).astype(np.int32), Coding.of_bits(low, high)
    stated = (_stated(values, step, most_bits) for step in steps)
    coding = next(filter(None, stated), None) or _grid(values, most_bits)
    if coding is None:
        return None
    return np.rint((results - coding.middle) / coding.step).astype(np.int32), coding


def _stated(values: Array, step: float, most_bits: int) -> Coding | None:
    """The coarsest multiple of a step of which all values are multiples, if there is one."""
    codes = np.rint((values - values[0]) / step)
    if codes[-1] >= 1 << 32 or not codes[1]:
        return None
    coarsest = step * int(np.gcd.reduce(codes.astype(np.int64)))
    return _multiples(values, coarsest, most_bits)


def _grid(values: Array, most_bits: int) -> Coding | None:
    """Equal steps of which all values are multiples, from 0 or from the lowest.

    The coarsest step that all differences are multiples of; not all multiples need occur, but so
    many that the step is no chance: a fine one fits a few values of any kind. A value may be off by
    float32's rounding of itself, and of the lowest that it is counted from.
    """
    least, reach = np.diff(values).min(), values[-1] - values[0]
    first = max(len(values) - 1, int(reach / least) - 1)
    most = min(1 << most_bits, max(_ALWAYS, _SPARSE * len(values)))
    found = (_multiples(values, float(reach / count), most_bits) for count in range(first, most))
    return next(filter(None, found), None)


def _multiples(values: Array, step: float, most_bits: int) -> Coding | None:
    """The coding by multiples of a step from 0 or from the lowest value, if all values are some."""
    for offset in (0.0, float(values[0])):
        codes = np.rint((values - offset) / step)
        value = bits_for_range(int(codes[0]), int(codes[-1]))
        slack = _SLACK * np.maximum(np.abs(values), abs(offset))
        near = np.abs(offset + step * codes - values) <= slack
        if near.all() and slack.max() < step / 4 and value.bits <= most_bits:
            return Coding(value, offset, step)
    return None
