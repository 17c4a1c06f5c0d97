# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_add in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer

__all__ = ["StreamAddRtl"]


class StreamAddRtl(RtlKernel):
    """Lanes, and the types of both inputs."""

    name = "stream_add"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Lanes, and the types of both inputs."""
        parameters = {"PE": str(folding.pe)}
        for name, kind in zip("AB", layer.in_types, strict=True):
            parameters[f"{name}_W"] = str(kind.value.bits)
            parameters[f"{name}_SIGNED"] = f"1'b{kind.value.signed:d}"
            parameters[f"{name}_BIPOLAR"] = f"1'b{kind.value.is_bipolar:d}"
        parameters["OUT_W"] = str(layer.out_type.value.bits)
        return Instance("stream_add", parameters)
