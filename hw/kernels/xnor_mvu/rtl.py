# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""xnor_mvu in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.mvu_rtl import mvu_instance
from xnorflow.ir.layer import Layer
from xnorflow.kernels.xnor_mvu.shape import XnorMvuShape

__all__ = ["XnorMvuRtl"]


class XnorMvuRtl(RtlKernel):
    """Weights as bits."""

    name = "xnor_mvu"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Weights as a parameter, or as memory images for block RAM."""
        return mvu_instance("xnor_mvu", XnorMvuShape(layer, folding), family, weights="WEIGHT")
