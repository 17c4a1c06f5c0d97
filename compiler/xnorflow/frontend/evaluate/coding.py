# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What stored integers are worth to the user's graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin
from xnorflow.ir.types import BIPOLAR, ValueType, Worth

__all__ = ["Coding"]


@dataclass(frozen=True)
class Coding:
    """How a float activation follows from what the hardware stores: middle + step * s.

    Attributes:
        value: type of the stored integer; its code tells the number s that it stands for.
        middle: float value of s = 0.
        step: float distance, not 0.
        is_constant: whether it is a bit that is always 1; what 0 would be worth is then free.
    """

    value: ValueType
    middle: float
    step: float
    is_constant: bool = False

    @staticmethod
    def of_bits(low: float, high: float) -> Coding:
        """The coding of a bit of two levels, or one: whatever they are, products read -1 and +1."""
        if low == high:
            step = abs(high) or 1.0
            return Coding(BIPOLAR, high - step, step, is_constant=True)
        return Coding(BIPOLAR, (low + high) / 2, (high - low) / 2)

    @staticmethod
    def far_apart(low: float, high: float, names: tuple[str, ...]) -> Diagnostic | None:
        """What is wrong with two levels that a coding would not hold exactly; None where it does.

        Args:
            low: the lower level.
            high: the upper level.
            names: the nodes that make them.
        """
        coding = Coding.of_bits(low, high)
        if low == high or (coding.middle - coding.step, coding.middle + coding.step) == (low, high):
            return None
        return Diagnostic(
            "unsupported-activations",
            "activations must take two levels whose mean float64 holds exactly, not "
            f"{low:g} and {high:g}",
            "use levels of similar size, such as -1 and 1, or 0 for the small one",
            Origin(names),
        )

    @property
    def stored(self) -> npt.NDArray[np.int64]:
        """All integers of the type, ascending."""
        return np.arange(self.value.low, self.value.high + 1)

    def levels(self, stored: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """What stored integers are worth, in float64."""
        levels: npt.NDArray[np.float64] = self.middle + self.step * self.value.code.of(stored)
        return levels

    @property
    def reach(self) -> float:
        """The largest magnitude that any stored integer of the type is worth."""
        return abs(self.middle) + abs(self.step) * self.value.largest

    def worth(self, flips: npt.NDArray[np.bool_]) -> Worth:
        """What a tensor is worth of which the bits that ``flips`` tells are stored inverted."""
        worth = Worth(float(self.step), float(self.middle))
        return worth.inverted(all_elements=bool(flips.all())) if flips.any() else worth

    def integer_of(self, level: float, dtype: np.dtype[Any]) -> int | None:
        """The stored integer that is worth ``level`` exactly in ``dtype``, if there is one."""
        s = round((level - self.middle) / self.step)
        if dtype.type(self.middle + self.step * s) != dtype.type(level):
            return None
        integer, rest = divmod(s - self.value.code.offset, self.value.code.step)
        return integer if rest == 0 and self.value.low <= integer <= self.value.high else None
