# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""sum_pool: the sum of each channel over windows of an image."""

from __future__ import annotations

from xnorflow.diagnostics import Diagnostic
from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.hw_common.pool_axis import axes_of
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.kernels.sum_pool.cost import estimate
from xnorflow.kernels.sum_pool.shape import SumPoolShape
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["SumPoolUnit"]


class SumPoolUnit(Kernel):
    """An accumulator for each channel of each window in a row of windows."""

    name = "sum_pool"
    summary = "sum of each channel over windows of an image that do not overlap"

    def matches(self, layer: Layer) -> bool:
        """Sums of plain integers or bits, over windows that do not overlap."""
        value = layer.in_type.value
        if not isinstance(layer.op, SumPool) or not (value.is_plain or value.is_bipolar):
            return False
        return not any(axis.overlaps for axis in axes_of(layer))

    def refusal(self, layer: Layer) -> Diagnostic | None:
        """Windows that overlap."""
        if not isinstance(layer.op, SumPool) or not any(a.overlaps for a in axes_of(layer)):
            return None
        sweep = layer.op.sweep
        return Diagnostic(
            "kernel-no-match",
            f"the windows of {layer.name}, which are added up, must not overlap, not have kernel "
            f"{sweep.kernel} and stride {sweep.stride}",
            "make the stride of the average as large as its kernel, or let the kernel be the whole "
            "image",
            layer.origin,
        )

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the channels, as both pe and simd."""
        return tuple(Folding(k, k) for k in divisors(layer.in_type.channels))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, into the skid buffer where a window ends."""
        down, across = axes_of(layer)
        order = Order.of_pixels(
            (down.in_image, across.in_image),
            (down.window_ends, across.window_ends),
            layer.in_type.channels // folding.pe,
        )
        return Process(order, (Input(self.cycles(layer, folding)),), SKID, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(SumPoolShape(layer, folding.pe), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE channels a beat."""
        return (Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding)),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE sums a beat."""
        out = layer.out_type
        return (Stream(folding.pe, out.value.bits, out.elements // folding.pe),)
