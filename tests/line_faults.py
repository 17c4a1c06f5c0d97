# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on serial lines, drawn from a seed and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.simulate.line import LEVEL, Stretches, idle

__all__ = ["LineFaults"]

BITS = 10


class LineFaults:
    """Spoils a line now and then; one object for both directions.

    Attributes:
        count: faults so far, by kind and direction.

    Args:
        seed: of all draws.
        most: faults in all; after them the line is clean.
        rate: of a fault in what is spoilt at once.
        step: cycles a bit.
    """

    def __init__(self, seed: int, most: int, rate: float, step: int) -> None:
        self.count: Counter[str] = Counter()
        self._rng = np.random.default_rng(seed)
        self._most, self._rate, self._step = most, rate, step
        self._kinds: tuple[Callable[[Stretches, int], Stretches], ...] = (
            *(self.flipped, self.lost, self.repeated, self.glitch),
            *(self.noise, self.broken, self.cut, self.mistimed),
        )

    @property
    def total(self) -> int:
        return sum(self.count.values())

    def there(self, line: Stretches) -> Stretches:
        return self._spoil(line, "there")

    def back(self, line: Stretches) -> Stretches:
        return self._spoil(line, "back")

    def _spoil(self, line: Stretches, way: str) -> Stretches:
        quiet = len(line) < BITS and self._rng.random() > 0.02  # noise on a silent line
        if self.total >= self._most or quiet or self._rng.random() > self._rate:
            return line
        kind = self._kinds[self._rng.integers(len(self._kinds))]
        self.count[f"{way} {kind.__name__}"] += 1
        return kind(line, int(self._rng.integers(len(line))))

    def flipped(self, line: Stretches, at: int) -> Stretches:
        """A bit is the other one."""
        found: Stretches = line.copy()
        found[at] ^= LEVEL
        return found

    def lost(self, line: Stretches, at: int) -> Stretches:
        """The time of a byte is missing, wherever that begins."""
        return put(line[:at], at, line[at + BITS :])

    def repeated(self, line: Stretches, at: int) -> Stretches:
        return put(line, at, line[at : at + BITS])

    def glitch(self, line: Stretches, at: int) -> Stretches:
        """Low for less than half a bit."""
        return put(line, at, [self._step // 4])

    def noise(self, line: Stretches, at: int) -> Stretches:
        count = int(self._rng.integers(1, 200))
        levels = self._rng.integers(0, 2, count) * LEVEL
        return put(line, at, levels + self._rng.integers(1, 3 * self._step, count))

    def broken(self, line: Stretches, at: int) -> Stretches:
        """Low for several bytes."""
        low = self._rng.integers(1, 5) * BITS * self._step
        return put(line, at, [low])

    def cut(self, line: Stretches, at: int) -> Stretches:
        """Nothing of the rest arrives."""
        return put(line[:at], at, idle(2 * BITS * self._step))

    def mistimed(self, line: Stretches, at: int) -> Stretches:
        """A bit lasts two."""
        found: Stretches = line.copy()
        found[at] += np.uint32(self._step)
        return found


def put(line: Stretches, at: int, more: Sequence[int] | npt.NDArray[Any]) -> Stretches:
    found: Stretches = np.concatenate([line[:at], np.asarray(more, np.uint32), line[at:]])
    return found
