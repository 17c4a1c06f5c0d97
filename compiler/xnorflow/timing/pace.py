# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Runs of a chain of processes: exactly the cycles of the hardware, whatever the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from enum import Enum
from functools import cache

import numpy as np

from xnorflow.timing import cycles
from xnorflow.timing.process import Bools, Ints, Output, Process

__all__ = ["BeatTimes", "Chain", "ChainRun", "End"]

_NONE: Ints = np.empty(0, np.int64)
_BUDGET = 1 << 32
"""Looks at parts, a few nanoseconds each, before a run is broken off."""


class End(Enum):
    """How a run ended."""

    ENDED = cycles.ENDED
    REPEATS = cycles.REPEATS
    SLOWER = cycles.SLOWER
    STUCK = cycles.STUCK
    BROKEN_OFF = cycles.BROKEN_OFF


@dataclass(frozen=True, eq=False)
class ChainRun:
    """What a run has shown.

    Attributes:
        end: how it ended.
        ends: int64 [frames]: the cycle in which each frame's last beat left.
        period: after how many frames everything is as before; 0 if it was not found.
        peaks: int64 [parts]: the most beats that each part's output ever had to hold.
        looks: how often parts were looked at: the work of the run.
    """

    end: End
    ends: Ints
    period: int
    peaks: Ints
    looks: int

    @property
    def gap(self) -> int:
        """Cycles from the last frame but one to the last."""
        return int(self.ends[-1] - self.ends[-2]) if len(self.ends) > 1 else 0

    @property
    def interval(self) -> float | None:
        """Cycles from frame to frame in the steady state, if it was reached."""
        if not self.period:
            return None
        return int(self.ends[-1] - self.ends[-1 - self.period]) / self.period


@dataclass(frozen=True, eq=False)
class BeatTimes:
    """When beats moved: int64 cycles.

    Attributes:
        accepted: of each input beat.
        offered: of each output beat, first.
        taken: of each output beat.
    """

    accepted: Ints
    offered: Ints
    taken: Ints


class Chain:
    """Processes that pass beats on to one another."""

    def __init__(self, processes: Sequence[Process]) -> None:
        steps = [process.order for process in processes]
        each = np.cumsum([0, *(len(s.each) for s in steps)])
        laps = np.cumsum([0, *(len(s.laps) for s in steps)])
        self._each = np.concatenate([s.each for s in steps]).astype(np.int64)
        self._laps = np.concatenate(
            [
                s.laps + np.array([start, start, 0, 0, 0])
                for s, start in zip(steps, each, strict=False)
            ]
        ).astype(np.int64)
        rows = [
            (
                *(p.room, p.wait, p.delay, p.rigid),
                *(p.output.beats, p.output.turn, p.output.latency),
                *(laps[place], laps[place + 1], p.beats),
            )
            for place, p in enumerate(processes)
        ]
        self._parts = np.array(rows, np.int64)
        self._in_beats = processes[0].beats
        self._out_beats = steps[-1].emitted

    def with_outputs(self, outputs: Mapping[int, Output | None]) -> Chain:
        """The chain with other outputs at some places; a part whose output is None is left out.

        Only parts that pass on what they get may be left out.
        """
        found = copy(self)
        found._parts = self._parts.copy()
        for place, output in outputs.items():
            if output is not None:
                columns = (output.beats, output.turn, output.latency)
                found._parts[place, cycles.HOLDS : cycles.LATENCY + 1] = columns
        left_out = [place for place, output in outputs.items() if output is None]
        found._parts = np.delete(found._parts, left_out, axis=0)
        return found

    def run(self, frames: int) -> ChainRun:
        """So many frames, offered and taken at all times."""
        return self._play(frames)

    def settle(
        self, frames: int, *, pace: int = 0, deadline: int = 0, budget: int = _BUDGET
    ) -> ChainRun:
        """Frames, up to so many, until everything repeats.

        Args:
            frames: how many at most.
            pace: a frame is offered every so many cycles; at all times if 0.
            deadline: the run ends if frames keep leaving more than so many cycles apart; not if 0.
            budget: looks at parts before the run is broken off.
        """
        return self._play(frames, pace=pace, deadline=deadline, settles=True, budget=budget)

    def trace(self, frames: int, offers: Ints = _NONE, ready: Bools | None = None) -> BeatTimes:
        """Run frames and tell when beats moved.

        Args:
            frames: how many.
            offers: int64 [beats]: the earliest cycle in which each is offered; at once if empty.
            ready: bool [cycles]: whether beats are taken; always behind the last.
        """
        accepted = np.zeros(frames * self._in_beats, np.int64)
        exits, taken = np.zeros((2, frames * self._out_beats), np.int64)
        next_ready = _NONE if ready is None else _next(ready)
        run = self._play(frames, offers=offers, ready=next_ready, traces=(accepted, exits, taken))
        assert run.end is End.ENDED, f"a chain must not end as {run.end}"
        behind = np.concatenate([[0], taken[:-1] + 1])
        return BeatTimes(
            accepted, np.maximum(exits + self._parts[-1, cycles.LATENCY], behind), taken
        )

    def _play(
        self,
        frames: int,
        *,
        pace: int = 0,
        deadline: int = 0,
        settles: bool = False,
        budget: int = _BUDGET,
        offers: Ints = _NONE,
        ready: Ints = _NONE,
        traces: tuple[Ints, Ints, Ints] = (_NONE, _NONE, _NONE),
    ) -> ChainRun:
        parts, delay = len(self._parts), int(self._parts[:, cycles.DELAY].max()) + 2
        ends, peaks = np.zeros(frames, np.int64), np.zeros(parts, np.int64)
        state = np.zeros((parts, cycles.STATE), np.int64)
        queue = np.zeros((parts, delay), np.int64)
        shots = np.zeros((3, parts + 1, cycles.SHOT + delay), np.int64)
        end, gone, period, looks = _compiled()(
            self._parts,
            self._each,
            self._laps,
            *(self._out_beats, pace, deadline, frames, settles, budget),
            *(offers, ready, state, queue, shots, ends, peaks),
            *traces,
        )
        return ChainRun(End(end), ends[:gone], int(period), peaks, int(looks))


def _next(ready: Bools) -> Ints:
    """For each cycle, the first from it on that is ready; the cycle behind the last at the end."""
    cycle = np.where(ready, np.arange(len(ready)), len(ready))
    found: Ints = np.minimum.accumulate(cycle[::-1])[::-1].astype(np.int64)
    return found


@cache
def _compiled() -> Callable[..., tuple[int, int, int, int]]:
    """The simulator as machine code, kept on disk where there is a place for it."""
    import numba

    try:
        found: Callable[..., tuple[int, int, int, int]] = numba.njit(cache=True)(cycles.play)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        found = numba.njit(cycles.play)
    return found
