# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Timed dataflow: processes that pass beats on, in exactly the cycles of the hardware."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy

import numpy as np

from xnorflow.timing import layout
from xnorflow.timing.layout import Host, Net, Records, Traces
from xnorflow.timing.process import Bools, Ints, Output, Process
from xnorflow.timing.runs import NO_SCHEDULE, DataflowRun, End, PortTimes, Schedule

__all__ = ["HOST", "Dataflow", "Source"]

Source = tuple[int, int]
"""A process and which of its outputs, both counted from 0."""
HOST: Source = (layout.HOST, 0)
"""What offers frames, and what takes their results."""

_BUDGET = 1 << 32
"""Evaluations of parts, at most, in a run."""


class Dataflow:
    """Processes that pass beats on to one another."""

    def __init__(self, processes: Sequence[Process], sources: Sequence[Sequence[Source]]) -> None:
        """Join them.

        Args:
            processes: each behind all that it reads.
            sources: for each input of each process, what it reads, another or ``HOST``, which
                in turn takes the beats that no process reads.
        """
        steps = [process.order for process in processes]
        each = np.cumsum([0, *(len(s.each) for s in steps)])
        laps = np.cumsum([0, *(len(s.laps) for s in steps)])
        self._each = _stacked([s.each for s in steps])
        self._laps = _stacked([s.laps for s in steps])
        self._laps[:, :2] += np.repeat(each[:-1], [len(s.laps) for s in steps])[:, np.newaxis]
        ends_in = np.cumsum([0, *(len(p.inputs) for p in processes)])
        ends_out = np.cumsum([0, *(p.copies for p in processes)])
        self._parts = layout.records(
            layout.PART,
            [
                (
                    *(p.delay, p.rigid, laps[place], laps[place + 1]),
                    *(ends_in[place], ends_in[place + 1], ends_out[place], ends_out[place + 1]),
                )
                for place, p in enumerate(processes)
            ],
        )
        self._inputs = layout.records(
            layout.INPUT,
            [
                (one.room, one.wait, one.beats, place, _row(source, ends_out))
                for place, (p, own) in enumerate(zip(processes, sources, strict=True))
                for one, source in zip(p.inputs, own, strict=True)
            ],
        )
        self._outputs = layout.records(
            layout.OUTPUT,
            [
                (p.output.beats, p.output.turn, p.output.latency, place, layout.HOST)
                for place, p in enumerate(processes)
                for _ in range(p.copies)
            ],
        )
        _tell_sinks(self._inputs, self._outputs)
        readers = self._outputs.part[self._exits]
        self._out_beats = np.array([steps[place].emitted for place in readers], np.int64)

    @classmethod
    def chain(cls, processes: Sequence[Process]) -> Dataflow:
        """Processes of one input and one output each, one behind the other."""
        return cls(processes, [(HOST,), *(((place, 0),) for place in range(len(processes) - 1))])

    @classmethod
    def lone(cls, process: Process) -> Dataflow:
        """A process all of whose inputs and outputs are the host's."""
        return cls([process], [[HOST] * len(process.inputs)])

    @property
    def _entries(self) -> Ints:
        """The inputs that the host feeds."""
        return np.flatnonzero(self._inputs.source == layout.HOST)

    @property
    def _exits(self) -> Ints:
        """The outputs that the host reads."""
        return np.flatnonzero(self._outputs.sink == layout.HOST)

    def with_outputs(self, outputs: Mapping[int, Output | None]) -> Dataflow:
        """The same with other outputs at some places; a part whose output is None is left out.

        Only parts of one input and one output that pass on what they get may be left out.
        """
        found = copy(self)
        found._outputs = self._outputs.copy()
        for place, output in outputs.items():
            if output is not None:
                own = slice(self._parts.first_out[place], self._parts.end_out[place])
                found._outputs.holds[own] = output.beats
                found._outputs.turn[own] = output.turn
                found._outputs.latency[own] = output.latency
        left_out = sorted(place for place, output in outputs.items() if output is None)
        if left_out:
            found._leave_out(left_out)
        return found

    def _leave_out(self, places: Sequence[int]) -> None:
        """Take parts out, so that what reads them reads what they read."""
        source = self._inputs.source.copy()
        for place in places:
            before = source[self._parts.first_in[place]]
            source[source == self._parts.first_out[place]] = before
        kept = np.ones(len(self._parts), np.bool_)
        kept[places] = False
        ins, outs = kept[self._inputs.part], kept[self._outputs.part]
        # One row more, for the host's -1 is the last.
        parts_now, ins_now, outs_now = (
            np.append(np.cumsum([0, *mask])[: len(mask) + 1], 0) for mask in (kept, ins, outs)
        )
        self._inputs, self._outputs = self._inputs[ins].copy(), self._outputs[outs].copy()
        source = source[ins]
        self._inputs.source = np.where(source == layout.HOST, source, outs_now[source])
        for ports in (self._inputs, self._outputs):
            ports.part = parts_now[ports.part]
        self._outputs.sink = layout.HOST
        _tell_sinks(self._inputs, self._outputs)
        self._parts = self._parts[kept].copy()
        for field, now in (("in", ins_now), ("out", outs_now)):
            for end in (f"first_{field}", f"end_{field}"):
                self._parts[end] = now[self._parts[end]]

    def run(self, frames: int) -> DataflowRun:
        """So many frames, offered and taken at all times."""
        return self._play(frames)

    def settle(
        self,
        frames: int,
        *,
        pace: int = 0,
        schedule: Schedule = NO_SCHEDULE,
        budget: int = _BUDGET,
    ) -> DataflowRun:
        """Frames, up to so many, until everything repeats.

        Args:
            frames: how many at most.
            pace: a frame is offered every so many cycles; at all times if 0.
            schedule: the run ends if frames do not keep to it.
            budget: evaluations of parts, at most; the run ends with the first beyond.
        """
        return self._play(frames, pace=pace, schedule=schedule, settles=True, budget=budget)

    def trace(
        self, frames: int, offers: Sequence[Ints] = (), ready: Sequence[Bools] = ()
    ) -> PortTimes:
        """Run frames and tell when beats moved, port by port.

        Args:
            frames: how many.
            offers: for each input, int64 [beats]: the earliest cycle in which each is offered; at
                once if empty.
            ready: for each output, bool [cycles], equally many for all: whether beats are taken;
                always behind the last.
        """
        entries, exits = self._entries, self._exits
        sent = frames * self._inputs.beats[entries]
        left = frames * self._out_beats
        accepted = np.zeros((len(entries), sent.max()), np.int64)
        came, taken = np.zeros((2, len(exits), left.max()), np.int64)
        run = self._play(
            frames,
            offers=_filled(offers, len(entries)),
            ready=_filled([_next(row) for row in ready], len(exits)),
            traces=(accepted, came, taken),
        )
        assert run.end is End.ENDED, f"a dataflow must not end as {run.end}"
        behind = np.concatenate([np.zeros_like(taken[:, :1]), taken[:, :-1] + 1], axis=1)
        offered = np.maximum(came + self._outputs.latency[exits][:, np.newaxis], behind)
        return PortTimes(_cut(accepted, sent), _cut(offered, left), _cut(taken, left))

    def _play(
        self,
        frames: int,
        *,
        pace: int = 0,
        schedule: Schedule = NO_SCHEDULE,
        settles: bool = False,
        budget: int = _BUDGET,
        offers: Ints | None = None,
        ready: Ints | None = None,
        traces: tuple[Ints, Ints, Ints] | None = None,
    ) -> DataflowRun:
        from xnorflow.timing.cycles import play  # compiled when it is first needed

        ports = (self._parts.copy(), self._inputs.copy(), self._outputs.copy())
        net = Net(*ports, self._each, self._laps)
        entries, exits = self._entries, self._exits
        host = Host(
            *(frames, pace, entries, exits, self._out_beats),
            _none(entries) if offers is None else offers,
            _none(exits) if ready is None else ready,
        )
        peaks, ends = np.zeros(len(self._parts), np.int64), np.zeros(frames, np.int64)
        untold = _none(entries), _none(exits), _none(exits)
        noted = Traces(peaks, *(untold if traces is None else traces))
        queue = layout.queues(net)
        shots = np.zeros((3, layout.snapshot_size(net, host, queue)), np.int64)
        # Plain tuples, for what is kept on disk of the compiled loop must not name classes of ours.
        plain = tuple(net), tuple(host), queue, tuple(noted)
        end, gone, period, evaluations = play(*plain, settles, *schedule, budget, shots, ends)
        return DataflowRun(End(end), ends[:gone], int(period), peaks, int(evaluations))


def _stacked(arrays: Sequence[Ints]) -> Ints:
    """Rows of all, filled up with columns of 0 to the most that one has."""
    width = max(array.shape[1] for array in arrays)
    rows = [np.pad(array, ((0, 0), (0, width - array.shape[1]))) for array in arrays]
    return np.concatenate(rows).astype(np.int64)


def _row(source: Source, ends: Ints) -> int:
    """The row of an output, or ``HOST``."""
    return layout.HOST if source == HOST else int(ends[source[0]]) + source[1]


def _tell_sinks(inputs: Records, outputs: Records) -> None:
    """Enter at each output which input reads it."""
    for number, source in enumerate(inputs.source.tolist()):
        if source != layout.HOST:
            outputs.sink[source] = number


def _none(ports: Ints) -> Ints:
    """Nothing of each port."""
    return np.zeros((len(ports), 0), np.int64)


def _filled(rows: Sequence[Ints], count: int) -> Ints:
    """Rows of different lengths as one array, zeros behind the shorter ones."""
    found = np.zeros((count, max(map(len, rows), default=0)), np.int64)
    for number, row in enumerate(rows):
        found[number, : len(row)] = row
    return found


def _cut(rows: Ints, lengths: Ints) -> tuple[Ints, ...]:
    """Each row as far as it counts."""
    return tuple(row[:length] for row, length in zip(rows, lengths.tolist(), strict=True))


def _next(ready: Bools) -> Ints:
    """For each cycle, the first from it on that is ready; the cycle behind the last at the end."""
    cycle = np.where(ready, np.arange(len(ready)), len(ready))
    found: Ints = np.minimum.accumulate(cycle[::-1])[::-1].astype(np.int64)
    return found
