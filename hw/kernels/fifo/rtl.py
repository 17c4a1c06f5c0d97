# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""fifo in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.rtl import Instance, RtlAdapter
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.fifo.cost import storage

__all__ = ["FifoRtl"]

_CHOICES = {"bram": "IN_BRAM", "srl": "IN_SRL"}
"""Parameters that tell where beats are, if not in distributed RAM."""


class FifoRtl(RtlAdapter):
    """A module of its own, told where its beats are."""

    name = "fifo"

    def instance(self, source: Stream, sink: Stream, depth: int, family: Family) -> Instance:
        """Module and parameters."""
        bits, parameters = source.width + 1, {"W": str(source.width), "DEPTH": str(depth)}
        kind = storage(bits, depth, family) if depth > 2 else "registers"
        if kind in _CHOICES:
            parameters[_CHOICES[kind]] = "1'b1"
        return Instance("fifo", parameters)
