# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a run of a dataflow has shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from xnorflow.timing import layout
from xnorflow.timing.process import Ints

__all__ = ["NO_SCHEDULE", "DataflowRun", "End", "PortTimes", "Schedule"]


class End(Enum):
    """How a run ended."""

    ENDED = layout.ENDED
    REPEATS = layout.REPEATS
    SLOWER = layout.SLOWER
    DEADLOCK = layout.DEADLOCK
    OUT_OF_BUDGET = layout.OUT_OF_BUDGET


class Schedule(NamedTuple):
    """When frames must leave; a run ends when it is sure that they will not.

    Attributes:
        due: the cycle in which the first frame leaves, at the latest.
        deadline: cycles from frame to frame beyond which one is late; none ever is if 0.
        patience: so many late frames in a row tell that all to come will be late, and one that is
            so many times as late, that it never leaves.
    """

    due: int = 0
    deadline: int = 0
    patience: int = 0


NO_SCHEDULE = Schedule()


@dataclass(frozen=True, eq=False)
class DataflowRun:
    """What a run has shown.

    Attributes:
        end: how it ended.
        ends: int64 [frames]: the cycle in which each frame's last beat left.
        period: after how many frames everything is as before; 0 if it was not found.
        peaks: int64 [parts]: the most beats that each part's output ever had to hold.
        evaluations: how often parts were evaluated: the work of the run.
    """

    end: End
    ends: Ints
    period: int
    peaks: Ints
    evaluations: int

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
class PortTimes:
    """When beats moved between the host and each of the ports that it feeds or reads: int64 layout.

    Attributes:
        accepted: of each beat of each input.
        offered: of each beat of each output, first.
        taken: of each beat of each output.
    """

    accepted: tuple[Ints, ...]
    offered: tuple[Ints, ...]
    taken: tuple[Ints, ...]
