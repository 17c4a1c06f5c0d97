# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""sliding_window in SystemVerilog."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.rtl import Instance, RtlKernel
from xnorflow.ir.layer import Layer
from xnorflow.kernels.sliding_window.shape import shape_of, window_of

__all__ = ["SlidingWindowRtl"]


class SlidingWindowRtl(RtlKernel):
    """Sizes as parameters."""

    name = "sliding_window"

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Sizes; and the widths of counters, which only the descriptor knows."""
        op, value, (height, width, _) = window_of(layer), layer.in_type.value, layer.in_type.shape
        down, across = layer.out_type.shape[:2]
        shape = shape_of(layer, folding)
        numbers = {
            "LANES": folding.simd,
            "BITS": value.bits,
            "FILL": f"{value.bits}'h{op.fill & ((1 << value.bits) - 1):x}",
            "HEIGHT": height,
            "WIDTH": width,
            "BEATS": shape.beats,
            "KERNEL_H": op.sweep.kernel[0],
            "KERNEL_W": op.sweep.kernel[1],
            "STRIDE_H": op.sweep.stride[0],
            "STRIDE_W": op.sweep.stride[1],
            "PAD_T": op.sweep.pads[0],
            "PAD_L": op.sweep.pads[1],
            "OUT_H": down,
            "OUT_W": across,
            "DEPTH": shape.memory.depth,
            "BLOCK": shape.memory.block,
            "LEAD_W": shape.lead_bits,
            "ROOM_W": shape.room_bits,
            "IN_BRAM": "1'b1" if shape.memory.in_bram else "1'b0",
        }
        return Instance("sliding_window", {name: str(number) for name, number in numbers.items()})
