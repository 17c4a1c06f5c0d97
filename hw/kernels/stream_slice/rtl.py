# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_slice in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer
from xnorflow.kernels.stream_slice.shape import SliceShape

__all__ = ["StreamSliceRtl"]


class StreamSliceRtl(RtlKernel):
    """A beat's width, how many make a pixel and a frame, and which of them leave."""

    name = "stream_slice"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """A beat's width, how many make a pixel and a frame, and which of them leave."""
        shape = SliceShape.of(layer, folding)
        parameters = {
            "W": str(shape.width),
            "BEATS": str(shape.beats),
            "FIRST": str(shape.first),
            "KEPT": str(shape.kept),
            "PIXELS": str(shape.pixels),
        }
        return Instance("stream_slice", parameters)
