# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""maxpool: the maximum of each channel over windows of an image."""

from __future__ import annotations

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.hw_common.pool_axis import axes_of
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.kernels.maxpool.cost import estimate
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["MaxPoolUnit"]


class MaxPoolUnit(Kernel):
    """The maximum of each channel over windows of any size, stride and padding; of bits an OR."""

    name = "maxpool"
    summary = "maximum of each channel over windows of an image"

    def matches(self, layer: Layer) -> bool:
        """Maxima of bits and integers, whatever they stand for."""
        return isinstance(layer.op, MaxPool)

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the channels, as both pe and simd."""
        return tuple(Folding(k, k) for k in divisors(layer.in_type.channels))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat, those of padding at the bottom and on the right included."""
        down, across = axes_of(layer)
        return down.steps * across.steps * (layer.in_type.channels // folding.pe)

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, of padding behind the image too, into the skid buffer."""
        down, across = axes_of(layer)
        order = Order.of_pixels(
            (down.in_image, across.in_image),
            (down.window_ends, across.window_ends),
            layer.in_type.channels // folding.pe,
        )
        source = Input(self.input_streams(layer, folding)[0].beats)
        return Process(order, (source,), SKID, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(layer, folding.pe, family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE channels a beat."""
        return (Stream(folding.pe, layer.in_type.value.bits, layer.in_type.elements // folding.pe),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE channels a beat."""
        out = layer.out_type
        return (Stream(folding.pe, out.value.bits, out.elements // folding.pe),)
