# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""parallel_window: im2col, a whole window a beat."""

from __future__ import annotations

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.window import Window
from xnorflow.kernels.parallel_window.axis import axes_of
from xnorflow.kernels.parallel_window.cost import LUTRAM_DELAY, ParallelWindowShape, estimate
from xnorflow.timing.process import REGISTER, Input, Order, Process

__all__ = ["ParallelWindow"]

_MAX_CYCLES = 1 << 24
"""A frame; as of sliding_window with one pixel a beat."""
_MAX_BITS = 1 << 15
"""Of a window: more than the 7x7 pixels of 512 bits at the end of a large network."""
_MAX_SIDE = 64
"""Of the kernel, and most steps of a stride: each may take logic of its own."""


class ParallelWindow(Kernel):
    """Streams what a kernel sees at each position of an image, all of it at once."""

    name = "parallel_window"
    summary = "im2col, a pixel in and a whole window out in a cycle"

    def matches(self, layer: Layer) -> bool:
        """Every Window of more than one pixel, but for huge kernels, strides and images."""
        if not isinstance(layer.op, Window) or layer.op.sweep.area == 1:
            return False
        sides = (*layer.op.sweep.kernel, *layer.op.sweep.stride)
        bits = layer.out_type.channels * layer.in_type.value.bits
        return max(sides) <= _MAX_SIDE and bits <= _MAX_BITS and _cycles(layer) <= _MAX_CYCLES

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """A pixel in and a window out."""
        return (Folding(layer.out_type.channels, layer.in_type.channels),)

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Where rows of pixels wait; a few pixels wait in registers."""
        shape = _shape(layer, folding)
        if not shape.has_ring:
            return ()
        return ("lutram", "bram") if shape.delay <= LUTRAM_DELAY else ("bram",)

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a pixel of the padded image."""
        return _cycles(layer)

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a pixel of the padded image; the pixel that finds it held up waits aside."""
        down, across = axes_of(layer)
        order = Order.of_pixels((down.inside, across.inside), (down.complete, across.complete))
        source = Input(self.input_streams(layer, folding)[0].beats, room=1, wait=0)
        return Process(order, (source,), REGISTER, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(_shape(layer, folding), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """A pixel a beat."""
        height, width, channels = layer.in_type.shape
        return (Stream(channels, layer.in_type.value.bits, height * width),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """A window a beat."""
        return (Stream(layer.out_type.channels, layer.in_type.value.bits, layer.pixels),)


def _cycles(layer: Layer) -> int:
    down, across = axes_of(layer)
    return down.steps * across.steps


def _shape(layer: Layer, folding: Folding) -> ParallelWindowShape:
    width = folding.simd * layer.in_type.value.bits
    return ParallelWindowShape(width, *axes_of(layer), folding.storage == "bram")
