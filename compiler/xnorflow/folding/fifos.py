# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fifos of the least depths with which a frame leaves every interval, that of the slowest stage.

Found by trial (see ``trials.py``): with fifos everywhere that are never full, then with fewer and
smaller ones, as long as they suffice; those of the widest streams first, since beats may wait in
narrower ones as well.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from xnorflow.design.design import Design
from xnorflow.design.netlist import Netlist, netlist
from xnorflow.design.stage import HOST, Connection, Joint
from xnorflow.folding.trials import UNBOUNDED, Place, Trials

__all__ = ["with_fifos"]

_LOG = logging.getLogger(__name__)

_FEWER = 1 << 29
"""Evaluations of parts, some 40 ns each, for leaving fifos out."""
_SMALLER = 1 << 26
"""For making them smaller: what they ever hold is mostly next to the least."""
_PASSING = 3
"""The most that a fifo holds in which no beat waits for long: two places and the next beat's."""
_SHALLOW = 8
"""Up to such a depth all smaller ones are tried: one of a single beat passes on every other cycle
only, and what suffices may be less than what does not."""


def with_fifos(design: Design) -> Design:
    """The design with the fifos that it needs: always the same ones for the same design.

    Args:
        design: without any.

    Raises:
        XnorflowError: ``fifo-schedule``: no fifos were found to be deep enough.
    """
    connections = tuple(_with_places(design))
    net = netlist(design.stages, connections)
    places = tuple(_places(design, connections, net))
    trials = Trials(net, places, design.interval_cycles)
    depths = _Sizing(places, trials).least()
    if trials.out_of_budget:
        _LOG.warning("there was no time to make all fifos as small as they could be")
    return replace(design, connections=tuple(_kept(connections, places, depths)))


class _Sizing:
    """The search for the least depths."""

    def __init__(self, places: Sequence[Place], trials: Trials) -> None:
        self._places, self._trials = places, trials
        self._depths = [UNBOUNDED] * len(places)
        self._suffice = trials.suffice
        self._order = sorted(range(len(places)), key=lambda place: -self._width(place))

    def _width(self, place: int) -> int:
        return self._places[place].joint.source.width

    def least(self) -> list[int]:
        """Depths none of which can be made smaller by a beat; 0 where there is no fifo.

        Raises:
            XnorflowError: ``fifo-schedule``.
        """
        waiting, passing, shortcuts = self._by_need(self._trials.peaks(self._depths))
        self._leave_out(waiting, passing)
        for alike in shortcuts:
            self._try_without(alike)
        self._trials.budget = _SMALLER
        while UNBOUNDED in self._depths:
            for place in self._bound():
                self._halve(place)
        before: list[int] = []
        while self._depths != before:
            before = list(self._depths)
            for place in self._order:
                self._shrink(place)
        self._trials.peaks(self._depths)
        return self._depths

    def _by_need(self, peaks: Sequence[int]) -> tuple[list[list[int]], list[int], list[list[int]]]:
        """All places: where beats wait, where they only pass, and shortcuts.

        Where beats wait, those are put together that hold as much of as wide streams, the widest
        first: they stand where layers are alike, and most likely all need a fifo or none does. In
        front of a stage of several inputs a shortcut is the place that holds the most, since the
        other branch takes so long.
        """
        most: dict[str, int] = {}
        for n, place in enumerate(self._places):
            if place.join and peaks[n] > peaks[most.setdefault(place.join, n)]:
                most[place.join] = n
        shortcuts = set(most.values())
        groups: dict[tuple[bool, int, int], list[int]] = {}
        for n in self._order:
            if n in shortcuts or peaks[n] > _PASSING:
                key = (n in shortcuts, self._width(n), peaks[n])
                groups.setdefault(key, []).append(n)
        passing = [n for n in self._order if n not in shortcuts and peaks[n] <= _PASSING]
        waiting = [group for key, group in groups.items() if not key[0]]
        return waiting, passing, [group for key, group in groups.items() if key[0]]

    def _leave_out(self, waiting: Sequence[Sequence[int]], passing: Sequence[int]) -> None:
        """Leave out what can be next to what was left before: groups in turn, then single ones.

        All groups at once, where that can be, leaves out the same. Whether pauses of the host lead
        to a deadlock is first asked of the outcome alone: if not, then not with fewer left out
        either. If they do, it is asked each time.
        """
        before = self._depths
        for suffice in (self._trials.keep_pace, self._trials.suffice):
            self._depths, self._suffice = before, suffice
            self._trials.budget = _FEWER
            if not self._try_without([place for group in waiting for place in group]):
                for alike in waiting:
                    self._try_without(alike)
            self._drop(passing)
            self._trials.budget = _FEWER
            if self._trials.suffice(self._depths):
                break
        self._suffice = self._trials.suffice

    def _drop(self, order: Sequence[int]) -> None:
        """Leave out as many of some fifos as can be, by halves."""
        if order and not self._try_without(order) and len(order) > 1:
            self._drop(order[: len(order) // 2])
            self._drop(order[len(order) // 2 :])

    def _try_without(self, places: Sequence[int]) -> bool:
        """Leave out some fifos if those that are left suffice; whether they do."""
        depths = [0 if n in places else depth for n, depth in enumerate(self._depths)]
        suffices = self._suffice(depths)
        if suffices:
            self._depths = depths
        return suffices

    def _bound(self) -> list[int]:
        """Give fifos depths that they never exceed; which these are, those of most bits first.

        All at once, but for those of a connection in which beats may wait at several places: of
        these one after the other, the widest first. Those in front of stages of several inputs come
        last: as long as others are unbounded, more than they need comes to them.
        """
        unbounded = [place for place in self._order if self._depths[place] == UNBOUNDED]
        unbounded = [place for place in unbounded if not self._places[place].join] or unbounded
        first = dict.fromkeys(self._places[place].edge for place in unbounded)
        peaks, bounded = self._trials.peaks(self._depths), list[int]()
        for place in unbounded:
            if first.pop(self._places[place].edge, 0) is None:
                self._depths[place] = max(2, peaks[place])
                bounded.append(place)
        return sorted(bounded, key=lambda place: -self._width(place) * self._depths[place])

    def _shrink(self, place: int) -> None:
        """Make a fifo as small as it can be next to the others."""
        fits = self._fitting(place)
        if self._depths[place] and fits(0):
            self._depths[place] = 0
        self._halve(place)
        shallow = range(1, self._depths[place] if self._depths[place] <= _SHALLOW else 1)
        found = next((depth for depth in shallow if fits(depth)), self._depths[place])
        self._depths[place] = found

    def _halve(self, place: int) -> None:
        """Make a fifo shallow, or else smaller, by ever longer steps and then by halves."""
        fits, most, step = self._fitting(place), self._depths[place], 1
        if most <= _SHALLOW:
            return
        if fits(_SHALLOW):
            self._depths[place] = _SHALLOW
            return
        while most - step > _SHALLOW and fits(most - step):
            most, step = most - step, 2 * step
        least = max(_SHALLOW + 1, most - step + 1)
        self._depths[place] = least + bisect_left(range(least, most), True, key=fits)

    def _fitting(self, place: int) -> Callable[[int], bool]:
        """Whether a fifo may have a depth, next to the others."""
        before, behind = self._depths[:place], self._depths[place + 1 :]
        return lambda depth: self._trials.suffice([*before, depth, *behind])


def _with_places(design: Design) -> Iterator[Connection]:
    """Its connections with a fifo of no depth in front of each adapter and each stage.

    There is none where the host's stream enters, nor where the last one leaves.
    """
    assert not any(joint.depth for joint in design.joints), "the design must have no fifos yet"
    numbers = {stage.layer.name: index for index, stage in enumerate(design.stages)}
    streams = {stage.layer.name: stage.input_streams for stage in design.stages}
    for connection in design.connections:
        sink = connection.sink
        if sink == HOST:
            yield connection
            continue
        suffix = f"{numbers[sink.stage]}" + (f"_{sink.number}" if sink.number else "")
        joints = list[Joint]()
        for joint in connection.joints:
            joints += Joint(f"queue{suffix}", "fifo", joint.source, joint.source), joint
        stream = streams[sink.stage][sink.number]
        joints.append(Joint(f"fifo{suffix}", "fifo", stream, stream))
        entering = connection.source == HOST
        yield replace(connection, joints=tuple(joints[1 if entering else 0 :]))


def _places(design: Design, connections: Sequence[Connection], net: Netlist) -> Iterator[Place]:
    """Where fifos stand, in the order of the parts."""
    several = {s.layer.name for s in design.stages if len(s.input_streams) > 1}
    edges = {
        joint.name: (edge, connection.sink.stage)
        for edge, connection in enumerate(connections)
        for joint in connection.joints
    }
    for at, part in enumerate(net.parts):
        if isinstance(part.item, Joint) and part.item.adapter_name == "fifo":
            edge, sink = edges[part.name]
            yield Place(part.item, at, edge, sink if sink in several else "")


def _kept(
    connections: Iterable[Connection], places: Sequence[Place], depths: Sequence[int]
) -> Iterator[Connection]:
    """All connections, with fifos of these depths."""
    found = {place.joint.name: depth for place, depth in zip(places, depths, strict=True)}
    for connection in connections:
        joints = (
            replace(joint, depth=found.get(joint.name, joint.depth)) for joint in connection.joints
        )
        kept = tuple(j for j in joints if j.depth or j.adapter_name != "fifo")
        yield replace(connection, joints=kept)
