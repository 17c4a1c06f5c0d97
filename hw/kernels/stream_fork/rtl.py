# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_fork in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer
from xnorflow.kernels.stream_fork import copies_of

__all__ = ["StreamForkRtl"]


class StreamForkRtl(RtlKernel):
    """A beat's width, and how many copies."""

    name = "stream_fork"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """A beat's width, and how many copies."""
        width = folding.pe * layer.in_type.value.bits
        return Instance("stream_fork", {"W": str(width), "COPIES": str(copies_of(layer))})
