# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""parallel_window: im2col, a whole window a beat."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Instance, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.window import Window
from xnorflow.kernels.parallel_window.axis import Axis, axes
from xnorflow.kernels.parallel_window.cost import LUTRAM_DELAY, ParallelWindowShape, estimate
from xnorflow.kernels.sliding_window import SlidingWindow
from xnorflow.timing.process import REGISTER, Order, Process

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
    sources = (
        "common/dual_lut.sv",
        "common/dual_mux.sv",
        "sliding_window/lap_counter.sv",
        "line_delay.sv",
        "padded_axis.sv",
        "parallel_window.sv",
    )

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
        down, across = _axes(layer)
        order = Order.of_pixels((down.inside, across.inside), (down.complete, across.complete))
        beats = self.input_stream(layer, folding).beats
        return Process(order, beats, REGISTER, room=1, wait=0, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(_shape(layer, folding), family)

    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """A pixel a beat."""
        height, width, channels = layer.in_type.shape
        return Stream(channels, layer.in_type.value.bits, height * width)

    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """A window a beat."""
        return Stream(layer.out_type.channels, layer.in_type.value.bits, layer.pixels)

    def golden(self, layer: Layer, x: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """What sliding_window gives, too."""
        return SlidingWindow().golden(layer, x)

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Sizes."""
        op, value = _window(layer), layer.in_type.value
        down, across = _axes(layer)
        numbers = {
            "LANES": folding.simd,
            "BITS": value.bits,
            "FILL": f"{value.bits}'h{op.fill & ((1 << value.bits) - 1):x}",
            "HEIGHT": down.size,
            "WIDTH": across.size,
            "KERNEL_H": down.kernel,
            "KERNEL_W": across.kernel,
            "STRIDE_H": down.stride,
            "STRIDE_W": across.stride,
            "PAD_T": down.pad,
            "PAD_L": across.pad,
            "OUT_H": down.count,
            "OUT_W": across.count,
            "IN_BRAM": f"1'b{folding.storage == 'bram':d}",
        }
        return Instance("parallel_window", {name: str(n) for name, n in numbers.items()})


def _window(layer: Layer) -> Window:
    assert isinstance(layer.op, Window)
    return layer.op


def _axes(layer: Layer) -> tuple[Axis, Axis]:
    """Down and across."""
    height, width, _ = layer.in_type.shape
    return axes(height, width, _window(layer).sweep)


def _cycles(layer: Layer) -> int:
    down, across = _axes(layer)
    return down.steps * across.steps


def _shape(layer: Layer, folding: Folding) -> ParallelWindowShape:
    width = folding.simd * layer.in_type.value.bits
    return ParallelWindowShape(width, *_axes(layer), folding.storage == "bram")
