# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""stream_concat: the channels of two streams side by side."""

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
from xnorflow.ir.ops.concat import Concat
from xnorflow.kernels.stream_concat.cost import estimate
from xnorflow.timing.process import SKID, Input, Order, Process

__all__ = ["StreamConcat", "beats_of"]


class StreamConcat(Kernel):
    """A choice between two streams, behind which a skid buffer stands."""

    name = "stream_concat"
    summary = "each pixel's channels of one stream, then those of the other"

    def matches(self, layer: Layer) -> bool:
        """Every concatenation."""
        return isinstance(layer.op, Concat)

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of both numbers of channels, as both pe and simd."""
        channels = gcd(*(kind.channels for kind in layer.in_types))
        return tuple(Folding(k, k) for k in divisors(channels))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat of either stream."""
        return layer.out_type.elements // folding.pe

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat of the stream whose turn it is, through the skid buffer."""
        first, second = beats_of(layer, folding)
        ones, none = (np.full((first + second, 1), n, np.int64) for n in (1, 0))
        done = np.arange(1, first + second + 1)[:, np.newaxis]
        own = [np.minimum(done, first), np.maximum(done - first, none)]
        each = np.concatenate([own[0], own[0], ones, ones, own[1], own[1]], axis=1)
        laps = np.array([[0, first + second, layer.pixels, 0, first, 0, second]], np.int64)
        inputs = tuple(Input(stream.beats) for stream in self.input_streams(layer, folding))
        return Process(Order(each, laps), inputs, SKID)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        width = self.output_streams(layer, folding)[0].width
        return estimate(width, beats_of(layer, folding), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat of each tensor."""
        bits = layer.out_type.value.bits
        return tuple(
            Stream(folding.pe, bits, kind.elements // folding.pe) for kind in layer.in_types
        )

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """PE elements a beat."""
        return (Stream(folding.pe, layer.out_type.value.bits, self.cycles(layer, folding)),)


def beats_of(layer: Layer, folding: Folding) -> tuple[int, int]:
    """Beats of a pixel of either stream."""
    first, second = (kind.channels // folding.pe for kind in layer.in_types)
    return first, second
