# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A table as lines piece by piece, one row a channel: as hardware has it, the cheapest there are.

The output for input x is clip((slope * k + offset + tie) >> shift), k being x without its lower
bits that are always the same. Slope and offset are those of the piece that k lies in. ``tie`` is
bit ``shift`` of k where ``ties`` says so: so the half of a rounded shift goes to even.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from xnorflow.hardware.divisors import divisors
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import Ints, ValueType, bits_for_range
from xnorflow.kernels.requantize.corridor import Numbers
from xnorflow.kernels.requantize.cuts import Cut, lines_of, steps_of, tied_of

__all__ = ["MAX_PIECES", "Pieces"]

MAX_PIECES = 8
_MAX_SUM_BITS = 48
"""What a DSP48E1 adds."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Lines for each row of a table, until rows repeat.

    Attributes:
        entry: of k.
        out: of the outputs.
        drop: lower bits of the input that are always the same.
        shift: bits behind the point.
        ties: whether bit ``shift`` of k is added.
        slopes: [rows, pieces].
        offsets: [rows, pieces].
        starts: the least k of each piece but the first, ascending [rows, pieces - 1]; where two are
            alike the piece between them is empty.
        low: below which outputs are clipped.
        high: above which outputs are clipped.
        least: what an output would be at least if none were clipped.
        most: what an output would be at most.
    """

    entry: ValueType
    out: ValueType
    drop: int
    shift: int
    ties: bool
    slopes: Numbers
    offsets: Numbers
    starts: Numbers
    low: int
    high: int
    least: int
    most: int

    @classmethod
    def of(cls, layer: Layer) -> Pieces | None:
        """Those of a Quantize layer, the cheapest; None where there are no few enough."""
        assert isinstance(layer.op, Quantize)
        return _of(layer.op, layer.in_type.value, layer.out_type.value)

    @property
    def rows(self) -> int:
        """Rows until they repeat."""
        return len(self.slopes)

    @property
    def count(self) -> int:
        """Pieces of a row."""
        return int(self.slopes.shape[1])

    @property
    def piece_bits(self) -> int:
        """Bits that number the pieces."""
        return (self.count - 1).bit_length()

    @cached_property
    def slope_bits(self) -> int:
        """Bits of a slope, its sign included; 0 if all are 0."""
        if not self.slopes.any():
            return 0
        return max(2, _signed_bits(int(self.slopes.min()), int(self.slopes.max())))

    @property
    def clips_low(self) -> bool:
        """Whether an output may be below the lowest."""
        return self.least < self.low

    @property
    def clips_high(self) -> bool:
        """Whether an output may be above the highest."""
        return self.most > self.high

    @property
    def quotient_bits(self) -> int:
        """Bits of what is clipped; where nothing is, upper ones are not missed."""
        if not (self.clips_low or self.clips_high):
            return self.out.bits
        return max(self.out.bits, _signed_bits(self.least, self.most))

    @property
    def sum_bits(self) -> int:
        """Bits of a sum."""
        return self.shift + self.quotient_bits

    @cached_property
    def zeros(self) -> int:
        """Lower bits that are 0 in all offsets."""
        lowest = int(np.bitwise_or.reduce(self.offsets, axis=None))
        return min(self.sum_bits - 1, (lowest & -lowest).bit_length() - 1 if lowest else 0)

    @property
    def offset_bits(self) -> int:
        """Bits of an offset, without those that are always 0."""
        return self.sum_bits - self.zeros

    @property
    def multiplies(self) -> bool:
        """Whether a product takes more than the input or its complement."""
        return self.slope_bits > 2

    @property
    def price(self) -> float:
        """About how many LUT6 a lane takes, that this one be held against others of the table."""
        bits = self.entry.bits
        compares = 0.7 * bits * (self.count - 1)
        return compares + (bits + 2) * ((self.slope_bits + 1) // 2) + self.quotient_bits


def _signed_bits(low: int, high: int) -> int:
    return bits_for_range(min(low, -1), high).bits


@lru_cache(maxsize=64)
def _of(op: Quantize, entry: ValueType, out: ValueType) -> Pieces | None:
    values = op.values(entry)
    drop = (values.step & -values.step).bit_length() - 1
    k = np.array(values, np.int64) >> drop
    rows, order = _distinct(op.table)
    found = []
    line = lines_of(k, rows, 1) or tied_of(k, rows)
    cuts = [line or lines_of(k, rows, MAX_PIECES), steps_of(k, rows, MAX_PIECES)]
    for cut in cuts:
        if cut is not None:
            pieces = _pieces(cut, order, k, rows, out, drop)
            found += [pieces] if pieces.sum_bits <= _MAX_SUM_BITS else []
    return min(found, key=lambda pieces: pieces.price, default=None)


def _distinct(table: Ints) -> tuple[Numbers, Numbers]:
    """The rows that differ, and which of them come in turn until they repeat."""
    numbers: dict[bytes, int] = {}
    index = np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in table])
    count = len(index)
    period = next(p for p in divisors(count) if np.array_equal(index[p:], index[: count - p]))
    first = np.unique(index, return_index=True)[1]
    return table[first].astype(np.int64), index[:period]


def _pieces(
    cut: Cut, order: Numbers, k: Numbers, rows: Numbers, out: ValueType, drop: int
) -> Pieces:
    """A cut's lines as hardware has them; they give all rows, which is checked here."""
    low, high, ends = int(rows.min()), int(rows.max()), []
    tie = (k >> cut.shift) & 1 if cut.ties else 0
    for slopes, offsets, starts, row in zip(cut.slopes, cut.offsets, cut.starts, rows, strict=True):
        piece = np.searchsorted(starts, k, side="right")
        exact = (slopes[piece] * k + offsets[piece] + tie) >> cut.shift
        assert np.array_equal(exact.clip(low, high), row), "lines must give the table"
        ends += [int(exact.min()), int(exact.max())]
    entry = bits_for_range(int(k[0]), int(k[-1]))
    slopes, offsets, starts = (a[order] for a in (cut.slopes, cut.offsets, cut.starts))
    starts = np.where(starts == k[0], entry.low, starts)
    shift, ties, least, most = cut.shift, cut.ties, min(ends), max(ends)
    return Pieces(entry, out, drop, shift, ties, slopes, offsets, starts, low, high, least, most)
