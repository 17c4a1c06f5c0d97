# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""label_select: the index of the largest class."""

from __future__ import annotations

import numpy as np

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.kernels.label_select.cost import LabelSelectShape, estimate
from xnorflow.kernels.label_select.values import values_of
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["LabelSelect"]


class LabelSelect(Kernel):
    """Adds a constant to each class and gives the index of the first maximum."""

    name = "label_select"
    summary = "index of the largest class, first maximum wins"

    def matches(self, layer: Layer) -> bool:
        """Every ArgMax."""
        return isinstance(layer.op, ArgMax)

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of classes, as both pe and simd."""
        classes = layer.in_type.elements
        return tuple(Folding(k, k) for k in divisors(classes))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """The adder, the tree and the best so far, which wait for the skid buffer behind them."""
        beats, levels = self.cycles(layer, folding), (folding.pe - 1).bit_length()
        delay = int(values_of(layer).has_offsets) + levels + int(beats > 1)
        return Process(Order.of_last(beats), (Input(beats),), SKID, delay=delay, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        values, source = values_of(layer), layer.in_type.value
        beats, offsets = self.cycles(layer, folding), None
        if values.has_offsets:
            table = np.array(values.offsets)[:, np.newaxis] >> np.arange(values.bits)
            offsets = (table & 1).astype(np.uint8).reshape(beats, folding.pe, -1)
        shape = LabelSelectShape(
            pe=folding.pe,
            beats=beats,
            value_bits=values.bits if values.has_offsets else source.bits,
            index_bits=layer.out_type.value.bits,
            offsets=offsets,
            source=source,
        )
        return estimate(shape, family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE values a beat."""
        return (Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding)),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """One index a frame."""
        return (Stream(1, layer.out_type.value.bits, 1),)
