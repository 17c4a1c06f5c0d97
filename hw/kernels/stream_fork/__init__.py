# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_fork: the same stream for each of several readers."""

from __future__ import annotations

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.fork import Fork
from xnorflow.kernels.stream_fork.cost import estimate
from xnorflow.timing.process import REGISTER, Input, Order, Process

__all__ = ["StreamFork", "copies_of"]


class StreamFork(Kernel):
    """Shows a beat to all readers until each has taken it."""

    name = "stream_fork"
    summary = "the same stream for each of several readers, which take a beat when they can"

    def matches(self, layer: Layer) -> bool:
        """Every fork."""
        return isinstance(layer.op, Fork)

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the number of elements, as both pe and simd."""
        return tuple(Folding(k, k) for k in divisors(layer.in_type.elements))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat."""
        return layer.in_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, when no reader has the one before to take yet.

        The skid buffer's second place is room on the input's side, where a beat waits for its step;
        its first is one place for all readers.
        """
        beats = self.cycles(layer, folding)
        source = Input(beats, room=1, wait=0)
        return Process(Order.of_beats(beats), (source,), REGISTER, copies=copies_of(layer))

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(self.input_streams(layer, folding)[0].width, copies_of(layer), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        return (Stream(folding.pe, layer.in_type.value.bits, self.cycles(layer, folding)),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """What it reads, for each reader."""
        return self.input_streams(layer, folding) * copies_of(layer)


def copies_of(layer: Layer) -> int:
    """How many readers there are."""
    assert isinstance(layer.op, Fork)
    return layer.op.copies
