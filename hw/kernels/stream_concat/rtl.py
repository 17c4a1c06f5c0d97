# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_concat in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer
from xnorflow.kernels.stream_concat import beats_of

__all__ = ["StreamConcatRtl"]


class StreamConcatRtl(RtlKernel):
    """A beat's width, and how many of each stream make a pixel."""

    name = "stream_concat"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """A beat's width, and how many of each stream make a pixel."""
        width = folding.pe * layer.out_type.value.bits
        first, second = beats_of(layer, folding)
        parameters = {"W": str(width), "A_BEATS": str(first), "B_BEATS": str(second)}
        return Instance("stream_concat", parameters)
