# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""sum_pool in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer
from xnorflow.kernels.sum_pool.shape import SumPoolShape

__all__ = ["SumPoolRtl"]


class SumPoolRtl(RtlKernel):
    """Types and sizes as parameters."""

    name = "sum_pool"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Types and sizes as parameters."""
        shape, value = SumPoolShape(layer, folding.pe), layer.in_type.value
        down, across = shape.axes
        parameters = {
            "PE": str(folding.pe),
            "CHANNELS": str(layer.in_type.channels),
            "IN_W": str(value.bits),
            "IN_SIGNED": f"1'b{value.signed:d}",
            "IN_BIPOLAR": f"1'b{value.is_bipolar:d}",
            "ACC_W": str(shape.acc_bits),
            "HEIGHT": str(down.size),
            "WIDTH": str(across.size),
            "KERNEL_H": str(down.kernel),
            "KERNEL_W": str(across.kernel),
            "STRIDE_H": str(down.stride),
            "STRIDE_W": str(across.stride),
            "BLOCK": f"1'b{shape.block(family):d}",
        }
        return Instance("sum_pool", parameters)
