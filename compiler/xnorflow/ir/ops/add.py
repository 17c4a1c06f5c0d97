# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Add: the weighted sum of two tensors, element by element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import gcd
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array
from xnorflow.files.strict import Strict
from xnorflow.ir.limits import numbers
from xnorflow.ir.ops.op import Fact, Op, narrow
from xnorflow.ir.types import TensorType, Values, bits_for_range

__all__ = ["Add"]


_MAX_FACTOR = 1 << 16


@dataclass(frozen=True, eq=False)
class Add(Op):
    """The sum of two tensors of equal shape, each times a factor.

    Bits that stand for -1 and +1 may be added, and integers that stand for themselves, either to
    either. The output's type is just wide enough for all sums, or narrower where it saturates.

    Attributes:
        factors: of both tensors, positive: their integers may count steps of different size.
        saturates: whether sums beyond the output's type become its smallest or largest integer.
    """

    factors: tuple[int, int] = (1, 1)
    saturates: bool = False

    kind: ClassVar[str] = "add"
    keys: ClassVar[tuple[str, ...]] = ("factors", "saturates")
    arity: ClassVar[int] = 2

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Inputs of different shapes or of other codes, or an output of another type."""
        first, second = before
        for tensor in before:
            if not (tensor.value.is_bipolar or tensor.value.is_plain):
                yield f"inputs must be bipolar or plain integers, not {tensor.value}"
                return
        if min(self.factors) < 1 or max(self.factors) > _MAX_FACTOR:
            yield f"factors must be 1 to {_MAX_FACTOR}, not {self.factors}"
            return
        if first.shape != second.shape:
            yield f"inputs must have the same shape, not {first.shape} and {second.shape}"
            return
        sums = self._sums(before)
        wanted = TensorType(first.shape, bits_for_range(sums[0], sums[-1]))
        if self.saturates and after.shape == wanted.shape and after.value.is_plain:
            if after.value.bits >= wanted.value.bits:
                yield f"output must be narrower than {wanted.value} to saturate, not {after.value}"
        elif (after.shape, after.value) != (wanted.shape, wanted.value):
            yield f"output must be {wanted}, not {after}"

    def facts(self) -> Iterator[Fact]:
        """Factors that are not 1, and whether it saturates."""
        if self.factors != (1, 1):
            yield "factors", " and ".join(map(str, self.factors))
        if self.saturates:
            yield "saturates", "yes"

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """What both stand for, times their factors, added up."""
        first, second = (
            factor * kind.value.code.of(values.reshape(len(values), -1).astype(np.int64))
            for values, kind, factor in zip(inputs, before, self.factors, strict=True)
        )
        sums: Values = first + second
        if self.saturates:
            sums = np.clip(sums, after.value.low, after.value.high)
        return sums.astype(narrow(after.value))

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """Of two bits not every integer."""
        return super().results(before, after) if self.saturates else self._sums(before)

    def _sums(self, before: tuple[TensorType, ...]) -> range:
        """All sums, ascending, in steps of what both count in."""
        pairs = [
            (tensor.value, factor) for tensor, factor in zip(before, self.factors, strict=True)
        ]
        low, high = (
            sum(factor * value.code.of(getattr(value, end)) for value, factor in pairs)
            for end in ("low", "high")
        )
        return range(low, high + 1, gcd(*(factor * value.code.step for value, factor in pairs)))

    def fields(self) -> dict[str, Any]:
        """Factors, and whether it saturates."""
        return {"factors": list(self.factors), "saturates": self.saturates}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Add:
        """Numbers alone."""
        first, second = numbers(fields["factors"], 1, (_MAX_FACTOR, _MAX_FACTOR))
        return cls((first, second), fields["saturates"].flag())
