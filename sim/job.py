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

if TYPE_CHECKING:
    from sim.bench import Recording

__all__ = ["JOB_VARIABLE", "Job", "Pace"]

JOB_VARIABLE = "XNORFLOW_JOB"
"""Environment variable with the path of the job's JSON file."""
_PACES = "paces.json"


@dataclass(frozen=True)
class Job:
    """Stimulus and expectations of one simulation.

    Attributes:
        frames: input frames; each beat an unsigned integer.
        expected: output frames, from a golden that shares no code with the RTL.
        claims: ``cycles``, ``latency``, ``first_output`` of the descriptor; absent: unchecked.
        seed: for the random patterns; shown when something fails.
        options: anything else the cocotb tests of a kernel want to know.
    """

    frames: Sequence[Sequence[int]] = ()
    expected: Sequence[Sequence[int]] = ()
    claims: Mapping[str, int] = field(default_factory=dict)
    seed: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the job as JSON, beats in hexadecimal."""
        record = {
            "frames": [[f"{beat:x}" for beat in frame] for frame in self.frames],
            "expected": [[f"{beat:x}" for beat in frame] for frame in self.expected],
            "claims": dict(self.claims),
            "seed": self.seed,
            "options": dict(self.options),
        }
        path.write_text(json.dumps(record), encoding="utf-8")

    @classmethod
    def load(cls) -> Job:
        """The job of this simulation; for use inside the simulator."""
        record = json.loads(Path(os.environ[JOB_VARIABLE]).read_text(encoding="utf-8"))
        for name in ("frames", "expected"):
            record[name] = [[int(beat, 16) for beat in frame] for frame in record[name]]
        return cls(**record)


@dataclass(frozen=True)
class Pace:
    """When beats moved in one run, in cycles from its first.

    Attributes:
        what: names the run.
        presented: cycle in which each input beat could first have been accepted.
        accepted: cycle in which each input beat was accepted.
        offered: cycle in which each output beat was first offered.
        taken: cycle in which each output beat was accepted.
        ready: for each cycle, whether the sink accepted beats.
    """

    what: str
    presented: list[int]
    accepted: list[int]
    offered: list[int]
    taken: list[int]
    ready: list[bool]

    @classmethod
    def of(cls, what: str, trace: Recording, start: int) -> Pace:
        """What a run saw that began with this clock edge."""
        moves = (trace.presented, trace.accepted, trace.offered, trace.taken)
        presented, accepted, offered, taken = ([edge - start for edge in m] for m in moves)
        return cls(what, presented, accepted, offered, taken, trace.ready)

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
