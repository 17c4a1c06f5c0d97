# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which lines give a run of a table's entries: all slopes and offsets, exactly.

With so many bits behind the point (``shift``) a line gives entry y of x where
y << shift <= slope * x + offset < (y + 1) << shift. Entries at which outputs are clipped need only
one of the two. So there is a floor of points that sums must reach, and a ceiling of points that
they must stay below. A slope leaves an offset if along it each point of the ceiling is above each
one of the floor: such a pair bounds the slope from above where the ceiling's point is the later
one, else from below. Of both only the corners of their hulls count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Corridor", "Numbers", "corridors", "nearest_0"]

Numbers = npt.NDArray[np.int64]

_SLOPES = 64
"""How many slopes to each side are looked at for an offset that ends in zeros."""
_STEEP = 1 << 62
"""Beyond any slope that points bound."""


@dataclass(frozen=True, eq=False)
class Corridor:
    """What a line must keep to: corners, since a line that clears these clears all.

    Attributes:
        floor: inputs, ascending, and what their sums must reach [2, corners].
        ceiling: inputs, ascending, and what their sums must stay below [2, corners].
    """

    floor: Numbers
    ceiling: Numbers

    @classmethod
    def of(cls, x: Numbers, y: Numbers, low: int, high: int) -> Corridor:
        """That of entries y [inputs] of ascending x, clipped to low and high."""
        (found,) = corridors(x, y[np.newaxis], low, high)
        return found

    def slopes(self, shift: int) -> range:
        """All slopes that leave an offset, ascending."""
        run, rise = self.ceiling[:, np.newaxis] - self.floor[..., np.newaxis]
        room = (rise << shift) - 1
        later, earlier = run > 0, run < 0
        most = (room[later] // run[later]).min(initial=_STEEP)
        least = -(room[earlier] // -run[earlier]).min(initial=_STEEP)
        return range(int(least), int(most) + 1)

    def offsets(self, slopes: Numbers, shift: int) -> tuple[Numbers, Numbers]:
        """The least and the greatest offset that is left at each of some slopes [slopes]."""
        floor, ceiling = (
            (y << shift) - x * slopes[:, np.newaxis] for x, y in (self.floor, self.ceiling)
        )
        return floor.max(axis=1), ceiling.min(axis=1) - 1


def corridors(x: Numbers, rows: Numbers, low: int, high: int) -> list[Corridor]:
    """Those of rows of entries [rows, inputs], all at once."""
    ends = np.ones(rows.shape, np.bool_)
    steps = rows[:, 1:] != rows[:, :-1]
    ends[:, 1:-1] = steps[:, 1:] | steps[:, :-1]
    row, place = ends.nonzero()
    x, y = x[place], rows[row, place]
    least, most = rows.min(axis=1)[row], rows.max(axis=1)[row]
    floor = y >= np.where(most == low, low, low + 1)
    ceiling = y <= np.where(least == high, high, high - 1)
    floors = _hulls(row[floor], x[floor], y[floor], 1)
    ceilings = _hulls(row[ceiling], x[ceiling], y[ceiling] + 1, -1)
    return [Corridor(*own) for own in zip(floors, ceilings, strict=True)]


def nearest_0(slopes: range) -> list[int]:
    """Some of all slopes, nearest to 0 first, and above it before below."""
    if 0 in slopes:
        above, below = range(1, slopes.stop), range(-1, slopes.start - 1, -1)
        return [0, *above[: _SLOPES - 1], *below[: _SLOPES - 1]]
    return [*(slopes if slopes.start > 0 else slopes[::-1])[:_SLOPES]]


def _hulls(row: Numbers, x: Numbers, y: Numbers, side: int) -> list[Numbers]:
    """The corners of each row's points from above (1) or from below (-1).

    No corner is a point that is within its neighbours, be they corners or not; so all of these are
    left out at once, until none is left.
    """
    while True:
        along, across = np.diff(x), np.diff(y)
        within = side * (along[:-1] * across[1:] - across[:-1] * along[1:]) >= 0
        within &= row[2:] == row[:-2]
        if not within.any():
            break
        corners = np.ones(len(x), np.bool_)
        corners[1:-1] = ~within
        row, x, y = row[corners], x[corners], y[corners]
    return np.split(np.stack([x, y]), np.flatnonzero(np.diff(row)) + 1, axis=1)
