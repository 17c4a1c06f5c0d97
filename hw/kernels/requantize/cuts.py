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
from functools import cached_property
from itertools import pairwise

import numpy as np

from xnorflow.kernels.requantize.corridor import Corridor, Numbers, corridors, nearest_0

__all__ = ["Cut", "lines_of", "steps_of", "tied_of"]

_ALL_ZEROS = 63
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


@dataclass(frozen=True, eq=False)
class _Lines:
    """Slopes that give a piece, the flattest first, with the offsets with which each does."""

    slopes: Numbers
    least: Numbers
    most: Numbers

    @cached_property
    def zeros(self) -> Numbers:
        """In how many zeros one of a slope's offsets ends."""
        bits = np.arange(_ALL_ZEROS + 1)
        differ = (self.least - 1)[:, np.newaxis] >> bits != self.most[:, np.newaxis] >> bits
        found: Numbers = differ.sum(axis=1) - 1
        return found

    def first(self, zeros: int) -> tuple[int, int]:
        """The flattest slope of which an offset ends in so many zeros, and that offset."""
        place = int(np.argmax(self.zeros >= zeros))
        return int(self.slopes[place]), int(self.most[place]) >> zeros << zeros


@dataclass(frozen=True, eq=False)
class _Row:
    """A row of a table, and where all rows are clipped.

    Attributes:
        k: inputs, ascending.
        entries: for each of them.
        low: below which entries are clipped.
        high: above which they are.
        corridors: what a line must keep to, by the first input and the end of a piece.
        able: slopes that give a piece, by these two and the shift.
    """

    k: Numbers
    entries: Numbers
    low: int
    high: int
    corridors: dict[tuple[int, int], Corridor]
    able: dict[tuple[int, int, int], range] = field(default_factory=dict)

    def ends(self, shift: int, most: int) -> list[int] | None:
        """Places at which the fewest pieces end; None if that takes more than ``most``."""
        found: list[int] = []
        first, all_of_it = 0, len(self.k)
        while not self.slopes(first, all_of_it, shift):
            if len(found) + 1 == most:
                return None
            first = self._longest(first, shift)
            found.append(first)
        return [*found, all_of_it]

    def slopes(self, first: int, end: int, shift: int) -> range:
        """Slopes that give a piece."""
        if (first, end, shift) not in self.able:
            self.able[first, end, shift] = self._corridor(first, end).slopes(shift)
        return self.able[first, end, shift]

    def lines(self, first: int, end: int, shift: int, steepest: int) -> _Lines:
        """Lines that give a piece, of slopes up to one."""
        near = (x for x in nearest_0(self.slopes(first, end, shift)) if abs(x) <= steepest)
        slopes = np.array([*near], np.int64)
        return _Lines(slopes, *self._corridor(first, end).offsets(slopes, shift))

    def _corridor(self, first: int, end: int) -> Corridor:
        """What a line must keep to that gives a piece."""
        if (first, end) not in self.corridors:
            k, entries = self.k[first:end], self.entries[first:end]
            self.corridors[first, end] = Corridor.of(k, entries, self.low, self.high)
        return self.corridors[first, end]

    def _longest(self, first: int, shift: int) -> int:
        """Where the longest piece from one place on ends, before the end of all."""
        able, step = first + 1, 1
        while able + step < len(self.k) and self.slopes(first, able + step, shift):
            able, step = able + step, 2 * step
        unable = min(able + step, len(self.k))
        while unable - able > 1:
            middle = (able + unable) // 2
            fits = self.slopes(first, middle, shift)
            able, unable = (middle, unable) if fits else (able, middle)
        return able


def lines_of(k: Numbers, rows: Numbers, most: int) -> Cut | None:
    """The fewest lines of slopes that a multiplier takes, with the fewest bits behind the point.

    Args:
        k: inputs, ascending.
        rows: entries [rows, inputs].
        most: pieces of a row; None is returned where so many do not do.
    """
    low, high, whole = int(rows.min()), int(rows.max()), (0, len(k))
    span = int(k[-1] - k[0]).bit_length()
    exact = 2 * span + 1  # a line of real numbers is then as near one of these as it need be
    found = corridors(k, rows, low, high)
    own = [_Row(k, y, low, high, {whole: x}) for y, x in zip(rows, found, strict=True)]
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
    cuts = []
    for row in rows:
        ends = row.ends(shift, count)
        assert ends is not None, "more bits behind the point give as much"
        cuts.append([*pairwise([0, *ends])])
    own = list(zip(rows, cuts, strict=True))
    steepest = max(
        abs(nearest_0(row.slopes(*piece, shift))[0]) for row, cut in own for piece in cut
    )
    if steepest > _STEEPEST:
        return None
    lines = [[row.lines(*piece, shift, steepest) for piece in cut] for row, cut in own]
    zeros = min(int(piece.zeros.max()) for row in lines for piece in row)
    picked = [[piece.first(zeros) for piece in row] for row in lines]
    starts = [[int(row.k[first]) for first, _ in cut[1:] or cut] for row, cut in own]
    return Cut(
        slopes=_padded([[slope for slope, _ in row] for row in picked], count),
        offsets=_padded([[offset for _, offset in row] for row in picked], count),
        starts=_padded(starts, count - 1),
        shift=shift,
    )


def tied_of(k: Numbers, rows: Numbers) -> Cut | None:
    """Rounded shifts, halves to even: slope 1, and bit ``shift`` added; None if they do not do."""
    low, high = rows.min(), rows.max()
    for shift in range(1, int(max(abs(k[0]), abs(k[-1]))).bit_length()):
        value = k + ((k >> shift) & 1)
        least = np.where(rows > low, (rows << shift) - value, np.iinfo(np.int64).min)
        most = np.where(rows < high, (rows + 1 << shift) - value, np.iinfo(np.int64).max)
        least, most = least.max(axis=1, keepdims=True), most.min(axis=1, keepdims=True) - 1
        if (least <= most).all():
            clear = np.full((len(rows), 0), 0)
            return Cut(np.ones_like(most), np.where(least > 0, least, most), clear, shift, True)
    return None


def steps_of(k: Numbers, rows: Numbers, most: int) -> Cut | None:
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


def _padded(rows: Sequence[list[int]], count: int) -> Numbers:
    """Rows of so many numbers, the last one of each again and again: empty pieces."""
    return np.array([[*row, *row[-1:] * (count - len(row))][:count] for row in rows], np.int64)
