# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Value and tensor types of the IR, and what the integers stored in them stand for.

Three numbers belong to an element of a tensor:

- the stored integer v, of so many bits: what streams carry, memories hold and ``Op.run`` gets;
- the number that operations read it as, code.step * v + code.offset, whole. An operation is
  defined on these numbers, as its types say, and on nothing else: a product is the sum of +number
  and -number. Which codes an operation takes is one of its rules; hardware may depend on it, since
  bits read as -1 and +1 are multiplied by XNOR, the same bits read as 0 and 1 are not;
- what the tensor holds in the user's model, worth.scale * number + worth.zero, real. No operation
  computes with it: thresholds, tables and the host's table were found with it. It is written down
  so that layers to come and people can tell what the integers mean.

So activations of 0 and 1, which the front-end has XNOR multiply, are bipolar bits worth
0.5 * number + 0.5; and the thresholds of the product that reads them make up for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = [
    "BIPOLAR",
    "PLAIN",
    "SIGNS",
    "Bits",
    "Code",
    "Ints",
    "TensorType",
    "ValueType",
    "Values",
    "Worth",
    "bits_for_range",
]

Bits = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]
Values = npt.NDArray[Any]
"""Stored integers in a type just wide enough, the frames along the first axis."""

_Number = TypeVar("_Number", int, npt.NDArray[Any])


@dataclass(frozen=True)
class Code:
    """How operations read stored integers.

    Attributes:
        step: distance of the numbers that neighbouring integers stand for, at least 1: of two
            stored integers the larger is the larger number.
        offset: what a stored 0 stands for.
    """

    step: int = 1
    offset: int = 0

    def of(self, stored: _Number) -> _Number:
        """The numbers that stored integers stand for; arrays of a type that holds them."""
        return self.step * stored + self.offset

    def __str__(self) -> str:
        return f"{self.step}v{self.offset:+}"


PLAIN = Code()
"""Integers as they are."""
SIGNS = Code(2, -1)
"""0 and 1 stand for -1 and +1."""


@dataclass(frozen=True)
class ValueType:
    """An integer type of ``bits`` bits, and how operations read its integers."""

    bits: int
    signed: bool = False
    code: Code = PLAIN

    @property
    def is_bit(self) -> bool:
        """Whether 0 and 1 are all that is stored, whatever they stand for."""
        return self.bits == 1 and not self.signed

    @property
    def is_bipolar(self) -> bool:
        """Whether this is the type of bits that stand for -1 and +1."""
        return self == BIPOLAR

    @property
    def is_plain(self) -> bool:
        """Whether integers stand for themselves."""
        return self.code == PLAIN

    @property
    def plain(self) -> ValueType:
        """The type of the same stored integers where they stand for themselves."""
        return ValueType(self.bits, self.signed)

    @property
    def low(self) -> int:
        """The smallest stored integer."""
        return -(1 << (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The largest stored integer."""
        return (1 << (self.bits - int(self.signed))) - 1

    @property
    def largest(self) -> int:
        """The largest magnitude that a stored integer stands for."""
        return max(abs(self.code.of(self.low)), abs(self.code.of(self.high)))

    def __str__(self) -> str:
        if self.is_bipolar:
            return "bipolar"
        stored = f"{'int' if self.signed else 'uint'}{self.bits}"
        return stored if self.is_plain else f"{stored} as {self.code}"


BIPOLAR = ValueType(1, code=SIGNS)


def bits_for_range(low: int, high: int) -> ValueType:
    """The narrowest plain ValueType that holds every integer from low to high, both included."""
    if low >= 0:
        return ValueType(max(1, high.bit_length()))
    return ValueType(max((-low - 1).bit_length(), max(high, 0).bit_length()) + 1, signed=True)


@dataclass(frozen=True)
class Worth:
    """What the user's model has for the numbers that stored integers stand for.

    Attributes:
        scale: what a step of the number is worth; 0 where all is one value.
        zero: what the number 0 is worth.
        mixed: whether some elements may be stored inverted: worth -scale * number + zero.
    """

    scale: float = 1.0
    zero: float = 0.0
    mixed: bool = False

    def inverted(self, *, all_elements: bool) -> Worth:
        """The worth after all, or else some, of the bits were inverted."""
        return replace(self, scale=-self.scale) if all_elements else replace(self, mixed=True)


@dataclass(frozen=True)
class TensorType:
    """Shape of one frame, the type of its elements, and their worth.

    Attributes:
        shape: without batch axis, channel last.
        value: of the elements.
        worth: of the elements; None where the host's tables tell it, or nothing does.
    """

    shape: tuple[int, ...]
    value: ValueType
    worth: Worth | None = None

    @property
    def elements(self) -> int:
        """Number of elements in one frame."""
        return prod(self.shape)

    @property
    def channels(self) -> int:
        """Length of the last, fastest axis."""
        return self.shape[-1]

    @property
    def meaning(self) -> str:
        """The model's values of the smallest and of the largest stored integer, for people."""
        if self.worth is None:
            return ""
        numbers = (self.value.code.of(v) for v in (self.value.low, self.value.high))
        low, high = (self.worth.scale * number + self.worth.zero for number in numbers)
        joined = "and" if self.value.is_bit else "to"
        return f"{low:g} {joined} {high:g}" + ", some inverted" * self.worth.mixed

    def __str__(self) -> str:
        return f"{self.value}[{'x'.join(map(str, self.shape))}]"
