# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Cuts the rows of a table into as few pieces as there can be, each of which a line gives.

What a line gives it gives a part of too, so the longest piece that begins at the first entry, then
the longest one behind it, and so on, are fewest. What a line gives with so many bits behind the
point it gives with more of them, so the least that do are found by counting up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from xnorflow.kernels.requantize.corridor import Corridor, Numbers

__all__ = ["Cut", "lines_of", "steps_of", "tied_of"]

_ALL_ZEROS = 64
"""In how many zeros a 0 ends: in more than any other offset."""

_STEEPEST = (1 << 24) - 1
"""What a multiplier takes beside the input: one DSP48E1; one MULT18X18D up to 18 bits, else two."""


@dataclass(frozen=True, eq=False)
class Cut:
    """Lines for the pieces of each row, as in Pieces."""

    slopes: Numbers
    offsets: Numbers
    starts: Numbers
    shift: int
    ties: bool = False


@dataclass(frozen=True)
class _Line:
    """A slope that gives a piece, and all offsets with which it does."""

    slope: int
    offsets: range

    @property
    def zeros(self) -> int:
        """In how many zeros one of the offsets ends."""
        before, last = self.offsets.start - 1, self.offsets.stop - 1
        return _ALL_ZEROS if before < 0 <= last else (before ^ last).bit_length() - 1

    def offset(self, zeros: int) -> int:
        """An offset that ends in so many zeros."""
        return (self.offsets.stop - 1) >> zeros << zeros


@dataclass(frozen=True, eq=False)
class _Row:
    """A row of a table, and where all rows are clipped."""

    k: Numbers
    entries: Numbers
    low: int
    high: int
    corridors: dict[tuple[int, int], Corridor] = field(default_factory=dict)

    def ends(self, shift: int, most: int) -> list[int] | None:
        """Places at which the fewest pieces end; None if that takes more than ``most``."""
        found: list[int] = []
        first, all_of_it = 0, len(self.k)
        while not self._fits(first, all_of_it, shift):
            if len(found) + 1 == most:
                return None
            first = self._longest(first, shift)
            found.append(first)
        return [*found, all_of_it]

    def lines(self, first: int, end: int, shift: int) -> list[_Line]:
        """Lines that give a piece, the flattest first."""
        corridor, start = self._corridor(first, end), int(self.k[first])
        found = ((slope, corridor.offsets(slope, shift)) for slope in corridor.slopes(shift))
        return [
            _Line(slope, range(own.start - slope * start, own.stop - slope * start))
            for slope, own in found
        ]

    def _corridor(self, first: int, end: int) -> Corridor:
        """What a line must keep to that gives a piece, whose first input counts as 0."""
        if (first, end) not in self.corridors:
            k, entries = self.k[first:end] - self.k[first], self.entries[first:end]
            self.corridors[first, end] = Corridor.of(k, entries, self.low, self.high)
        return self.corridors[first, end]

    def _fits(self, first: int, end: int, shift: int) -> bool:
        return self._corridor(first, end).slope(shift) is not None

    def _longest(self, first: int, shift: int) -> int:
        """Where the longest piece from one place on ends, before the end of all."""
        able, step = first + 1, 1
        while able + step < len(self.k) and self._fits(first, able + step, shift):
            able, step = able + step, 2 * step
        unable = min(able + step, len(self.k))
        while unable - able > 1:
            middle = (able + unable) // 2
            able, unable = (middle, unable) if self._fits(first, middle, shift) else (able, middle)
        return able


def lines_of(k: Numbers, rows: Sequence[Numbers], most: int) -> Cut | None:
    """The fewest lines of slopes that a multiplier takes, with the fewest bits behind the point.

    Args:
        k: inputs, ascending.
        rows: for each row its entries.
        most: pieces of a row; None is returned where so many do not do.
    """
    low, high = _limits(rows)
    span = int(k[-1] - k[0]).bit_length()
    exact = 2 * span + 1  # a line of real numbers is then as near one of these as it need be
    own = [_Row(k, row, low, high) for row in rows]
    least = 1
    for row in own:
        ends = row.ends(exact, most)
        if ends is None:
            return None
        least = max(least, len(ends))
    for count in range(least, most + 1):
        shift = 0
        for row in own:
            while row.ends(shift, count) is None:
                shift += 1
        cut = _chosen(own, shift, count)
        if cut is not None:
            return cut
    return None


def _chosen(rows: Sequence[_Row], shift: int, count: int) -> Cut | None:
    """Lines of slopes as narrow as can be, then with offsets that end in as many zeros.

    None where a slope is too wide.
    """
    starts, lines = [], []
    for row in rows:
        ends = row.ends(shift, count)
        assert ends is not None, "more bits behind the point give as much"
        starts.append([int(row.k[end]) for end in ends[:-1]] or [int(row.k[0])])
        lines.append([row.lines(*piece, shift) for piece in pairwise([0, *ends])])
    steepest = max(abs(own[0].slope) for row in lines for own in row)
    if steepest > _STEEPEST:
        return None
    able = [[[x for x in own if abs(x.slope) <= steepest] for own in row] for row in lines]
    zeros = min(max(line.zeros for line in own) for row in able for own in row)
    picked = [[next(x for x in own if x.zeros >= zeros) for own in row] for row in able]
    return Cut(
        slopes=_padded([[line.slope for line in row] for row in picked], count),
        offsets=_padded([[line.offset(zeros) for line in row] for row in picked], count),
        starts=_padded(starts, count - 1),
        shift=shift,
    )


def tied_of(k: Numbers, rows: Sequence[Numbers]) -> Cut | None:
    """Rounded shifts, halves to even: slope 1, and bit ``shift`` added; None if they do not do."""
    low, high = _limits(rows)
    entries = np.stack(rows)
    for shift in range(1, int(max(abs(k[0]), abs(k[-1]))).bit_length()):
        value = k + ((k >> shift) & 1)
        least = np.where(entries > low, (entries << shift) - value, np.iinfo(np.int64).min)
        most = np.where(entries < high, (entries + 1 << shift) - value, np.iinfo(np.int64).max)
        least, most = least.max(axis=1, keepdims=True), most.min(axis=1, keepdims=True) - 1
        if (least <= most).all():
            clear = np.full((len(rows), 0), 0)
            return Cut(np.ones_like(most), np.where(least > 0, least, most), clear, shift, True)
    return None


def steps_of(k: Numbers, rows: Sequence[Numbers], most: int) -> Cut | None:
    """A constant for each run of equal entries; None if a row has more than ``most``."""
    places = [np.flatnonzero(np.diff(row, prepend=row[0] - 1)) for row in rows]
    count = max(map(len, places))
    if count > most:
        return None
    own = list(zip(places, rows, strict=True))
    return Cut(
        slopes=np.zeros((len(rows), count), np.int64),
        offsets=_padded([row[first].tolist() for first, row in own], count),
        starts=_padded([k[first[1:]].tolist() or [int(k[0])] for first, _ in own], count - 1),
        shift=0,
    )


def _limits(rows: Sequence[Numbers]) -> tuple[int, int]:
    return int(min(row.min() for row in rows)), int(max(row.max() for row in rows))


def _padded(rows: Sequence[list[int]], count: int) -> Numbers:
    """Rows of so many numbers, the last one of each again and again: empty pieces."""
    return np.array([[*row, *row[-1:] * (count - len(row))][:count] for row in rows], np.int64)
