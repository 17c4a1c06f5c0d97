# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Every sum that a product can give, as the executor would compute it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from xnorflow.frontend.coding import Coding
    from xnorflow.frontend.gather import Labels
    from xnorflow.frontend.network import Array
    from xnorflow.frontend.padding import Padding
    from xnorflow.frontend.weights import Matrix

__all__ = ["Sums"]

_CHUNK = 1 << 22
"""Values evaluated at once: 16 MiB of float32."""


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums of chosen elements of a product's result.

    The dot product of an element's signs with what is stored takes ``count`` values, from its
    lowest in equal steps; their numbers are what ``at`` takes.

    Attributes:
        matrix: the product.
        coding: of its input.
        padding: which of the input's elements are constants, for each class of pixels.
        classes: [R]: class of each element's pixel.
        channels: [R]: channel of each element.
    """

    matrix: Matrix
    coding: Coding
    padding: Padding
    classes: Labels
    channels: Labels

    @property
    def lows(self) -> npt.NDArray[np.int64]:
        """[R]: lowest dot product of each element."""
        lowest: npt.NDArray[np.int64] = -self.padding.counts[self.classes] * self.coding.largest
        return lowest

    @property
    def step(self) -> int:
        """Distance of dot products."""
        return 2 if self.coding.value.is_binary else 1

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """[R]: how many dot products each element has."""
        numbers: npt.NDArray[np.int64] = -2 * self.lows // self.step + 1
        return numbers

    @property
    def constants(self) -> npt.NDArray[np.float64]:
        """[R, ...]: elements with the same constants have the same sum for the same number."""
        matrix, channels = self.matrix, self.channels
        offsets = self.padding.offsets[self.classes, channels] + 0.0  # -0 becomes 0
        bias = np.zeros(len(channels)) if matrix.bias is None else matrix.bias[channels]
        return np.stack([self.counts, matrix.scale[channels], offsets, bias], axis=1)

    def at(self, numbers: Array) -> Array:
        """What the executor's product gives, [K, R] of its type, for numbers [K, R] or [K, 1].

        Numbers beyond an element's last mean the last. The exact sum is rounded once, where the
        executor may round more often.
        """
        dots = self.lows + self.step * np.minimum(numbers, self.counts - 1)
        offsets = self.padding.offsets[self.classes, self.channels]
        exact = self.matrix.scale[self.channels] * (self.coding.step * dots + offsets)
        values: Array = exact.astype(self.matrix.dtype)
        if self.matrix.alpha != 1:
            values = values * self.matrix.dtype.type(self.matrix.alpha)
        return values if self.matrix.bias is None else values + self.matrix.bias[self.channels]

    def chunks(self) -> Iterator[Array]:
        """All sums, ascending dot products first, [K, R] in chunks of rows."""
        numbers = np.arange(self.counts.max())[:, np.newaxis]
        rows = max(1, _CHUNK // len(self.classes))
        for start in range(0, len(numbers), rows):
            yield self.at(numbers[start : start + rows])

    @property
    def is_exact(self) -> bool:
        """Whether the executor's sums of products are exact in whatever order it adds.

        They are if every product is a multiple of one unit and no sum exceeds 2^digits units.
        """
        coding, levels = self.coding, np.abs(self.padding.levels)
        ends = [coding.middle, coding.step]
        if coding.value.is_binary:
            ends = [coding.middle - coding.step, coding.middle + coding.step]
        unit = min(map(_unit, [*ends, *np.unique(levels)])) * min(
            map(_unit, np.unique(self.matrix.scale))
        )
        reach = max(coding.reach, levels.max(initial=0)) * self.padding.counts.max()
        digits = np.finfo(self.matrix.dtype).nmant + 1
        return bool(reach * self.matrix.scale.max() <= unit * 2.0**digits)

    @property
    def coarse(self) -> str:
        """Of what makes the executor's sums inexact the first that is found, or nothing."""
        for scale in np.unique(self.matrix.scale):
            if scale and np.frexp(scale)[0] != 0.5:
                return f"the scale {scale:.6g} of its products is no power of two"
        coding = self.coding
        ends = (coding.middle - coding.step, coding.middle + coding.step)
        for level in ends if coding.value.is_binary else (coding.middle, coding.step):
            if level and np.frexp(abs(level))[0] != 0.5:
                return f"the activations' level {level:.6g} is no power of two"
        return ""


def _unit(value: float | npt.NDArray[np.float64]) -> float:
    """The largest power of two that divides a float; infinite for 0."""
    mantissa, exponent = np.frexp(float(value))
    whole = int(mantissa * 2.0**53)
    return float("inf") if whole == 0 else (whole & -whole) * 2.0 ** (float(exponent) - 53)
