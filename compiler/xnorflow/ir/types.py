# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Value and tensor types of the IR."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BINARY", "Bits", "Ints", "TensorType", "ValueType", "Values", "bits_for_range"]

Bits = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Values = npt.NDArray[Any]
"""Stored integers in a type just wide enough, the frames along the first axis."""


@dataclass(frozen=True)
class ValueType:
    """An integer type of ``bits`` bits.

    A binary value has one bit; 0 and 1 stand for the lower and the upper of two levels
    (-1 and +1 unless the model says otherwise).
    """

    bits: int
    signed: bool = False

    @property
    def is_binary(self) -> bool:
        """Whether this is the one-bit type of binary activations."""
        return self.bits == 1 and not self.signed

    @property
    def low(self) -> int:
        """The smallest value."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The largest value."""
        return (1 << (self.bits - int(self.signed))) - 1

    def __str__(self) -> str:
        return "binary" if self.is_binary else f"{'int' if self.signed else 'uint'}{self.bits}"


BINARY = ValueType(1)


def bits_for_range(low: int, high: int) -> ValueType:
    """The narrowest ValueType that holds every integer from low to high, both included."""
    if low >= 0:
        return ValueType(max(1, high.bit_length()))
    return ValueType(max((-low - 1).bit_length(), max(high, 0).bit_length()) + 1, signed=True)


@dataclass(frozen=True)
class TensorType:
    """Shape of one frame (no batch axis; channel last) and the type of its elements."""

    shape: tuple[int, ...]
    value: ValueType

    @property
    def elements(self) -> int:
        """Number of elements in one frame."""
        return prod(self.shape)

    @property
    def channels(self) -> int:
        """Length of the last, fastest axis."""
        return self.shape[-1]

    def __str__(self) -> str:
        return f"{self.value}[{'x'.join(map(str, self.shape))}]"
