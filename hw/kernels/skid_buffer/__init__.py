# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""skid_buffer: a two-entry register stage between two equal streams."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.kernel import Adapter
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.hw_common.memory import skid
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["SkidBuffer"]


class SkidBuffer(Adapter):
    """Cuts all combinational paths between two equal streams at full throughput."""

    name = "skid_buffer"
    summary = "two-entry register stage; cuts the tready path"

    def matches(self, source: Stream, sink: Stream, depth: int) -> bool:
        """Equal streams; it has no depth."""
        return source == sink and depth == 0

    def resources(self, source: Stream, sink: Stream, depth: int, family: Family) -> Resources:
        """See hw_common/memory.py."""
        return skid(source.width)

    def process(self, source: Stream, sink: Stream, depth: int) -> Process:
        """Two places."""
        return Process(Order.of_beats(source.beats), (Input(source.beats),), SKID)
