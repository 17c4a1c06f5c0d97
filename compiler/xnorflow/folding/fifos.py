# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fifos of the least depths with which a frame leaves every interval, that of the slowest stage.

Found by running all stages, to the cycle (see ``timing/pace.py``): with fifos everywhere
that are never full, then with fewer and smaller ones, as long as the interval stays; those of the
widest streams first, since beats may wait in narrower ones as well.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xnorflow.design.design import Design
from xnorflow.design.netlist import netlist
from xnorflow.design.stage import HOST, Connection, Joint
from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.timing.pace import Dataflow
from xnorflow.timing.process import Output
from xnorflow.timing.runs import DataflowRun, End

__all__ = ["with_fifos"]

_LOG = logging.getLogger(__name__)

_FRAMES = 256
"""So many frames after the first has left a design must do the same in every frame."""
_BUDGET = 1 << 32
"""Evaluations of parts, some 60 ns each: for a run that must pass, and for leaving fifos out."""
_SMALLER = 1 << 28
"""Evaluations for making fifos smaller: those of shortcuts hold nearly the least from the start."""
_SHALLOW = 8
"""Up to such a depth all smaller ones are tried: one of a single beat passes on every other cycle
only, and what suffices may be less than what does not."""
_ISOLATION = 4
"""Times as long as a lone frame takes: frames so far apart never meet."""
_ISOLATED = 3
"""So many such frames tell of all: each but the last, which none follows, finds all at rest."""
_UNBOUNDED = 1 << 40
"""A depth that no fifo ever fills."""


@dataclass(frozen=True)
class _Place:
    """Where a fifo may stand.

    Attributes:
        joint: the fifo, of no depth yet.
        join: the stage of several inputs that it leads to; empty for others.
        at: its place among all parts.
    """

    joint: Joint
    join: str
    at: int


def with_fifos(design: Design) -> Design:
    """The design with the fifos that it needs.

    Raises:
        XnorflowError: ``fifo-schedule``: no fifos were found to be deep enough.
    """
    sizing = _Sizing(design)
    return replace(design, connections=tuple(sizing.connections(sizing.least())))


class _Sizing:
    """The dataflow of a design with a fifo in front of everything but what reads the host."""

    def __init__(self, design: Design) -> None:
        self._interval = design.interval_cycles
        self._frames = _FRAMES
        self._budget = _BUDGET
        self._lone = 0
        self._out_of_budget = False
        self._known: dict[tuple[int, ...], bool] = {}
        self._connections = tuple(_with_places(design))
        net = netlist(design.stages, self._connections)
        several = {s.layer.name for s in design.stages if len(s.input_streams) > 1}
        joins = {
            joint.name: connection.sink.stage
            for connection in self._connections
            for joint in connection.joints
            if connection.sink.stage in several
        }
        self._places = [
            _Place(part.item, joins.get(part.name, ""), at)
            for at, part in enumerate(net.parts)
            if isinstance(part.item, Joint) and part.item.adapter_name == "fifo"
        ]
        self._parts = len(net.parts)
        self._flow = net.dataflow
        self._untimed = net.untimed if net.branches else None

    def connections(self, depths: list[int]) -> Iterator[Connection]:
        """All connections, with fifos of these depths."""
        found = {place.joint.name: depth for place, depth in zip(self._places, depths, strict=True)}
        for connection in self._connections:
            joints = (
                replace(joint, depth=found.get(joint.name, joint.depth))
                for joint in connection.joints
            )
            kept = tuple(j for j in joints if j.depth or j.adapter_name != "fifo")
            yield replace(connection, joints=kept)

    def least(self) -> list[int]:
        """Depths none of which can be made smaller by a beat; 0 where there is no fifo.

        Raises:
            XnorflowError: ``fifo-schedule``.
        """
        depths = [_UNBOUNDED] * len(self._places)
        self._lone = int(self._with(depths).run(1).ends.sum())
        self._frames += 2 * self._lone // self._interval
        peaks = self._checked(depths)
        widths = [place.joint.source.width for place in self._places]
        order = sorted(range(len(depths)), key=lambda place: -widths[place])
        shortcuts = self._shortcuts(peaks)
        self._drop(depths, [place for place in order if place not in shortcuts])
        self._drop(depths, [place for place in order if place in shortcuts])
        self._budget = min(self._budget, _SMALLER)
        for place in order:
            if depths[place] == _UNBOUNDED:
                self._bound(depths, place)
                self._halve(depths, place)
        before: list[int] = []
        while depths != before:
            before = list(depths)
            for place in order:
                self._shrink(depths, place)
        if not self._known.get(tuple(depths)):
            self._checked(depths)
        if self._out_of_budget:
            _LOG.warning("there was no time to make all fifos as small as they could be")
        return depths

    def _shortcuts(self, peaks: list[int]) -> set[int]:
        """Of the places in front of each join the one that holds the most, and most likely must."""
        found: dict[str, int] = {}
        for place, own in enumerate(self._places):
            if own.join and peaks[place] > peaks[found.setdefault(own.join, place)]:
                found[own.join] = place
        return set(found.values())

    def _checked(self, depths: list[int]) -> list[int]:
        """The most that each fifo ever holds, with depths that must suffice."""
        runs = [self._settled(depths, self._interval, _BUDGET)]
        if self._untimed is not None and _repeats(runs[0]):
            runs.append(self._isolated_frames(self._untimed, depths, _BUDGET))
        failed = next((run for run in runs if not _repeats(run)), None)
        if failed is None:
            held = np.zeros(self._parts, np.int64)
            kept = np.ones(self._parts, np.bool_)
            kept[[p.at for p, depth in zip(self._places, depths, strict=True) if not depth]] = False
            held[kept] = np.max([run.peaks for run in runs], axis=0)
            return [int(held[place.at]) for place in self._places]
        if failed.end is End.OUT_OF_BUDGET:
            fault = "be fewer than can be followed in fair time, not so many"
        elif failed.end is End.DEADLOCK:
            fault = "pass from frame to frame, fifos of any depth given, not go on for ever"
        else:
            fault = f"pass from frame to frame, fifos of any depth given, not {failed.gap}"
        raise XnorflowError(
            Diagnostic(
                "fifo-schedule",
                f"{self._interval} cycles must {fault}",
                "choose another folding or target",
            )
        )

    def _bound(self, depths: list[int], place: int) -> None:
        """Give a fifo a depth that it never exceeds; with the budget spent, all of them.

        So to all in front of joins at once, where what waits decides and not in which of them.
        """
        peaks, joins = self._checked(depths), bool(self._places[place].join)
        for other, depth in enumerate(depths):
            with_it = other == place or (joins and self._places[other].join)
            if depth == _UNBOUNDED and (with_it or self._out_of_budget):
                depths[other] = max(2, peaks[other])

    def _drop(self, depths: list[int], order: Sequence[int]) -> None:
        """Leave out as many of some fifos as can be, by halves."""
        found = [0 if place in order else depth for place, depth in enumerate(depths)]
        if order and self._suffice(found):
            depths[:] = found
        elif len(order) > 1:
            self._drop(depths, order[: len(order) // 2])
            self._drop(depths, order[len(order) // 2 :])

    def _shrink(self, depths: list[int], place: int) -> None:
        """Make a fifo as small as it can be next to the others."""
        fits = self._fitting(depths, place)
        if depths[place] and fits(0):
            depths[place] = 0
        self._halve(depths, place)
        shallow = range(1, depths[place] if depths[place] <= _SHALLOW else 1)
        depths[place] = next((depth for depth in shallow if fits(depth)), depths[place])

    def _halve(self, depths: list[int], place: int) -> None:
        """Make a fifo smaller, by ever longer steps and then by halves, but not shallow."""
        fits, most, step = self._fitting(depths, place), depths[place], 1
        if most <= _SHALLOW:
            return
        while most - step >= _SHALLOW and fits(most - step):
            most, step = most - step, 2 * step
        least = max(_SHALLOW, most - step + 1)
        depths[place] = least + bisect_left(range(least, most), True, key=fits)

    def _fitting(self, depths: list[int], place: int) -> Callable[[int], bool]:
        """Whether a fifo may have a depth, next to the others."""
        others = list(depths)
        return lambda depth: self._suffice([*others[:place], depth, *others[place + 1 :]])

    def _suffice(self, depths: list[int]) -> bool:
        """Whether frames still leave every interval; False when the budget is too small to tell.

        They come at that pace, or, where all fifos may be full, at all times: a design may keep up
        with the one and not with the other.
        """
        key = tuple(depths)
        if key not in self._known:
            paces = (self._interval,) if _UNBOUNDED in depths else (self._interval, 0)
            self._known[key] = self._never_deadlocks(depths) and any(
                self._keeps_up(depths, pace) for pace in paces
            )
        return self._known[key]

    def _never_deadlocks(self, depths: list[int]) -> bool:
        """Whether no pauses lead to a deadlock; False when the budget is too small to tell.

        Branches alone can deadlock, where one holds too little of what the other waits for.
        """
        if self._untimed is None:
            return True
        run = self._isolated_frames(self._untimed, depths, self._budget)
        self._budget -= run.evaluations
        self._out_of_budget |= run.end is End.OUT_OF_BUDGET
        return _repeats(run)

    def _isolated_frames(self, untimed: Dataflow, depths: list[int], budget: int) -> DataflowRun:
        """Frames one by one, of the untimed dataflow: no step counts on a beat under way.

        Which steps wait for which others is then the same at any pace: where these frames pass, so
        do all.
        """
        flow = untimed.with_outputs(self._outputs(depths))
        return flow.settle(_ISOLATED, pace=_ISOLATION * self._lone, budget=budget)

    def _keeps_up(self, depths: list[int], pace: int) -> bool:
        run = self._settled(depths, pace, self._budget)
        self._budget -= run.evaluations
        self._out_of_budget |= run.end is End.OUT_OF_BUDGET
        return _repeats(run) and (pace > 0 or run.gap == self._interval)

    def _settled(self, depths: list[int], pace: int, budget: int) -> DataflowRun:
        flow = self._with(depths)
        return flow.settle(self._frames, pace=pace, deadline=self._interval, budget=budget)

    def _with(self, depths: list[int]) -> Dataflow:
        """The design with fifos of these depths."""
        return self._flow.with_outputs(self._outputs(depths))

    def _outputs(self, depths: list[int]) -> dict[int, Output | None]:
        """Where the beats of each fifo wait; None without it."""
        return {
            place.at: replace(place.joint, depth=depth).process.output if depth else None
            for place, depth in zip(self._places, depths, strict=True)
        }


def _with_places(design: Design) -> Iterator[Connection]:
    """Its connections with a fifo of no depth in front of each adapter and each stage.

    There is none where the host's stream enters, nor where the last one leaves.
    """
    assert not any(joint.depth for joint in design.joints), "the design must have no fifos yet"
    numbers = {stage.layer.name: index for index, stage in enumerate(design.stages)}
    streams = {stage.layer.name: stage.input_streams for stage in design.stages}
    for connection in design.connections:
        sink, joints = connection.sink, list[Joint]()
        if sink == HOST:
            yield connection
            continue
        suffix = f"{numbers[sink.stage]}" + (f"_{sink.number}" if sink.number else "")
        for joint in connection.joints:
            if joints or connection.source != HOST:
                joints.append(Joint(f"queue{suffix}", "fifo", joint.source, joint.source))
            joints.append(joint)
        if joints or connection.source != HOST:
            stream = streams[sink.stage][sink.number]
            joints.append(Joint(f"fifo{suffix}", "fifo", stream, stream))
        yield replace(connection, joints=tuple(joints))


def _repeats(run: DataflowRun) -> bool:
    """Whether all is in every frame as in the one before, and keeps up with the pace."""
    return run.end is End.REPEATS and run.period == 1
