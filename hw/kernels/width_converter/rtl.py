# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""width_converter in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.rtl import Instance, RtlAdapter
from xnorflow.hardware.stream import Stream

__all__ = ["WidthConverterRtl"]


class WidthConverterRtl(RtlAdapter):
    """A module of its own."""

    name = "width_converter"

    def instance(self, source: Stream, sink: Stream, depth: int, family: Family) -> Instance:
        """Module and parameters."""
        assert source.bits == sink.bits, "both streams carry the same tensor"
        lanes = {"IN_LANES": str(source.lanes), "OUT_LANES": str(sink.lanes)}
        return Instance("width_converter", {"BITS": str(source.bits), **lanes})
