# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a test tells the simulation: frames, claims and options, as JSON in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["JOB_VARIABLE", "Job"]

JOB_VARIABLE = "XNORFLOW_JOB"
"""Environment variable with the path of the job's JSON file."""


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
