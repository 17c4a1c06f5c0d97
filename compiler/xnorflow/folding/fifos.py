# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fifos in front of stages, so deep that no stage ever holds up one that has no time to lose.

A schedule is built in which a frame starts every interval, its beats enter evenly spread, and each
stage does its steps as early as its input allows. Only a Window in front of a product, which offers
more than it reads, waits: until the product has room for the beat, or room in a fifo between them
too, of as few beats as suffice for the product never to wait in turn.

What lies in front of a stage or a converter at any time in this schedule, beyond the room that it
has itself, is the depth of its fifo. The schedule then keeps all limits of the hardware. Streams
neither drop nor reorder beats, and a step that may start earlier never makes another one later; so
the hardware, which starts each step as early as it can, is at no time behind this schedule: it
reaches the interval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from xnorflow.folding.design import Design, Joint, Stage
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.layer import Dense, Window
from xnorflow.ir.schedule import Times, in_order
from xnorflow.ir.types import Stream

__all__ = ["with_fifos"]

_FRAMES = (4, 8, 16, 32, 64)
"""How many frames are followed until the one in the middle repeats the one before.

Nothing comes behind the last ones that could hold them up, so they say less than the middle.
"""
_HANDSHAKE = 2
"""Beats more than the schedule asks for: on their way through the fifo's registers."""
_SKID = 2
"""Beats that a stage offers without being held up: a converter that makes several of one has no
room of its own, but each stage ends in a skid buffer."""


@dataclass(frozen=True, eq=False)
class _Visit:
    """When a stage gets its beats, gives their room back, and offers its own."""

    arrivals: Times
    released: Times
    produced: Times


def with_fifos(design: Design) -> Design:
    """The design with a fifo in front of each stage and converter that needs one.

    Raises:
        XnorflowError: ``fifo-schedule``: the schedule does not become the same in every frame.
    """
    return replace(design, joints=tuple(_joints(design)))


def _joints(design: Design) -> Iterator[Joint]:
    """All joints in order, with a fifo in front of each converter and stage that needs one.

    Before the first stage that keeps its input there is none: there the host waits.
    """
    waiting = False
    offered = np.empty(0, dtype=np.int64)
    for index, (stage, visit) in enumerate(zip(design.stages, _steady(design), strict=True)):
        for joint in design.joints_before(index):
            flow = joint.schedule(offered)
            most = _most_held(offered, flow.released, joint.source.beats)
            if waiting and most > _SKID:
                yield _fifo(f"queue{index}", index, joint.source, most - _SKID)
            yield joint
            offered = flow.produced
        room = stage.kernel.capacity(stage.layer, stage.folding)
        most = _most_held(visit.arrivals, visit.released, stage.input_stream.beats)
        if waiting and most > room:
            yield _fifo(f"fifo{index}", index, stage.input_stream, most - room)
        waiting = waiting or bool((visit.released - visit.arrivals).max() > _HANDSHAKE)
        offered = visit.produced


def _fifo(name: str, index: int, stream: Stream, beats: int) -> Joint:
    return Joint(name, "fifo", index, stream, stream, _stored(beats + _HANDSHAKE))


def _stored(beats: int) -> int:
    """The depth: memory comes in powers of two of at least 32, and one beat waits behind it."""
    return beats if beats <= _HANDSHAKE else max(32, 1 << (beats - 2).bit_length()) + 1


def _most_held(arrivals: Times, released: Times, beats: int) -> int:
    """The most beats that have arrived and whose room is not free again, in the middle frame."""
    first = len(arrivals) // beats // 2 * beats
    times = arrivals[first : first + beats]
    gone = np.searchsorted(np.sort(released), times, side="right")
    return int((np.arange(first, first + beats) + 1 - gone).max())


def _steady(design: Design) -> list[_Visit]:
    """The schedule of all stages, long enough for its middle frame to be like the one before.

    Raises:
        XnorflowError: ``fifo-schedule``: no number of frames was long enough.
    """
    for frames in _FRAMES:
        visits = _follow(design, frames)
        changing = [
            stage.layer
            for stage, visit in zip(design.stages, visits, strict=True)
            if not _repeats(visit, frames, design.interval_cycles)
        ]
        if not changing:
            return visits
    raise XnorflowError(
        Diagnostic(
            "fifo-schedule",
            f"layer {changing[0].name} must do the same in every frame "
            f"by frame {_FRAMES[-1] // 2}, not still run later from frame to frame",
            "choose another folding or target: without such a schedule no fifo is deep enough",
            changing[0].origin,
        )
    )


def _repeats(visit: _Visit, frames: int, interval: int) -> bool:
    rows = (times.reshape(frames, -1) for times in (visit.produced, visit.released))
    return all(bool((row[frames // 2] - row[frames // 2 - 1] == interval).all()) for row in rows)


def _follow(design: Design, frames: int) -> list[_Visit]:
    interval, beats = design.interval_cycles, design.input_stream.beats
    evenly = np.arange(beats, dtype=np.int64) * interval // beats
    times = (np.arange(frames, dtype=np.int64)[:, np.newaxis] * interval + evenly).ravel()
    visits: list[_Visit] = []
    for index, stage in enumerate(design.stages):
        times = _through(design, index, times)
        flow = stage.schedule(times)
        visits.append(_Visit(times, flow.released, flow.produced))
        times = flow.produced
    for index in range(len(visits) - 1, 0, -1):
        before, stage = design.stages[index - 1], design.stages[index]
        if isinstance(before.layer.op, Window) and isinstance(stage.layer.op, Dense):
            pair = slice(index - 1, index + 1)
            visits[pair] = _held_back(design, index, *visits[pair])
    return visits


def _held_back(design: Design, index: int, window: _Visit, reader: _Visit) -> list[_Visit]:
    """A Window that waits for its reader's room, with as little as does not hold up the reader."""
    before, stage = design.stages[index - 1], design.stages[index]
    room = stage.kernel.capacity(stage.layer, stage.folding)
    for more in _rooms(len(reader.arrivals)):
        waiting = _waiting(window, reader, before, stage, room + more)
        arrivals = _through(design, index, waiting.produced)
        if (stage.schedule(arrivals).released <= reader.released).all():
            break
    return [waiting, replace(reader, arrivals=arrivals)]


def _rooms(most: int) -> Iterator[int]:
    """Further beats to try, as ``_stored`` makes use of memory; with ``most`` nothing waits."""
    yield 0
    more = 31
    while more < most:
        yield more
        more = 2 * more + 1
    yield most


def _through(design: Design, index: int, times: Times) -> Times:
    """When beats offered to the adapters before a stage arrive at the stage."""
    for joint in design.joints_before(index):
        times = joint.schedule(times).produced
    return times


def _waiting(visit: _Visit, behind: _Visit, stage: Stage, reader: Stage, room: int) -> _Visit:
    """The same visit where each output beat waits until there is ``room`` for it."""
    lanes, taken = stage.output_stream.lanes, reader.input_stream.lanes
    place = (np.arange(len(visit.produced), dtype=np.int64) + 1) * lanes
    place = -(-place // taken) - 1 - room
    free = np.where(place >= 0, behind.released[np.maximum(place, 0)], 0)
    pace = np.arange(len(visit.produced), dtype=np.int64) * max(lanes, taken) // taken
    offered = in_order(np.maximum(visit.produced, free), pace)
    # An input beat leaves with the output beats offered before it; it waits as long as they do.
    last = np.searchsorted(visit.produced, visit.released + _HANDSHAKE, side="right") - 1
    late = (offered - visit.produced)[np.maximum(last, 0)]
    return _Visit(visit.arrivals, visit.released + late, offered)
