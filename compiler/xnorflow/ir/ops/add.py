# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Add: the sum of two tensors, element by element."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array
from xnorflow.files.strict import Strict
from xnorflow.ir.ops.op import Fact, Op, narrow
from xnorflow.ir.types import TensorType, Values, bits_for_range

__all__ = ["Add"]


@dataclass(frozen=True, eq=False)
class Add(Op):
    """The sum of two tensors of equal shape, exact, in a type just wide enough for all sums.

    Bits that stand for -1 and +1 may be added, and integers that stand for themselves, either to
    either.
    """

    kind: ClassVar[str] = "add"
    keys: ClassVar[tuple[str, ...]] = ()
    arity: ClassVar[int] = 2

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Inputs of different shapes or of other codes, or an output of another type."""
        first, second = before
        for tensor in before:
            if not (tensor.value.is_bipolar or tensor.value.is_plain):
                yield f"inputs must be bipolar or plain integers, not {tensor.value}"
                return
        if first.shape != second.shape:
            yield f"inputs must have the same shape, not {first.shape} and {second.shape}"
            return
        sums = _sums(before)
        wanted = TensorType(first.shape, bits_for_range(sums[0], sums[-1]))
        if (after.shape, after.value) != (wanted.shape, wanted.value):
            yield f"output must be {wanted}, not {after}"

    def facts(self) -> Iterator[Fact]:
        """None."""
        yield from ()

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """What both stand for, added up."""
        first, second = (
            kind.value.code.of(values.reshape(len(values), -1).astype(np.int64))
            for values, kind in zip(inputs, before, strict=True)
        )
        sums: Values = (first + second).astype(narrow(after.value))
        return sums

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """Of two bits every second integer."""
        return _sums(before)

    def fields(self) -> dict[str, Any]:
        """None."""
        return {}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Add:
        """Nothing to be read."""
        return cls()


def _sums(before: tuple[TensorType, ...]) -> range:
    """All sums, ascending."""
    kinds = [tensor.value for tensor in before]
    low, high = sum(v.code.of(v.low) for v in kinds), sum(v.code.of(v.high) for v in kinds)
    return range(low, high + 1, 2 if all(v.is_bipolar for v in kinds) else 1)
