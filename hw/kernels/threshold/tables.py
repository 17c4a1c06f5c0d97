# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A quantiser's tables: until when they differ, and in how few words they can be written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.divisors import divisors
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import Ints, ValueType
from xnorflow.kernels.threshold.functions import Functions

__all__ = ["Tables"]

Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of all elements until they repeat.

    Attributes:
        codes: two's complement [tables, input values], the lowest value first.
        bits: of a code, up to 8.
    """

    codes: Codes
    bits: int

    @classmethod
    def of(cls, layer: Layer) -> Tables:
        """Those of a Quantize layer; looked at once, not again for each folding."""
        assert isinstance(layer.op, Quantize)
        return _of(layer.op, layer.in_type.value, layer.out_type.value.bits)

    @property
    def period(self) -> int:
        """Elements until tables repeat."""
        return len(self.codes)

    @property
    def in_bits(self) -> int:
        """Bits of an input."""
        return int(self.codes.shape[1]).bit_length() - 1

    @cached_property
    def are_levels(self) -> bool:
        """Whether codes are bits that change at most once."""
        if self.bits > 1:
            return False
        changes = np.count_nonzero(self.codes[:, 1:] != self.codes[:, :-1], axis=1)
        return bool((changes <= 1).all())

    @cached_property
    def levels(self) -> Ints:
        """{invert, level} of each table: the bit is 1 from that level on, unless inverted.

        One that never changes has level 0.
        """
        values = self.codes.shape[1]
        ones = np.count_nonzero(self.codes, axis=1)
        falls = (self.codes[:, 0] == 1) & (ones < values)
        never = ones == 0
        first = np.where(falls, ones, np.where(never, 0, values - ones))
        found: Ints = (first + values * (falls | never)).astype(np.int32)
        return found

    @cached_property
    def most_low_bits(self) -> int:
        """Lower bits of the input that a word can be for, as ``words`` says; fewer always can."""
        low_bits = 0
        while low_bits + 1 < self.in_bits and self._rises_once(low_bits + 1):
            low_bits += 1
        return low_bits

    def words(self, low_bits: int) -> Ints:
        """Words [tables, places], one for all inputs that differ in these lower bits alone.

        The lower bits of the input, added to the word, leave the code above them.
        """
        return _words(self, low_bits)

    def functions(self, low_bits: int) -> Counter[Functions]:
        """The functions that the bits of words are, and how many tables have the same."""
        return _functions(self, low_bits)

    def size(self, low_bits: int) -> int:
        """Bits of all words."""
        return (self.codes.size >> low_bits) * (self.bits + low_bits)

    def _rises_once(self, low_bits: int) -> bool:
        """Whether codes change at most once, and by one, among such neighbours."""
        steps = _steps(self, low_bits)
        return bool(steps.max() <= 1 and (steps.sum(axis=2, dtype=np.int64) <= 1).all())


@lru_cache(maxsize=4)
def _of(op: Quantize, entry: ValueType, bits: int) -> Tables:
    table, count = _of_all_values(op, entry), len(op.table)
    period = next(
        p
        for p in divisors(count)
        if p == count
        or (np.array_equal(table[p], table[0]) and np.array_equal(table[p:], table[:-p]))
    )
    return Tables((table[:period] & ((1 << bits) - 1)).astype(np.uint8), bits)


def _of_all_values(op: Quantize, entry: ValueType) -> Ints:
    """The table with a column for each value of the input's type: the nearest one that occurs."""
    if op.domain is None:
        return op.table
    first, step = op.domain.start, op.domain.step
    places = (np.arange(entry.low, entry.high + 1) - first + step // 2) // step
    table: Ints = op.table[:, places.clip(0, len(op.domain) - 1)]
    return table


def _steps(tables: Tables, low_bits: int) -> Codes:
    """By how much codes rise from one neighbour to the next [tables, places, neighbours - 1]."""
    near = tables.codes.reshape(tables.period, -1, 1 << low_bits)
    steps: Codes = (near[:, :, 1:] - near[:, :, :-1]) & np.uint8((1 << tables.bits) - 1)
    return steps


@lru_cache(maxsize=32)
def _words(tables: Tables, low_bits: int) -> Ints:
    first = tables.codes[:, :: 1 << low_bits].astype(np.int32)
    if low_bits == 0:
        return first
    steps = _steps(tables, low_bits)
    until = np.where(steps.any(axis=2), (1 << low_bits) - 1 - steps.argmax(axis=2), 0)
    words: Ints = ((first << low_bits) + until).astype(np.int32)
    return words


@lru_cache(maxsize=32)
def _functions(tables: Tables, low_bits: int) -> Counter[Functions]:
    rows = tables.words(low_bits)
    counts = Counter(row.tobytes() for row in rows)
    width = tables.bits + low_bits
    return Counter(
        {Functions.of(np.frombuffer(row, rows.dtype), width): n for row, n in counts.items()}
    )
