# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_slice: a range of the channels of a stream."""

from __future__ import annotations

from math import gcd

import numpy as np

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.slice import Slice
from xnorflow.kernels.stream_slice.cost import estimate
from xnorflow.kernels.stream_slice.shape import SliceShape
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["StreamSlice"]


class StreamSlice(Kernel):
    """Counts the beats of each pixel, and passes those of the range to a skid buffer."""

    name = "stream_slice"
    summary = "a range of each pixel's channels; the others are dropped"

    def matches(self, layer: Layer) -> bool:
        """Every slice."""
        return isinstance(layer.op, Slice)

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of channels that both ends of the range are multiples of."""
        op = layer.op
        assert isinstance(op, Slice)
        common = gcd(layer.in_type.channels, op.start, op.stop)
        return tuple(Folding(k, k) for k in divisors(common))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat that is read."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, into the skid buffer where it is one of the range."""
        shape = SliceShape.of(layer, folding)
        done = np.arange(1, shape.beats + 1)
        kept = (done > shape.first) & (done <= shape.first + shape.kept)
        each = np.stack([done, done, kept, np.ones_like(done)], axis=1)
        order = Order.of([(each, shape.pixels, 0, shape.beats)])
        return Process(order, (Input(self.cycles(layer, folding)),), SKID, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(SliceShape.of(layer, folding), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE channels a beat."""
        return (Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding)),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE channels a beat, of fewer beats."""
        out = layer.out_type
        return (Stream(folding.pe, out.value.bits, out.elements // folding.pe),)
