# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_add: the sum of two streams, element by element."""

from __future__ import annotations

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.add import Add
from xnorflow.kernels.stream_add.cost import estimate
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["StreamAdd"]


class StreamAdd(Kernel):
    """Adders, behind which a skid buffer stands."""

    name = "stream_add"
    summary = "sum of two streams of integers or bits, each times a constant"

    def matches(self, layer: Layer) -> bool:
        """Every sum."""
        return isinstance(layer.op, Add)

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of elements, as both pe and simd."""
        return tuple(Folding(k, k) for k in divisors(layer.out_type.elements))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat of both streams."""
        return layer.out_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat of both streams, through the skid buffer."""
        beats = self.cycles(layer, folding)
        return Process(Order.of_beats(beats, inputs=2), (Input(beats), Input(beats)), SKID)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(layer, folding, family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat of each tensor."""
        beats = self.cycles(layer, folding)
        return tuple(Stream(folding.pe, kind.value.bits, beats) for kind in layer.in_types)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE sums a beat."""
        return (Stream(folding.pe, layer.out_type.value.bits, self.cycles(layer, folding)),)
