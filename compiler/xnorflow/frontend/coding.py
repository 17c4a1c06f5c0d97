# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What stored integers are worth to the user's graph, and which sums of products they give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.ir.ranges import dot_range
from xnorflow.ir.types import BINARY, ValueType

if TYPE_CHECKING:
    from xnorflow.frontend.network import Array
    from xnorflow.frontend.weights import Matrix

__all__ = ["Coding", "accumulate", "accumulator_chunks", "is_exact"]

_CHUNK = 1 << 22
"""Values evaluated at once: 16 MiB of float32."""


@dataclass(frozen=True)
class Coding:
    """How a float activation follows from what the hardware stores: middle + step * s.

    Attributes:
        value: type of the stored integer.
        middle: float value of s = 0.
        step: float distance; s is -1 or +1 for a stored bit, else the stored integer itself.
    """

    value: ValueType
    middle: float
    step: float

    @staticmethod
    def of_bits(low: float, high: float) -> Coding:
        """The coding of a bit that stands for two levels."""
        return Coding(BINARY, (low + high) / 2, (high - low) / 2)


def accumulate(matrix: Matrix, coding: Coding, dots: Array) -> Array:
    """What the executor's MatMul or Gemm returns for integer dot products.

    Args:
        matrix: the product.
        coding: of its input.
        dots: [K, out] or [K, 1]: sum of sign(weight) * s.

    Returns:
        [K, out] in the executor's type, rounded once where the executor may round more often.
    """
    exact = matrix.scale * (coding.step * dots + coding.middle * matrix.signs)
    values: Array = exact.astype(matrix.dtype)
    if matrix.alpha != 1:
        values = values * matrix.dtype.type(matrix.alpha)
    return values if matrix.bias is None else values + matrix.bias


def accumulator_chunks(matrix: Matrix, coding: Coding) -> Iterator[Array]:
    """Accumulators for every reachable dot product, ascending, [K, out] in chunks of rows."""
    channels, width = matrix.bits.shape
    dots = np.asarray(dot_range(width, coding.value), dtype=np.float64)[:, np.newaxis]
    rows = max(1, _CHUNK // channels)
    for start in range(0, len(dots), rows):
        yield accumulate(matrix, coding, dots[start : start + rows])


def is_exact(matrix: Matrix, coding: Coding) -> bool:
    """Whether the executor's sums of products are exact in whatever order it adds.

    They are if every product is a multiple of one unit and no sum exceeds 2^digits units.
    """
    largest = max(abs(s) for s in (coding.value.low, coding.value.high, 1))
    if coding.value.is_binary:
        ends = [coding.middle - coding.step, coding.middle + coding.step]
    else:
        ends = [coding.middle, coding.step]
    unit = min(map(_unit, ends)) * min(map(_unit, np.unique(matrix.scale)))
    reach = (abs(coding.middle) + abs(coding.step) * largest) * matrix.bits.shape[1]
    digits = np.finfo(matrix.dtype).nmant + 1
    return bool(reach * matrix.scale.max() <= unit * 2.0**digits)


def _unit(value: float | npt.NDArray[np.float64]) -> float:
    """The largest power of two that divides a float; infinite for 0."""
    mantissa, exponent = np.frexp(float(value))
    whole = int(mantissa * 2.0**53)
    return float("inf") if whole == 0 else (whole & -whole) * 2.0 ** (float(exponent) - 53)
