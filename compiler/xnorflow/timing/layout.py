# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How a dataflow, and what it is doing, lie in arrays of records of int64.

A part has inputs and outputs, which are records of their own. An input takes the beats of one
output of an earlier part or of the host, and the host takes those that no part takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = [
    "HOST",
    "INPUT",
    "OUTPUT",
    "PART",
    "Host",
    "Net",
    "Records",
    "Traces",
    "queues",
    "records",
    "snapshot_size",
]

Ints = npt.NDArray[np.int64]
Records = Any
"""Numpy's array of records, whose fields are attributes: to it they are of any type."""

HOST = -1
"""In place of an input or an output: what offers frames, and what takes their results."""


def _fields(fixed: str, state: str) -> np.dtype[Any]:
    """Those that tell what something is, then those that change, at first all 0."""
    return np.dtype([(name, np.int64) for name in (*fixed.split(), *state.split())])


PART = _fields(
    "delay rigid first_lap end_lap first_in end_in first_out end_out",
    "lap lapped step next lag since head queued wake",
)
"""What a part is: its laps, inputs and outputs are rows from a first up to an end.

And what it is doing. Its own time stands still while it waits as a whole: ``lag`` is by how much it
is behind, since ``since`` for the time being. ``next`` and the queue are in that time.
"""
INPUT = _fields(
    "room wait beats part source", "origin received freed wants frees moves offered entry"
)
"""What an input is, and which output it reads; and what has come to it."""
OUTPUT = _fields("holds turn latency part sink", "held before last gives taken exit")
"""What an output is, and which input reads it; and what it holds."""

# A step, and a lap; what they need, free and begin at of inputs behind the first comes behind.
NEEDS, FREES, EMITS, DISTANCE = range(4)
FURTHER = 2
"""With twice the input's number, where that stands."""
FIRST_STEP, END_STEP, ROUNDS, LAP_BASE, MOVE = range(5)

# How a run ends.
ENDED, REPEATS, SLOWER, DEADLOCK, OUT_OF_BUDGET = range(5)

_SNAPSHOT = (6, 2, 2, 3, 1)
"""How many numbers matter of each, and of an input and an output of the host; of a part before
those of its queue."""


class Net(NamedTuple):
    """A dataflow.

    Attributes:
        parts: PART [n]: in an order in which each comes behind those that it reads.
        inputs: INPUT [i]: of all parts in turn.
        outputs: OUTPUT [o]: of all parts in turn.
        each: int64 [steps, 4 or more]: as in ``Order``, of all parts.
        laps: int64 [laps, 5 or more]: as in ``Order``, of all parts, steps counted in ``each``.
    """

    parts: Records
    inputs: Records
    outputs: Records
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


def records(kind: np.dtype[Any], rows: Sequence[tuple[int, ...]]) -> Records:
    """An array of records of one kind, of which ``rows`` tell what they are."""
    found = np.zeros(len(rows), kind).view(np.recarray)
    for name, column in zip(kind.names or (), zip(*rows, strict=True), strict=False):
        found[name] = column
    return found


def queues(net: Net) -> Ints:
    """Of each part, empty, as long as the longest pipeline needs."""
    return np.zeros((len(net.parts), int(net.parts.delay.max()) + 2), np.int64)


def snapshot_size(net: Net, host: Host, queue: Ints) -> int:
    """How many numbers of a state matter for what comes."""
    counts = map(len, (net.parts, net.inputs, net.outputs, host.entries, host.leaves))
    rows = sum(n * width for n, width in zip(counts, _SNAPSHOT, strict=True))
    return rows + queue.size
