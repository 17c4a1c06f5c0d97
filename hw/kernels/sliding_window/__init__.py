# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""sliding_window: im2col as a stream."""

from __future__ import annotations

from xnorflow.diagnostics import Diagnostic
from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.window import Window
from xnorflow.kernels.sliding_window.cost import estimate
from xnorflow.kernels.sliding_window.geometry import steps
from xnorflow.kernels.sliding_window.shape import LUTRAM_DEPTH, shape_of
from xnorflow.timing.process import REGISTER, Input, Process

__all__ = ["SlidingWindow"]


_MAX_STEPS = 1 << 24
"""Cycles a frame: the descriptor lists all of them, some 200 bytes each."""


class SlidingWindow(Kernel):
    """Streams what a kernel sees at each position of an image."""

    name = "sliding_window"
    summary = "im2col: any kernel, stride and padding, with the least line buffer"

    def matches(self, layer: Layer) -> bool:
        """Every Window that takes up to 2^24 cycles a frame with all channels abreast."""
        return isinstance(layer.op, Window) and _cycles(layer, layer.in_type.channels) <= _MAX_STEPS

    def refusal(self, layer: Layer) -> Diagnostic | None:
        """Images and windows of too many pixels."""
        if not isinstance(layer.op, Window) or self.matches(layer):
            return None
        height, width, channels = layer.in_type.shape
        return Diagnostic(
            "kernel-no-match",
            f"the image of {layer.name}, and all windows of it, must have at most {_MAX_STEPS} "
            f"pixels, not {height * width} and {layer.out_type.elements // channels}",
            "make the image or the kernel smaller, or the stride larger",
            layer.origin,
        )

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Divisors of the channels, as both pe and simd, with up to 2^24 cycles a frame."""
        lanes = divisors(layer.in_type.channels)
        return tuple(Folding(k, k) for k in lanes if _cycles(layer, k) <= _MAX_STEPS)

    def storages(self, layer: Layer, folding: Folding) -> tuple[str, ...]:
        """Where the line buffer is: a long one is in block RAM."""
        return (
            ("lutram", "bram") if shape_of(layer, folding).ring.least <= LUTRAM_DEPTH else ("bram",)
        )

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat, of the side that has more."""
        return _cycles(layer, folding.simd)

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A beat a step out of the line buffer, less what lies before the image at first."""
        shape, beats = shape_of(layer, folding), self.input_streams(layer, folding)[0].beats
        kept = Input(beats, room=shape.memory.depth - shape.ring.pad)
        return Process(steps(shape.geometry, shape.beats), (kept,), REGISTER)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(shape_of(layer, folding), family)

    def input_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """Simd elements a beat."""
        beats = layer.in_type.elements // folding.simd
        return (Stream(folding.simd, layer.in_type.value.bits, beats),)

    def output_streams(self, layer: Layer, folding: Folding) -> tuple[Stream, ...]:
        """Simd elements a beat."""
        beats = layer.out_type.elements // folding.simd
        return (Stream(folding.simd, layer.in_type.value.bits, beats),)


def _cycles(layer: Layer, lanes: int) -> int:
    return max(layer.in_type.elements, layer.out_type.elements) // lanes
