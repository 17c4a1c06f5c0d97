# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which lines give a run of a table's entries: all slopes and offsets, exactly.

With so many bits behind the point (``shift``) a line gives entry y of x where
y << shift <= slope * x + offset < (y + 1) << shift. Entries at which outputs are clipped need only
one of the two. At a given slope that leaves an interval of offsets, whose length is a concave
function of the slope: the least of some lines less the largest of others. So the slopes that leave
any are an interval too, and one of them, or that there is none, is found by bisection: where the
length is negative, its slope there says on which side alone it can be more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

__all__ = ["Corridor", "Numbers"]

Numbers = npt.NDArray[np.int64]
Point = tuple[int, int]

_SLOPES = 64
"""How many slopes are looked at for an offset that ends in zeros."""


@dataclass(frozen=True)
class Corridor:
    """What a line must keep to: corners, since a line that clears these clears all.

    Attributes:
        floor: inputs, ascending, and what their sums must reach.
        ceiling: inputs, ascending, and what their sums must stay below.
    """

    floor: tuple[Point, ...]
    ceiling: tuple[Point, ...]

    @classmethod
    def of(cls, x: Numbers, y: Numbers, low: int, high: int) -> Corridor:
        """That of entries y [inputs] of ascending x, clipped to low and high."""
        steps = y[1:] != y[:-1]
        ends = np.append(True, steps) | np.append(steps, True)
        x, y = x[ends], y[ends]
        least, most = int(y.min()), int(y.max())
        floor = y >= (low if most == low else low + 1)
        ceiling = y <= (high if least == high else high - 1)
        return cls(_hull(x[floor], y[floor], 1), _hull(x[ceiling], y[ceiling] + 1, -1))

    def offsets(self, slope: int, shift: int) -> range:
        """The offsets that are left at a slope."""
        return self._cut(slope, shift)[0]

    def slope(self, shift: int) -> int | None:
        """A slope that leaves an offset; None if none does."""
        steepest = (self._rise << shift) + 1
        low, high = -steepest, steepest
        while low <= high:
            slope = (low + high) // 2
            offsets, turn = self._cut(slope, shift)
            if offsets:
                return slope
            if turn == 0:
                return None
            low, high = (slope + 1, high) if turn > 0 else (low, slope - 1)
        return None

    def slopes(self, shift: int) -> Iterator[int]:
        """Slopes that leave an offset, nearest to 0 first."""
        found = self.slope(shift)
        if found is None:
            return
        if self.offsets(0, shift):
            yield from (0, *self._beyond(0, 1, shift), *self._beyond(0, -1, shift))
            return
        sign = 1 if found > 0 else -1
        bare, able = 0, abs(found)
        while able - bare > 1:
            middle = (able + bare) // 2
            bare, able = (bare, middle) if self.offsets(sign * middle, shift) else (middle, able)
        yield from chain([sign * able], self._beyond(sign * able, sign, shift))

    def _beyond(self, slope: int, step: int, shift: int) -> Iterator[int]:
        """The next slopes in a direction that leave an offset."""
        for further in range(slope + step, slope + step * _SLOPES, step):
            if not self.offsets(further, shift):
                return
            yield further

    @property
    def _rise(self) -> int:
        """What a slope must be above at most, all of it being between two neighbours."""
        heights = [y for _, y in (*self.floor, *self.ceiling)]
        return max(heights) - min(heights)

    def _cut(self, slope: int, shift: int) -> tuple[range, int]:
        """The offsets left, and whether a larger (1) or a smaller (-1) slope may leave more."""
        least, touched = max(((y << shift) - x * slope, x) for x, y in self.floor)
        most, touching = min(((y << shift) - x * slope, x) for x, y in self.ceiling)
        return range(least, most), (touched > touching) - (touched < touching)


def _hull(x: Numbers, y: Numbers, side: int) -> tuple[Point, ...]:
    """The corners of points from above (1) or from below (-1)."""
    found: list[Point] = []
    for point in zip(x.tolist(), y.tolist(), strict=True):
        while len(found) > 1 and side * _turn(found[-2], found[-1], point) >= 0:
            found.pop()
        found.append(point)
    return tuple(found)


def _turn(first: Point, second: Point, third: Point) -> int:
    """Above 0 where the way through three points turns left."""
    along, across = second[0] - first[0], second[1] - first[1]
    return along * (third[1] - first[1]) - across * (third[0] - first[0])
