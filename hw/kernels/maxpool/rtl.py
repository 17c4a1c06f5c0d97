# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""maxpool in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.hw_common.pool_axis import axes_of
from xnorflow.ir.layer import Layer
from xnorflow.kernels.maxpool.cost import in_block

__all__ = ["MaxPoolRtl"]


class MaxPoolRtl(RtlKernel):
    """Sizes as parameters."""

    name = "maxpool"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Sizes as parameters, and of integers their type and memory."""
        down, across = axes_of(layer)
        value = layer.in_type.value
        sizes = {
            "PE": folding.pe,
            "CHANNELS": layer.in_type.channels,
            "HEIGHT": down.size,
            "WIDTH": across.size,
            "KERNEL_H": down.kernel,
            "KERNEL_W": across.kernel,
            "STRIDE_H": down.stride,
            "STRIDE_W": across.stride,
            "PAD_TOP": down.before,
            "PAD_LEFT": across.before,
            "PAD_BOTTOM": down.after,
            "PAD_RIGHT": across.after,
        }
        parameters = {name: str(size) for name, size in sizes.items()}
        if not value.is_bit:
            parameters |= {
                "BITS": str(value.bits),
                "SIGNED": f"1'b{value.signed:d}",
                "BLOCK": f"1'b{in_block(layer, folding.pe, family):d}",
            }
        return Instance("maxpool", parameters)
