# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""parallel_window in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.window import Window
from xnorflow.kernels.parallel_window.axis import axes_of

__all__ = ["ParallelWindowRtl"]


class ParallelWindowRtl(RtlKernel):
    """Sizes as parameters."""

    name = "parallel_window"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Sizes."""
        op, value = layer.op, layer.in_type.value
        assert isinstance(op, Window)
        down, across = axes_of(layer)
        numbers = {
            "LANES": folding.simd,
            "BITS": value.bits,
            "FILL": f"{value.bits}'h{op.fill & ((1 << value.bits) - 1):x}",
            "HEIGHT": down.size,
            "WIDTH": across.size,
            "KERNEL_H": down.kernel,
            "KERNEL_W": across.kernel,
            "STRIDE_H": down.stride,
            "STRIDE_W": across.stride,
            "PAD_T": down.pad,
            "PAD_L": across.pad,
            "OUT_H": down.count,
            "OUT_W": across.count,
            "IN_BRAM": f"1'b{folding.storage == 'bram':d}",
        }
        return Instance("parallel_window", {name: str(n) for name, n in numbers.items()})
