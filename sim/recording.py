# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the bench saw of a kernel's streams."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Received", "Recording", "Sent"]


@dataclass
class Sent:
    """What a run saw of one input, with the number of the clock edge for each event.

    Attributes:
        presented: edge at which each beat could first have been accepted.
        accepted: edge at which each beat was accepted.
    """

    presented: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)


@dataclass
class Received:
    """What a run saw of one output, with the number of the clock edge for each event.

    Attributes:
        offered: edge at which each beat could first have been accepted.
        taken: edge at which each beat was accepted.
        beats: (tdata, tlast) of each beat.
        ready: for each edge of the run, whether m_axis_tready was high.
    """

    offered: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    beats: list[tuple[int, bool]] = field(default_factory=list)
    ready: list[bool] = field(default_factory=list)

    def frames(self) -> list[list[int]]:
        """Output frames, cut at tlast; what follows the last tlast is a frame of its own."""
        frames: list[list[int]] = [[]]
        for data, last in self.beats:
            frames[-1].append(data)
            if last:
                frames.append([])
        return frames if frames[-1] else frames[:-1]


@dataclass
class Recording:
    """What one run saw.

    Attributes:
        inputs: each input stream.
        outputs: each output stream.
        busy: edges at which the kernel's ``busy`` was high; empty for adapters.
    """

    inputs: list[Sent]
    outputs: list[Received]
    busy: list[int] = field(default_factory=list)

    @property
    def sent(self) -> Sent:
        """The first input."""
        return self.inputs[0]

    @property
    def received(self) -> Received:
        """The first output."""
        return self.outputs[0]

    @property
    def moved(self) -> int:
        """Beats that were accepted on either side."""
        return sum(len(s.accepted) for s in self.inputs) + sum(len(r.taken) for r in self.outputs)
