# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A function of one integer a row as ascending thresholds, one for each step of so many bits.

The output counts, from the lowest that its bits hold, the thresholds that the input reaches; where
a row falls it counts from the highest down. Below and above the outputs that a row has stand
thresholds that are always reached, and some that never are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.divisors import divisors
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import ValueType, bits_for_range

__all__ = ["Levels", "Numbers"]

Numbers = npt.NDArray[np.int64]
_Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Levels:
    """Thresholds of each row, until rows repeat.

    Attributes:
        entry: of the inputs.
        out: the narrowest type of the outputs.
        thresholds: of inputs [rows, (1 << out.bits) - 1], ascending; from entry's lowest value,
            which all reach, to ``never``.
        falls: [rows].
        never: what no input reaches.
    """

    entry: ValueType
    out: ValueType
    thresholds: Numbers
    falls: _Bools
    never: int

    @classmethod
    def of(cls, layer: Layer) -> Levels | None:
        """Those of a quantiser; None for a table of which a row both rises and falls."""
        assert isinstance(layer.op, Quantize | MultiThreshold)
        return _of(layer.op, layer.in_type.value)

    @property
    def rows(self) -> int:
        """Rows until they repeat."""
        return len(self.thresholds)

    @cached_property
    def drop(self) -> int:
        """Lower bits of the input that no threshold asks for."""
        places = (self.thresholds - self.entry.low).ravel()
        lowest = int(np.bitwise_or.reduce(places))
        return min(self.entry.bits - 1, (lowest & -lowest).bit_length() - 1 if lowest else 32)

    @cached_property
    def places(self) -> Numbers:
        """Thresholds from the lowest input on, without the lower bits that are always 0."""
        found: Numbers = (self.thresholds - self.entry.low) >> self.drop
        return found

    @property
    def entry_bits(self) -> int:
        """Bits of the input that are compared."""
        return self.entry.bits - self.drop

    @property
    def bits(self) -> int:
        """Bits of a threshold: one more where one is that no input of this type reaches."""
        return self.entry_bits + (int(self.places.max()) >> self.entry_bits)


@lru_cache(maxsize=64)
def _of(op: Quantize | MultiThreshold, entry: ValueType) -> Levels | None:
    found = _read_off(op, entry) if isinstance(op, Quantize) else _stated(op, entry)
    if found is None:
        return None
    rows, falls, low, never = found
    out = bits_for_range(low, low + rows.shape[1])
    below, above = low - out.low, out.high - low - rows.shape[1]
    whole = np.empty((len(rows), (1 << out.bits) - 1), np.int64)
    for row, own, down in zip(whole, rows, falls, strict=True):
        first = above if down else below
        row[:first], row[first + len(own) :] = entry.low, never
        row[first : first + len(own)] = own
    period = _period(whole, falls)
    return Levels(entry, out, whole[:period], falls[:period], never)


def _stated(op: MultiThreshold, entry: ValueType) -> tuple[Numbers, _Bools, int, int]:
    rows = op.thresholds.astype(np.int64).clip(entry.low, entry.high + 1)
    return rows, op.falls.astype(np.bool_), op.low, entry.high + 1


def _read_off(op: Quantize, entry: ValueType) -> tuple[Numbers, _Bools, int, int] | None:
    """Thresholds of a table: between two of its inputs those that end in the most zeros."""
    falls: _Bools = op.table[:, -1] < op.table[:, 0]
    rising = np.where(falls[:, np.newaxis], op.table[:, ::-1], op.table)
    if (rising[:, 1:] < rising[:, :-1]).any():
        return None
    values = op.values(entry)
    step = 1 << (values.step.bit_length() - 1)
    low, high = int(op.table.min()), int(op.table.max())
    levels = np.arange(low + 1, high + 1)
    places = np.array([np.searchsorted(row, levels) for row in rising])
    places[falls] = (len(values) - places[falls])[:, ::-1]
    found = np.where(places == 0, entry.low, (values.start + places * values.step) // step * step)
    never = (values.start + len(values) * values.step) // step * step
    return found.clip(entry.low, entry.high + 1), falls, low, min(never, entry.high + 1)


def _period(rows: Numbers, falls: _Bools) -> int:
    """After how many rows they repeat."""
    count = len(rows)
    alike = np.concatenate([rows, falls[:, np.newaxis]], axis=1)
    index = np.unique(alike, axis=0, return_inverse=True)[1].ravel()
    return next(p for p in divisors(count) if np.array_equal(index[p:], index[: count - p]))
