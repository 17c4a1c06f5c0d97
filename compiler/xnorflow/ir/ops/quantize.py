# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Quantize: a table that maps each input value to an integer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array, Layout
from xnorflow.files.strict import Strict
from xnorflow.ir.limits import MAX_ELEMENTS, shape
from xnorflow.ir.ops.op import Fact, Op, array_faults, narrow
from xnorflow.ir.types import Ints, TensorType, Values

__all__ = ["Quantize"]


@dataclass(frozen=True, eq=False)
class Quantize(Op):
    """A function of one input value, by table, from and to integers as they are stored.

    Attributes:
        table: int32 [1 or elements, levels]: the output for each input value, lowest input
            value first; one row for all elements of the frame, or one row an element.
    """

    table: Ints

    kind: ClassVar[str] = "quantize"
    keys: ClassVar[tuple[str, ...]] = ("shape",)

    @property
    def is_uniform(self) -> bool:
        """Whether one row serves all elements."""
        return len(self.table) == 1

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Shapes that differ, a table of another size, or values that the output does not hold."""
        (entry,) = before
        if entry.shape != after.shape:
            yield f"output shape must be {entry.shape}, not {after.shape}"
        rows = 1 if self.is_uniform else entry.elements
        levels = entry.value.high - entry.value.low + 1
        faults = list(array_faults("table", self.table, np.int32, (rows, levels)))
        yield from faults
        value = after.value
        if not faults and (self.table.min() < value.low or self.table.max() > value.high):
            yield f"table must hold integers from {value.low} to {value.high}"

    def facts(self) -> Iterator[Fact]:
        """The table."""
        yield "table", self.table

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """A look-up."""
        x = inputs[0].reshape(len(inputs[0]), -1)
        rows = 0 if self.is_uniform else np.arange(x.shape[1])
        table = self.table.astype(narrow(after.value))
        codes: Values = table[rows, x.astype(np.intp) - before[0].value.low]
        return codes

    def fields(self) -> dict[str, Any]:
        """The table's shape."""
        return {"shape": list(self.table.shape)}

    def arrays(self) -> dict[str, Array]:
        """The table."""
        return {"table": self.table}

    @classmethod
    def layouts(
        cls, fields: Mapping[str, Strict], before: tuple[TensorType, ...]
    ) -> dict[str, Layout]:
        """A row an element at most, and a column a value of the input."""
        limits = (before[0].elements, min(1 << before[0].value.bits, MAX_ELEMENTS))
        return {"table": ("int32", shape(fields["shape"], limits))}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> Quantize:
        """The table."""
        return cls(arrays["table"])
