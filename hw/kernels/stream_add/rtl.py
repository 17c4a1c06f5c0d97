# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_add in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer
from xnorflow.kernels.stream_add.sums import add_of, sum_bits

__all__ = ["StreamAddRtl"]


class StreamAddRtl(RtlKernel):
    """Lanes, the types of both inputs, and what differs from a plain sum."""

    name = "stream_add"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Lanes, the types of both inputs, factors, and how sums saturate."""
        parameters = {"PE": str(folding.pe)}
        for name, kind in zip("AB", layer.in_types, strict=True):
            parameters[f"{name}_W"] = str(kind.value.bits)
            parameters[f"{name}_SIGNED"] = f"1'b{kind.value.signed:d}"
            parameters[f"{name}_BIPOLAR"] = f"1'b{kind.value.is_bipolar:d}"
        value, op = layer.out_type.value, add_of(layer)
        parameters["OUT_W"] = str(value.bits)
        if op.factors != (1, 1):
            parameters |= {f"{n}_FACTOR": str(f) for n, f in zip("AB", op.factors, strict=True)}
        if op.saturates:
            parameters["SATURATES"] = "1'b1"
            parameters["OUT_SIGNED"] = f"1'b{value.signed:d}"
            parameters["SUM_W"] = str(sum_bits(layer))
        return Instance("stream_add", parameters)
