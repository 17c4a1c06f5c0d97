# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""When a kernel takes beats and when it offers some: the same automaton for all, without data.

A kernel makes steps, in a fixed order that begins again with each frame, at most one a cycle. A
step needs so many input beats, frees so many, and may emit an output beat. That, and the few
numbers of a Process, is all that decides in which cycle a beat moves. Time stands in cycles of the
kernel itself: where it waits as a whole, all that is under way in its pipeline waits too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["NO_BEAT", "REGISTER", "SKID", "Bools", "Input", "Ints", "Order", "Output", "Process"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NO_BEAT = -1 << 40
"""What a step needs that waits for no beat, wherever its lap's base is."""


@dataclass(frozen=True, eq=False)
class Order:
    """The steps of a frame in order: a few lists of steps, each gone through in laps.

    Attributes:
        each: int64 [steps, 4 + 2 * further inputs]: beats that must be there and beats whose room
            is free again after the step, both counted from the lap's base; 1 if it emits a beat;
            its distance from the step before, in cycles, at least 1; then the first two for each
            further input.
        laps: int64 [n, 5 + 2 * further inputs]: first step, one behind the last, how many laps,
            the first lap's base, and by how much the base moves from lap to lap; then these two
            for each further input. Bases are counted from the frame's first beat.
    """

    each: Ints
    laps: Ints

    @classmethod
    def of(cls, runs: Iterable[tuple[Ints, int, int, int]]) -> Order:
        """Runs of (steps as in ``each``, laps, base, move); a list may come again, or in no lap."""
        places: dict[int, int] = {}
        lists: list[Ints] = []
        laps: list[tuple[int, int, int, int, int]] = []
        end = 0
        for steps, count, base, move in runs:
            if count == 0:
                continue
            if id(steps) not in places:
                places[id(steps)] = end
                lists.append(steps)
                end += len(steps)
            start = places[id(steps)]
            laps.append((start, start + len(steps), count, base, move))
        return cls(np.concatenate(lists), np.array(laps, np.int64))

    @classmethod
    def of_beats(cls, beats: int, inputs: int = 1) -> Order:
        """A step a beat of each input, and out."""
        more = inputs - 1
        each, laps = [1, 1, 1, 1, *(1, 1) * more], [0, 1, beats, 0, 1, *(0, 1) * more]
        return cls(np.array([each]), np.array([laps]))

    @classmethod
    def of_last(cls, beats: int) -> Order:
        """A step a beat, of which the last one emits."""
        silent, last = np.array([[1, 1, 0, 1]]), np.array([[1, 1, 1, 1]])
        return cls.of([(silent, beats - 1, 0, 1), (last, 1, beats - 1, 0)])

    @classmethod
    def of_pixels(
        cls, inside: tuple[Bools, Bools], emits: tuple[Bools, Bools], beats: int = 1
    ) -> Order:
        """A step for each beat of each pixel, row by row, some pixels beyond the image's edge.

        Args:
            inside: for each row and for each column, whether it is in the image. A step outside
                takes no beat; only a frame's first step waits for the frame in any case.
            emits: for each row and for each column, whether both at once make a step emit.
            beats: of a pixel.
        """
        opening = [1, 0, int(emits[0][0] and emits[1][0]), 1]
        each = np.array([[t, t, e, 1] for t in (0, 1) for e in (0, 1)] + [opening], np.int64)
        rows = list(zip(inside[0].tolist(), emits[0].tolist(), strict=True))
        laps = {row: _row_laps(inside[1] & row[0], emits[1] & row[1], beats) for row in {*rows}}
        bases = np.cumsum([0] + [row[0] * int(inside[1].sum()) * beats for row in rows])
        found = np.concatenate(
            [
                laps[row] + np.array([0, 0, 0, base, 0])
                for row, base in zip(rows, bases, strict=False)
            ]
        )
        if not rows[0][0] or not inside[1][0]:
            found[0, 2] -= 1
            found = np.concatenate([[[4, 5, 1, 0, 0]], found[found[:, 2] > 0]])
        return cls(each, found)

    @property
    def emitted(self) -> int:
        """Output beats of a frame."""
        before = np.concatenate([[0], np.cumsum(self.each[:, 2])])
        return int(((before[self.laps[:, 1]] - before[self.laps[:, 0]]) * self.laps[:, 2]).sum())


@dataclass(frozen=True)
class Input:
    """Where input beats wait for their step.

    Attributes:
        beats: of a frame.
        room: beats that are kept, from being accepted to being freed; 0: a beat stays with the
            kernel that offers it, until it is freed.
        wait: cycles from being accepted to the first step with it, where it is kept; 0 or 1.
    """

    beats: int
    room: int = 0
    wait: int = 1


@dataclass(frozen=True)
class Output:
    """Where output beats wait to be taken.

    Attributes:
        beats: how many.
        turn: cycles from a beat's leaving until its place serves another; 0 where the path of
            tready goes through.
        latency: cycles from coming in to being offered.
    """

    beats: int
    turn: int
    latency: int = 1


def _row_laps(inside: Bools, emits: Bools, beats: int) -> Ints:
    """Laps of the pixels of a row, over steps that are numbered by what they do."""
    kinds = 2 * inside + emits.astype(np.int64)
    starts = np.flatnonzero(np.diff(kinds, prepend=-1))
    counts = np.diff(starts, append=len(kinds)) * beats
    kind = kinds[starts]
    takes = kind // 2
    bases = np.cumsum(takes * counts) - takes * counts
    return np.stack([kind, kind + 1, counts, bases, takes], axis=1)


SKID = Output(beats=2, turn=1)
REGISTER = Output(beats=1, turn=0)


@dataclass(frozen=True, eq=False)
class Process:
    """What a kernel does with streams.

    Attributes:
        order: its steps.
        inputs: in front of its steps.
        output: behind its last register.
        delay: cycles from a step to its beat's coming to the output.
        rigid: whether everything waits while the output has no room; otherwise only if a beat has
            come to it.
        copies: outputs of this kind; each gets every beat.
    """

    order: Order
    inputs: tuple[Input, ...]
    output: Output
    delay: int = 0
    rigid: bool = False
    copies: int = 1

    @property
    def joins_or_forks(self) -> bool:
        """Whether there are several inputs, or several outputs."""
        return max(len(self.inputs), self.copies) > 1

    @property
    def untimed(self) -> Process:
        """Its untimed dataflow: all that moves has arrived before the next step.

        A beat that is still under way to a full output lets steps be made that could not be made
        any more once it waits there. So no step counts on it: a step needs room for all beats that
        were given out before, of which the pipeline, where it need not wait as a whole, holds one.
        """
        more = int(self.delay > 0 and not self.rigid)
        output = replace(self.output, beats=self.output.beats + more)
        return replace(self, output=output, delay=0, rigid=self.rigid or self.delay > 0)
