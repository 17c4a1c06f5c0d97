# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""skid_buffer in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.rtl import Instance, RtlAdapter
from xnorflow.hardware.stream import Stream

__all__ = ["SkidBufferRtl"]


class SkidBufferRtl(RtlAdapter):
    """A module of its own."""

    name = "skid_buffer"

    def instance(self, source: Stream, sink: Stream, depth: int, family: Family) -> Instance:
        """Module and parameters."""
        return Instance("skid_buffer", {"W": str(source.width)})
