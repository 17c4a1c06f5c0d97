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
        shape = XnorMvuShape(layer, folding)
        own = {}
        if shape.fine:
            own["FINE"] = "1'b1"
        elif not shape.thresholded and shape.odd != shape.op.width % 2:
            own["ODD"] = f"1'b{shape.odd:d}"
        return mvu_instance("xnor_mvu", shape, family, weights="WEIGHT", own=own)
