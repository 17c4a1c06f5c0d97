# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""fifo: a buffer that holds exactly so many beats."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.kernel import Adapter
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.fifo.cost import estimate
from xnorflow.timing.process import Input, Order, Output, Process

__all__ = ["Fifo"]


class Fifo(Adapter):
    """Stores ``depth`` beats between two equal streams."""

    name = "fifo"
    summary = "buffer of exactly depth beats, in registers, shift registers or RAM"

    def matches(self, source: Stream, sink: Stream, depth: int) -> bool:
        """Equal streams, and a beat or more."""
        return source == sink and depth >= 1

    def resources(self, source: Stream, sink: Stream, depth: int, family: Family) -> Resources:
        """See cost.py."""
        return estimate(source.width, depth, family)

    def process(self, source: Stream, sink: Stream, depth: int) -> Process:
        """One cycle up to two beats, else two: into the memory, and out of it."""
        output = Output(depth, turn=1, latency=1 if depth <= 2 else 2)
        return Process(Order.of_beats(source.beats), (Input(source.beats),), output)
