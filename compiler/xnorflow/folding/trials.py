# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whether fifos of given depths suffice: all stages are run, to the cycle.

They do if frames that are offered every interval also leave every interval, and if no pauses of
the host lead to a deadlock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xnorflow.design.netlist import Netlist
from xnorflow.design.stage import Joint
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.timing.process import Output
from xnorflow.timing.runs import DataflowRun, End, Schedule

__all__ = ["UNBOUNDED", "Place", "Trials"]

UNBOUNDED = 1 << 40
"""A depth that no fifo ever fills."""

_FRAMES = 256
"""So many frames after the first has left a design must do the same in every frame."""
_BUDGET = 1 << 32
"""Evaluations of parts, some 40 ns each, for runs that must pass."""
_PATIENCE = 8
"""So many late frames in a row tell that all to come are late, and fewer where they take long."""
_LONG = 1 << 16
"""Cycles after which that is told by one more than overlap."""
_ISOLATION = 4
"""Times as long as a lone frame takes: frames so far apart never meet."""
_ISOLATED = 3
"""So many such frames tell of all: each but the last, which none follows, finds all at rest."""


_Known = dict[tuple[int, ...], tuple[DataflowRun, ...] | None]
"""Of depths, the runs that have shown that they suffice; None where they do not."""


@dataclass(frozen=True)
class Place:
    """Where a fifo may stand.

    Attributes:
        joint: the fifo, of no depth yet.
        at: its place among all parts.
        edge: the number of the connection that it is part of.
        join: the stage of several inputs that it leads to; empty for others.
    """

    joint: Joint
    at: int
    edge: int
    join: str


class Trials:
    """Runs of a design with fifos of various depths at some places, 0 where there is none.

    Attributes:
        budget: evaluations of parts that are left for questions; one that it does not suffice for
            is answered by no.
        out_of_budget: whether that happened.
    """

    def __init__(self, net: Netlist, places: Sequence[Place], interval: int) -> None:
        """Frames come, and must leave, every ``interval`` cycles."""
        self._places, self._interval = places, interval
        self._parts = len(net.parts)
        self._flow = net.dataflow
        self._untimed = net.untimed if net.branches else None
        self._paced: _Known = {}
        self._known: _Known = {}
        unbounded = self._flow.with_outputs(self._outputs([UNBOUNDED] * len(places)))
        self._lone = int(unbounded.run(1).ends.sum())
        overlap = self._lone // interval
        self._frames = _FRAMES + 2 * overlap
        patience = max(min(_PATIENCE, _LONG // interval), overlap + 1)
        self._schedule = Schedule(self._lone, interval, patience)
        self.budget = _BUDGET
        self.out_of_budget = False

    def keep_pace(self, depths: Sequence[int]) -> bool:
        """Whether frames still leave every interval as long as the host does not pause.

        They come at that pace, or, where all fifos may be full, at all times: a design may keep up
        with the one and not with the other.
        """
        return self._asked(self._paced, depths, self._at_pace) is not None

    def suffice(self, depths: Sequence[int]) -> bool:
        """Whether they keep pace, and frames pass whatever the pauses of the host."""
        return self._asked(self._known, depths, self._at_any_pauses) is not None

    def peaks(self, depths: Sequence[int]) -> list[int]:
        """The most that each fifo ever holds, with depths that must suffice.

        Raises:
            XnorflowError: ``fifo-schedule``: they do not.
        """
        known = self._known.get(tuple(depths))
        if known is not None:
            return self._held(depths, *known)
        runs = [self._settled(depths, _BUDGET, self._interval)]
        if self._untimed is not None and _repeats(runs[0]):
            runs.append(self._isolated_frames(depths, _BUDGET))
        if not _repeats(runs[-1]):
            raise self._refusal(runs[-1])
        self._known[tuple(depths)] = tuple(runs)
        return self._held(depths, *runs)

    def _refusal(self, failed: DataflowRun) -> XnorflowError:
        if failed.end is End.OUT_OF_BUDGET:
            fault = "be fewer than can be followed in fair time, not so many"
        elif failed.end is End.DEADLOCK:
            fault = "pass from frame to frame, fifos of any depth given, not go on for ever"
        else:
            fault = f"pass from frame to frame, fifos of any depth given, not {failed.gap}"
        return XnorflowError(
            Diagnostic(
                "fifo-schedule",
                f"{self._interval} cycles must {fault}",
                "choose another folding or target",
            )
        )

    def _asked(
        self,
        known: _Known,
        depths: Sequence[int],
        trial: Callable[[Sequence[int]], tuple[DataflowRun, ...] | None],
    ) -> tuple[DataflowRun, ...] | None:
        """What is known of depths, or what a trial finds; None also if there is no time to tell."""
        key = tuple(depths)
        if key in known:
            return known[key]
        found = trial(depths) if self.budget > 0 else None
        if found is None and self.budget <= 0:
            self.out_of_budget = True
            return None
        known[key] = found
        return found

    def _at_pace(self, depths: Sequence[int]) -> tuple[DataflowRun, ...] | None:
        """A run in which frames keep up with the pace."""
        for pace in (self._interval,) if UNBOUNDED in depths else (self._interval, 0):
            run = self._settled(depths, self.budget, pace)
            self.budget -= run.evaluations
            if _repeats(run) and (pace > 0 or run.gap == self._interval):
                return (run,)
        return None

    def _at_any_pauses(self, depths: Sequence[int]) -> tuple[DataflowRun, ...] | None:
        """Such a run and one of isolated frames.

        Branches alone can deadlock, where one holds too little of what the other waits for.
        """
        runs = self._asked(self._paced, depths, self._at_pace)
        if runs is None or self._untimed is None:
            return runs
        run = self._isolated_frames(depths, self.budget)
        self.budget -= run.evaluations
        return (*runs, run) if _repeats(run) else None

    def _settled(self, depths: Sequence[int], budget: int, pace: int) -> DataflowRun:
        """Frames at a pace, or at all times if that is 0."""
        flow = self._flow.with_outputs(self._outputs(depths))
        return flow.settle(self._frames, pace=pace, schedule=self._schedule, budget=budget)

    def _isolated_frames(self, depths: Sequence[int], budget: int) -> DataflowRun:
        """Frames one by one, of the untimed dataflow: no step counts on a beat under way.

        Which steps wait for which others is then the same at any pace: where these frames pass, so
        do all.
        """
        assert self._untimed is not None, "only branches can deadlock"
        untimed = self._untimed.with_outputs(self._outputs(depths))
        return untimed.settle(_ISOLATED, pace=_ISOLATION * self._lone, budget=budget)

    def _held(self, depths: Sequence[int], *runs: DataflowRun) -> list[int]:
        """The most that each fifo held in any run."""
        held = np.zeros(self._parts, np.int64)
        kept = np.ones(self._parts, np.bool_)
        kept[[p.at for p, depth in zip(self._places, depths, strict=True) if not depth]] = False
        held[kept] = np.max([run.peaks for run in runs], axis=0)
        return [int(held[place.at]) for place in self._places]

    def _outputs(self, depths: Sequence[int]) -> dict[int, Output | None]:
        """Where the beats of each fifo wait; None without it."""
        return {
            place.at: replace(place.joint, depth=depth).process.output if depth else None
            for place, depth in zip(self._places, depths, strict=True)
        }


def _repeats(run: DataflowRun) -> bool:
    """Whether all is in every frame as in the one before, and keeps up with the pace."""
    return run.end is End.REPEATS and run.period == 1
