# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""linear_mvu in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.mvu_rtl import mvu_instance
from xnorflow.ir.layer import Layer
from xnorflow.kernels.linear_mvu.shape import LinearMvuShape

__all__ = ["LinearMvuRtl"]


class LinearMvuRtl(RtlKernel):
    """Weights as bytes."""

    name = "linear_mvu"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Weights as a parameter, or as memory images for block RAM."""
        shape, value = LinearMvuShape(layer, folding), layer.in_type.value
        own = {"IN_W": str(value.bits), "IN_SIGNED": f"1'b{value.signed:d}"}
        return mvu_instance("linear_mvu", shape, family, weights="WEIGHT", own=own)
