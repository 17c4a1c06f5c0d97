# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Every sum that a product can give, as the executor would compute it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.frontend.evaluate.digits import Digits
from xnorflow.ir.ranges import dot_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.padding import Padding
    from xnorflow.frontend.evaluate.weights import Matrix
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels

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
    def digits(self) -> Digits:
        """What all sums of the product need of the executor's float type."""
        return Digits(self.matrix, self.coding, self.padding)

    @property
    def lows(self) -> npt.NDArray[np.int64]:
        """[R]: lowest dot product of each element."""
        lowest: npt.NDArray[np.int64] = (
            -self.padding.counts[self.classes] * self.coding.value.largest
        )
        return lowest

    @property
    def step(self) -> int:
        """Distance of dot products."""
        return dot_range(1, self.coding.value).step

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
        executor may round more often; then factor and bias follow, as it has them, in one step.
        """
        dots = self.lows + self.step * np.minimum(numbers, self.counts - 1)
        offsets = self.padding.offsets[self.classes, self.channels]
        exact = self.matrix.scale[self.channels] * (self.coding.step * dots + offsets)
        return self.matrix.rounded(exact, self.channels)

    def chosen(self, which: Labels) -> Sums:
        """The sums of some of the elements."""
        return replace(self, classes=self.classes[which], channels=self.channels[which])

    def chunks(self) -> Iterator[Array]:
        """All sums, ascending dot products first, [K, R] in chunks of rows."""
        numbers = np.arange(self.counts.max())[:, np.newaxis]
        rows = max(1, _CHUNK // len(self.classes))
        for start in range(0, len(numbers), rows):
            yield self.at(numbers[start : start + rows])
