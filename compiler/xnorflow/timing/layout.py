# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How a dataflow, and what it is doing, lie in arrays of int64: what each column is.

A part has inputs and outputs, which are rows of their own. An input takes the beats of one output
of an earlier part or of the host, and the host takes those that no part takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["HOST", "Host", "Net", "State", "Traces", "fresh_state", "snapshot_size"]

Ints = npt.NDArray[np.int64]

HOST = -1
"""In place of an input or an output: what offers frames, and what takes their results."""

# What a part is. Its laps, inputs and outputs are rows from a first up to an end.
DELAY, RIGID, FIRST_LAP, END_LAP, FIRST_IN, END_IN, FIRST_OUT, END_OUT = range(8)
# What an input is, and which output it reads; what an output is, and which input reads it.
ROOM, WAIT, BEATS, IN_PART, SOURCE = range(5)
HOLDS, TURN, LATENCY, OUT_PART, SINK = range(5)
# A step, and a lap; what they need, free and begin at of inputs behind the first comes behind.
NEEDS, FREES, EMITS, DISTANCE = range(4)
FURTHER = 2
"""With twice the input's number, where that stands."""
FIRST_STEP, END_STEP, ROUNDS, LAP_BASE, MOVE = range(5)

# What a part, an input and an output are doing.
LAP, ROUND, STEP, NEXT, LAG, SINCE, HEAD, QUEUED, WAKE = range(9)
BASE, RECEIVED, FREED, MOVES, OFFERED, ENTRY = range(6)
HELD, LAST, GIVES, TAKEN, EXIT = range(5)

# How a run ends.
ENDED, REPEATS, SLOWER, DEADLOCK, OUT_OF_BUDGET = range(5)

_WIDTHS = (9, 6, 5)
"""How many columns these are."""
_SNAPSHOT = (6, 2, 2, 3, 1)
"""How many numbers matter of each, and of an input and an output of the host; of a part before
those of its queue."""


class Net(NamedTuple):
    """A dataflow.

    Attributes:
        parts: int64 [n, 8]: in an order in which each comes behind those that it reads.
        inputs: int64 [i, 5]: of all parts in turn.
        outputs: int64 [o, 5]: of all parts in turn.
        each: int64 [steps, 4 or more]: as in ``Order``, of all parts.
        laps: int64 [laps, 5 or more]: as in ``Order``, of all parts, steps counted in ``each``.
    """

    parts: Ints
    inputs: Ints
    outputs: Ints
    each: Ints
    laps: Ints


class Host(NamedTuple):
    """How frames are offered and taken.

    Attributes:
        frames: how many are offered, and awaited.
        pace: cycles from frame to frame before which no beat of a frame is offered.
        entries: int64 [entries]: the inputs that the host feeds.
        leaves: int64 [exits]: the outputs that it reads.
        out_beats: int64 [exits]: their beats of a frame.
        offers: int64 [entries, beats or 0]: the earliest cycle of each input beat.
        ready: int64 [exits, cycles or 0]: from each cycle on, the first in which the host takes
            beats.
    """

    frames: int
    pace: int
    entries: Ints
    leaves: Ints
    out_beats: Ints
    offers: Ints
    ready: Ints


class State(NamedTuple):
    """What parts, inputs and outputs are doing, and what is on its way through a part's pipeline.

    A part's own time stands still while it waits as a whole: LAG is by how much it is behind, since
    SINCE for the time being. NEXT and the queue are in that time.
    """

    parts: Ints
    ins: Ints
    outs: Ints
    queue: Ints


class Traces(NamedTuple):
    """What is noted.

    Attributes:
        peaks: int64 [n]: the most beats that each part's outputs ever had to hold.
        accepted: int64 [entries, beats or 0]: the cycle in which each input beat was accepted.
        exits: int64 [exits, beats or 0]: the cycle in which each beat came to its output.
        taken: int64 [exits, beats or 0]: the cycle in which each output beat left.
    """

    peaks: Ints
    accepted: Ints
    exits: Ints
    taken: Ints


def fresh_state(net: Net) -> State:
    """All zeros."""
    counts = (len(net.parts), len(net.inputs), len(net.outputs))
    sizes = (*zip(counts, _WIDTHS, strict=True), _queues(net))
    return State(*(np.zeros(size, np.int64) for size in sizes))


def snapshot_size(net: Net, host: Host) -> int:
    """How many numbers of a state matter for what comes."""
    counts = map(len, (net.parts, net.inputs, net.outputs, host.entries, host.leaves))
    rows = sum(n * width for n, width in zip(counts, _SNAPSHOT, strict=True))
    return rows + int(np.prod(_queues(net)))


def _queues(net: Net) -> tuple[int, int]:
    """Of each part, as long as the longest pipeline needs."""
    return len(net.parts), int(net.parts[:, DELAY].max()) + 2
