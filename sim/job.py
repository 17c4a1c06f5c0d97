# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a test tells the simulation and what that answers, as JSON in files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.ports import ONE_EACH, Frames, Ports

if TYPE_CHECKING:
    from sim.recording import Recording

__all__ = ["JOB_VARIABLE", "Job", "Pace"]

JOB_VARIABLE = "XNORFLOW_JOB"
"""Environment variable with the path of the job's JSON file."""
_PACES = "paces.json"


@dataclass(frozen=True)
class Job:
    """Stimulus and expectations of one simulation.

    Attributes:
        frames: frames of the first input.
        expected: frames of the first output, from a golden that shares no code with the RTL.
        claims: ``cycles``, ``latency``, ``first_output`` of the descriptor; absent: unchecked.
        seed: for the random patterns; shown when something fails.
        options: anything else the cocotb tests of a kernel want to know.
        ports: the streams.
        further_frames: frames of each further input.
        further_expected: frames of each further output.
    """

    frames: Frames = ()
    expected: Frames = ()
    claims: Mapping[str, int] = field(default_factory=dict)
    seed: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    ports: Ports = ONE_EACH
    further_frames: Sequence[Frames] = ()
    further_expected: Sequence[Frames] = ()

    @property
    def sent(self) -> Sequence[Frames]:
        """The frames of each input."""
        return (self.frames, *self.further_frames)

    @property
    def wanted(self) -> Sequence[Frames]:
        """The frames of each output."""
        return (self.expected, *self.further_expected)

    def save(self, path: Path) -> None:
        """Write the job as JSON, beats in hexadecimal."""
        record = {
            "sent": [_written(frames) for frames in self.sent],
            "wanted": [_written(frames) for frames in self.wanted],
            "claims": dict(self.claims),
            "seed": self.seed,
            "options": dict(self.options),
            "ports": asdict(self.ports),
        }
        path.write_text(json.dumps(record), encoding="utf-8")

    @classmethod
    def load(cls) -> Job:
        """The job of this simulation; for use inside the simulator."""
        record = json.loads(Path(os.environ[JOB_VARIABLE]).read_text(encoding="utf-8"))
        frames, *further_frames = map(_read, record.pop("sent"))
        expected, *further_expected = map(_read, record.pop("wanted"))
        return cls(
            frames,
            expected,
            ports=Ports(**record.pop("ports")),
            further_frames=further_frames,
            further_expected=further_expected,
            **record,
        )


def _written(frames: Frames) -> list[list[str]]:
    return [[f"{beat:x}" for beat in frame] for frame in frames]


def _read(frames: Sequence[Sequence[str]]) -> Frames:
    return [[int(beat, 16) for beat in frame] for frame in frames]


@dataclass(frozen=True)
class Pace:
    """When beats moved in one run, in cycles from its first.

    Attributes:
        what: names the run.
        presented: for each input, the cycle in which each beat could first have been accepted.
        accepted: for each input, the cycle in which each beat was accepted.
        offered: for each output, the cycle in which each beat was first offered.
        taken: for each output, the cycle in which each beat was accepted.
        ready: for each output and cycle, whether the sink accepted beats.
    """

    what: str
    presented: list[list[int]]
    accepted: list[list[int]]
    offered: list[list[int]]
    taken: list[list[int]]
    ready: list[list[bool]]

    @classmethod
    def of(cls, what: str, trace: Recording, start: int) -> Pace:
        """What a run saw that began with this clock edge."""
        moves = (
            [sent.presented for sent in trace.inputs],
            [sent.accepted for sent in trace.inputs],
            [received.offered for received in trace.outputs],
            [received.taken for received in trace.outputs],
        )
        presented, accepted, offered, taken = (
            [[edge - start for edge in port] for port in ports] for ports in moves
        )
        ready = [received.ready for received in trace.outputs]
        return cls(what, presented, accepted, offered, taken, ready)

    @staticmethod
    def save(paces: Sequence[Pace]) -> None:
        """Answer with these, once; for use inside the simulator."""
        path = Path(os.environ[JOB_VARIABLE]).with_name(_PACES)
        path.write_text(json.dumps([asdict(pace) for pace in paces]), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> list[Pace]:
        """The answer of a simulation with its job in this folder; empty if there was none."""
        path = folder / _PACES
        if not path.is_file():
            return []
        return [Pace(**record) for record in json.loads(path.read_text(encoding="utf-8"))]
