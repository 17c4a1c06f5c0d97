# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Concat: the channels of several tensors side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array
from xnorflow.files.strict import Strict
from xnorflow.ir.ops.op import Fact, Op, narrow
from xnorflow.ir.types import TensorType, Values

__all__ = ["Concat"]


@dataclass(frozen=True, eq=False)
class Concat(Op):
    """Every pixel's channels of one tensor, then those of the other; a tensor may come twice."""

    kind: ClassVar[str] = "concat"
    keys: ClassVar[tuple[str, ...]] = ()
    arity: ClassVar[int] = 2

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Inputs of different pixels, values or worth, or an output of another type."""
        first, second = before
        if (first.shape[:-1], first.value) != (second.shape[:-1], second.value):
            yield f"inputs must have the same pixels and values, not {first} and {second}"
            return
        if first.worth != second.worth:
            yield f"inputs must be worth the same, not {first.worth} and {second.worth}"
            return
        shape = (*first.shape[:-1], first.channels + second.channels)
        wanted = TensorType(shape, first.value, first.worth)
        if after != wanted:
            yield f"output must be {wanted} worth {wanted.worth}, not {after} worth {after.worth}"

    def facts(self) -> Iterator[Fact]:
        """None."""
        yield from ()

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """What both hold, side by side."""
        pixels = (
            values.reshape(len(values), -1, kind.channels)
            for values, kind in zip(inputs, before, strict=True)
        )
        joined = np.concatenate([*pixels], axis=2)
        return joined.reshape(len(joined), -1).astype(narrow(after.value), copy=False)

    def fields(self) -> dict[str, Any]:
        """None."""
        return {}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Concat:
        """Nothing to be read."""
        return cls()
