# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""MultiThreshold: how many of its channel's thresholds an input value reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xnorflow.files.archive import Array, Layout
from xnorflow.files.strict import Strict
from xnorflow.ir.limits import INT32, shape
from xnorflow.ir.ops.op import Fact, Op, array_faults, narrow
from xnorflow.ir.types import Bits, Ints, TensorType, Values

__all__ = ["MultiThreshold"]

_MAX_THRESHOLDS = (1 << 16) - 1
"""Of a row: outputs have 16 bits at most."""


@dataclass(frozen=True, eq=False)
class MultiThreshold(Op):
    """A function of one input value that rises or falls, from and to integers as they are stored.

    The output for x is ``low`` + #(x >= t) over the thresholds t of a row that rises, and ``high``
    - #(x >= t) over those of one that falls. An output that a row jumps over has two equal
    thresholds. Those that a row never comes to have thresholds that every input reaches (at most
    the input type's lowest value) or that none does (its highest value + 1, or more).

    Attributes:
        thresholds: int32 [1 or channels, levels - 1], ascending in each row; one row for all
            elements of the frame, or one a channel.
        falls: uint8 0 or 1 [rows]: whether the function of a row falls.
        low: the lowest output.
    """

    thresholds: Ints
    falls: Bits
    low: int

    kind: ClassVar[str] = "multithreshold"
    keys: ClassVar[tuple[str, ...]] = ("shape", "low")

    @property
    def is_uniform(self) -> bool:
        """Whether one row serves all elements."""
        return len(self.thresholds) == 1

    @property
    def high(self) -> int:
        """The highest output."""
        return self.low + int(self.thresholds.shape[1])

    def faults(self, before: tuple[TensorType, ...], after: TensorType) -> Iterator[str]:
        """Shapes that differ, rows that are not sorted, or values that the output does not hold."""
        (entry,) = before
        if not entry.value.is_plain:
            yield f"inputs must be plain integers, not {entry.value}"
        if entry.shape != after.shape:
            yield f"output shape must be {entry.shape}, not {after.shape}"
        rows = len(self.thresholds) if len(self.thresholds) == 1 else entry.channels
        columns = self.thresholds.shape[-1]
        faults = [
            *array_faults("thresholds", self.thresholds, np.int32, (rows, columns)),
            *array_faults("falls", self.falls, np.uint8, (rows,)),
        ]
        yield from faults
        if faults:
            return
        if not 1 <= columns <= _MAX_THRESHOLDS:
            yield f"a row must have 1 to {_MAX_THRESHOLDS} thresholds, not {columns}"
        if (self.thresholds[:, 1:] < self.thresholds[:, :-1]).any():
            yield "thresholds must ascend in each row"
        if self.falls.max() > 1:
            yield f"falls must be 0 or 1, not {self.falls.max()}"
        value = after.value
        if self.low < value.low or self.high > value.high:
            yield f"outputs {self.low} to {self.high} must be from {value.low} to {value.high}"

    def facts(self) -> Iterator[Fact]:
        """The thresholds, which rows fall if any does, and the outputs."""
        yield "thresholds", self.thresholds
        if self.falls.any():
            yield "falls", self.falls
        yield "outputs", f"{self.low} to {self.high}"

    def run(
        self, inputs: tuple[Values, ...], before: tuple[TensorType, ...], after: TensorType
    ) -> Values:
        """A binary search in each row."""
        rows = self.thresholds.astype(np.int64)
        x = inputs[0].reshape(-1, 1 if self.is_uniform else before[0].channels)
        found = np.empty(x.shape, narrow(after.value))
        for row, (thresholds, falls) in enumerate(zip(rows, self.falls, strict=True)):
            reached = np.searchsorted(thresholds, x[:, row].astype(np.int64), side="right")
            found[:, row] = self.high - reached if falls else self.low + reached
        return found.reshape(len(inputs[0]), -1)

    def results(self, before: tuple[TensorType, ...], after: TensorType) -> range:
        """From the lowest output to the highest."""
        return range(self.low, self.high + 1)

    def fields(self) -> dict[str, Any]:
        """The thresholds' shape, and the lowest output."""
        return {"shape": list(self.thresholds.shape), "low": self.low}

    def arrays(self) -> dict[str, Array]:
        """The thresholds, and which rows fall."""
        return {"thresholds": self.thresholds, "falls": self.falls}

    @classmethod
    def layouts(
        cls, fields: Mapping[str, Strict], before: tuple[TensorType, ...]
    ) -> dict[str, Layout]:
        """A row a channel at most."""
        found = shape(fields["shape"], (before[0].channels, _MAX_THRESHOLDS))
        return {"thresholds": ("int32", found), "falls": ("uint8", found[:1])}

    @classmethod
    def read(
        cls,
        fields: Mapping[str, Strict],
        before: tuple[TensorType, ...],
        arrays: Mapping[str, Array],
    ) -> MultiThreshold:
        """The thresholds, which rows fall, and the lowest output."""
        low = fields["low"].whole(-INT32, INT32 - 1)
        return cls(arrays["thresholds"], arrays["falls"], low)
