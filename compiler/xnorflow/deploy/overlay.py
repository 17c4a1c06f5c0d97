# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What every board offers once its design is loaded, whatever leads there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.hardware.stream import Stream
from xnorflow.ir.types import Ints, ValueType

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["MEASURED", "SIMULATED", "Benchmark", "Overlay", "Shape"]

MEASURED, SIMULATED = "measured", "simulated"
"""Evidence of a board's figures: of a real one, or of one that is simulated."""

_MOST_CYCLES = 1 << 31
"""That a benchmark takes: boards count in 32 bits."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Shape:
    """What goes in and comes out.

    Attributes:
        source: the accelerator's input stream.
        sink: its output stream.
        answer: type of the integers that come out.
        sha256: of the design and RTL that the board must hold.
        clock_hz: at which clock.
        interval_cycles: that it needs for a frame in steady state.
        latency_cycles: that it needs for a lone frame.
    """

    source: Stream
    sink: Stream
    answer: ValueType
    sha256: str
    clock_hz: int
    interval_cycles: int
    latency_cycles: int

    def seconds(self, frames: int) -> float:
        """How long it takes for some frames, one behind the other."""
        cycles = self.latency_cycles + frames * self.interval_cycles
        return cycles / self.clock_hz

    @property
    def in_size(self) -> int:
        """Bytes of a frame."""
        return self.source.beats * self.source.bytes

    @property
    def out_size(self) -> int:
        """Bytes of an answer."""
        return self.sink.beats * self.sink.bytes


@dataclass(frozen=True)
class Benchmark:
    """How fast a board's accelerator is, by its own count of cycles.

    Attributes:
        frames: one after the other, without a pause in between.
        cycles: from the first frame's first beat to the last one's last beat out.
        latency_cycles: the same of a lone frame.
        clock_hz: what the cycles are counted at.
        evidence: ``measured`` on a board, ``simulated`` where there is none.
    """

    frames: int
    cycles: int
    latency_cycles: int
    clock_hz: int
    evidence: str

    @property
    def interval_cycles(self) -> float:
        """From frame to frame."""
        return (self.cycles - self.latency_cycles) / (self.frames - 1)

    @property
    def fps(self) -> float:
        """Frames per second in steady state."""
        return self.clock_hz / self.interval_cycles


class Overlay(ABC):
    """A design on a board; use it in a ``with`` statement.

    Attributes:
        shape: of the design.
        evidence: what its figures are: ``measured``, or ``simulated`` on a board that is none.
    """

    def __init__(self, shape: Shape, evidence: str) -> None:
        self.shape, self.evidence = shape, evidence

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def run(self, frames: Ints, progress: Progress | None = None) -> Ints:
        """The accelerator's answers.

        Args:
            frames: integers of the input tensor [frames, elements].
            progress: called with a step's name, steps done and steps in all.

        Returns:
            int32 [frames, elements out].

        Raises:
            XnorflowError: the board gives no answers.
        """

    @abstractmethod
    def time(self, frame: Ints, repeats: int) -> int:
        """Cycles that a frame and so many repeats of it take, one behind the other.

        Args:
            frame: integers of the input tensor [elements].
            repeats: 0 for the frame alone.

        Raises:
            XnorflowError: the board gives no answer.
        """

    @abstractmethod
    def power(self) -> float | None:
        """Watts that the board draws; None where it cannot tell."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the board."""

    def benchmark(self, frame: Ints, frames: int = 1000) -> Benchmark:
        """Send one frame through the accelerator again and again; the line there has no part in it.

        Args:
            frame: integers of the input tensor [elements].
            frames: how often, at least 2; fewer where a board could not count the cycles.

        Raises:
            XnorflowError: ``board-design``: it counts no more cycles for more frames; or as
                ``time``.
        """
        frames = max(2, min(frames, _MOST_CYCLES // self.shape.interval_cycles))
        alone, whole = self.time(frame, 0), self.time(frame, frames - 1)
        if whole <= alone:
            raise XnorflowError(
                Diagnostic(
                    "board-design",
                    f"what the board holds must take longer for {frames:,} frames than for one, "
                    f"not {whole:,} and {alone:,} cycles",
                    "make a bitstream of this build folder and load it (`xnorflow bitstream`)",
                )
            )
        return Benchmark(frames, whole, alone, self.shape.clock_hz, self.evidence)
