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
from xnorflow.ir.limits import INT32, MAX_ELEMENTS, numbers, shape
from xnorflow.ir.ops.op import Fact, Op, array_faults, narrow
from xnorflow.ir.types import Ints, TensorType, Values, ValueType

__all__ = ["Quantize"]


@dataclass(frozen=True, eq=False)
class Quantize(Op):
    """A function of one input value, by table, from and to integers as they are stored.

    Attributes:
        table: int32 [1, channels or elements, levels]: the output for each input value, lowest
            input value first; one row for all elements of the frame, one row a channel, or one row
            an element.
        domain: the input values that the table tells of, ascending, if no others occur; None for
            all that the input's type holds.
    """

    table: Ints
    domain: range | None = None

    kind: ClassVar[str] = "quantize"
    keys: ClassVar[tuple[str, ...]] = ("shape", "domain")

    @property
    def is_uniform(self) -> bool:
        """Whether one row serves all elements."""
        return len(self.table) == 1

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Shapes that differ, a table of another size, or values that the output does not hold."""
        (entry,) = before
        if entry.shape != after.shape:
            yield f"output shape must be {entry.shape}, not {after.shape}"
        rows = len(self.table) if len(self.table) in (1, entry.channels) else entry.elements
        values = self.values(entry.value)
        if values.step < 1 or not values or not _holds(entry.value, values):
            yield f"domain must be ascending integers of {entry.value}, not {self.domain}"
            return
        faults = list(array_faults("table", self.table, np.int32, (rows, len(values))))
        yield from faults
        value = after.value
        if not faults and (self.table.min() < value.low or self.table.max() > value.high):
            yield f"table must hold integers from {value.low} to {value.high}"

    def values(self, entry: ValueType) -> range:
        """The values of an input of this type that the table tells of."""
        return range(entry.low, entry.high + 1) if self.domain is None else self.domain

    def facts(self) -> Iterator[Fact]:
        """The table, and what it tells of where that is not all."""
        yield "table", self.table
        if self.domain is not None:
            values = self.domain
            yield "domain", f"{values.start} to {values[-1]} in steps of {values.step}"

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """A look-up."""
        x = inputs[0].reshape(len(inputs[0]), -1)
        rows = np.arange(x.shape[1]) % len(self.table)
        table = self.table.astype(narrow(after.value))
        values = self.values(before[0].value)
        codes: Values = table[rows, (x.astype(np.intp) - values.start) // values.step]
        return codes

    def fields(self) -> dict[str, Any]:
        """The table's shape, and the first value that it tells of and their distance, if any."""
        values = self.domain
        domain = None if values is None else [values.start, values.step]
        return {"shape": list(self.table.shape), "domain": domain}

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
        """The table, and what it tells of."""
        table = arrays["table"]
        if fields["domain"].is_null:
            return cls(table)
        first, step = numbers(fields["domain"], -INT32, (INT32 - 1, INT32 - 1))
        if step < 1:
            raise fields["domain"].error(f"of a step of at least 1, not {step}")
        return cls(table, range(first, first + step * table.shape[1], step))


def _holds(value: ValueType, values: range) -> bool:
    return value.low <= values[0] and values[-1] <= value.high
