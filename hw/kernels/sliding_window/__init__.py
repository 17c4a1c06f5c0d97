# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""sliding_window: im2col as a stream."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic
from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Instance, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.window import Window
from xnorflow.kernels.sliding_window.cost import LUTRAM_DEPTH, Memory, WindowShape, estimate, memory
from xnorflow.kernels.sliding_window.geometry import Geometry, Ring, ring, steps
from xnorflow.timing.process import REGISTER, Process

__all__ = ["SlidingWindow"]


_MAX_STEPS = 1 << 24
"""Cycles a frame: the descriptor lists all of them, some 200 bytes each."""


class SlidingWindow(Kernel):
    """Streams what a kernel sees at each position of an image."""

    name = "sliding_window"
    summary = "im2col: any kernel, stride and padding, with the least line buffer"
    sources = (
        "common/dual_lut.sv",
        "common/dual_mux.sv",
        "common/raw_adder.sv",
        "lap_counter.sv",
        "stepped_counter.sv",
        "window_pointer.sv",
        "window_axis.sv",
        "window_memory.sv",
        "sliding_window.sv",
    )

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
        least = self._ring(layer, folding).least
        return ("lutram", "bram") if least <= LUTRAM_DEPTH else ("bram",)

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat, of the side that has more."""
        return _cycles(layer, folding.simd)

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A beat a step out of the line buffer, less what lies before the image at first."""
        memory, ring = self._memory(layer, folding), self._ring(layer, folding)
        return Process(
            steps(_geometry(layer), _beats(layer, folding)),
            self.input_stream(layer, folding).beats,
            REGISTER,
            room=memory.depth - ring.pad,
        )

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        return estimate(self._shape(layer, folding), family)

    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """Simd elements a beat."""
        beats = layer.in_type.elements // folding.simd
        return Stream(folding.simd, layer.in_type.value.bits, beats)

    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """Simd elements a beat."""
        beats = layer.out_type.elements // folding.simd
        return Stream(folding.simd, layer.in_type.value.bits, beats)

    def golden(self, layer: Layer, x: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """A slice of the padded image at each position."""
        op, (height, width, channels) = _window(layer), layer.in_type.shape
        top, left, bottom, right = op.sweep.pads
        padded = np.full(
            (len(x), top + height + bottom, left + width + right, channels), op.fill, np.int32
        )
        padded[:, top : top + height, left : left + width] = x.reshape(-1, *layer.in_type.shape)
        result = np.empty((len(x), *layer.out_type.shape), np.int32)
        (rows, columns), (down, across) = op.sweep.kernel, op.sweep.stride
        for y, x_ in np.ndindex(*layer.out_type.shape[:2]):
            seen = padded[:, y * down : y * down + rows, x_ * across : x_ * across + columns]
            result[:, y, x_] = seen.reshape(len(x), -1)
        return result.reshape(len(x), -1)

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Sizes; and the widths of counters, which only the descriptor knows."""
        op, value, (height, width, _) = _window(layer), layer.in_type.value, layer.in_type.shape
        down, across = layer.out_type.shape[:2]
        shape = self._shape(layer, folding)
        numbers = {
            "LANES": folding.simd,
            "BITS": value.bits,
            "FILL": f"{value.bits}'h{op.fill & ((1 << value.bits) - 1):x}",
            "HEIGHT": height,
            "WIDTH": width,
            "BEATS": _beats(layer, folding),
            "KERNEL_H": op.sweep.kernel[0],
            "KERNEL_W": op.sweep.kernel[1],
            "STRIDE_H": op.sweep.stride[0],
            "STRIDE_W": op.sweep.stride[1],
            "PAD_T": op.sweep.pads[0],
            "PAD_L": op.sweep.pads[1],
            "OUT_H": down,
            "OUT_W": across,
            "DEPTH": shape.memory.depth,
            "BLOCK": shape.memory.block,
            "LEAD_W": shape.lead_bits,
            "ROOM_W": shape.room_bits,
            "IN_BRAM": "1'b1" if shape.memory.in_bram else "1'b0",
        }
        return Instance("sliding_window", {name: str(number) for name, number in numbers.items()})

    def _ring(self, layer: Layer, folding: Folding) -> Ring:
        return ring(_geometry(layer), _beats(layer, folding))

    def _memory(self, layer: Layer, folding: Folding) -> Memory:
        width = folding.simd * layer.in_type.value.bits
        return memory(self._ring(layer, folding).least, width, folding.storage == "bram")

    def _shape(self, layer: Layer, folding: Folding) -> WindowShape:
        op = _window(layer)
        return WindowShape(
            width=folding.simd * layer.in_type.value.bits,
            filled=op.fill != 0 and any(op.sweep.pads),
            beats=_beats(layer, folding),
            geometry=_geometry(layer),
            ring=self._ring(layer, folding),
            memory=self._memory(layer, folding),
        )


def _window(layer: Layer) -> Window:
    assert isinstance(layer.op, Window)
    return layer.op


def _cycles(layer: Layer, lanes: int) -> int:
    return max(layer.in_type.elements, layer.out_type.elements) // lanes


def _geometry(layer: Layer) -> Geometry:
    height, width, _ = layer.in_type.shape
    return Geometry(height, width, _window(layer).sweep)


def _beats(layer: Layer, folding: Folding) -> int:
    """Beats a pixel."""
    return layer.in_type.channels // folding.simd
