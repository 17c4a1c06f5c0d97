# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""maxpool_or: the maximum of binary values over windows of an image."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.divisors import divisors
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.hardware.kernel import Instance, Kernel
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.kernels.maxpool_or.axis import Axis
from xnorflow.kernels.maxpool_or.cost import estimate
from xnorflow.timing.process import SKID, Order, Process

__all__ = ["MaxpoolOr"]


class MaxpoolOr(Kernel):
    """ORs each channel over windows of any size, stride and padding."""

    name = "maxpool_or"
    summary = "maximum of binary values over windows of an image"
    sources = (
        "common/dual_lut.sv",
        "pool_axis.sv",
        "pool_or.sv",
        "pool_windows.sv",
        "pool_skid.sv",
        "maxpool_or.sv",
    )

    def matches(self, layer: Layer) -> bool:
        """Maxima of binary values."""
        return isinstance(layer.op, MaxPool) and layer.in_type.value.is_binary

    def foldings(self, layer: Layer) -> tuple[Folding, ...]:
        """Every divisor of the channels, as both pe and simd."""
        return tuple(Folding(k, k) for k in divisors(layer.in_type.channels))

    def cycles(self, layer: Layer, folding: Folding) -> int:
        """One a beat, those of padding at the bottom and on the right included."""
        down, across = _axes(layer)
        return down.steps * across.steps * (layer.in_type.channels // folding.pe)

    def process(self, layer: Layer, folding: Folding) -> Process:
        """A step a beat, of padding behind the image too, into the skid buffer."""
        down, across = _axes(layer)
        order = Order.of_pixels(
            (down.in_image, across.in_image),
            (down.window_ends, across.window_ends),
            layer.in_type.channels // folding.pe,
        )
        return Process(order, self.input_stream(layer, folding).beats, SKID, rigid=True)

    def resources(self, layer: Layer, folding: Folding, family: Family) -> Resources:
        """See cost.py."""
        beats = layer.in_type.channels // folding.pe
        return estimate(folding.pe, beats, *_axes(layer), family)

    def input_stream(self, layer: Layer, folding: Folding) -> Stream:
        """PE channels a beat."""
        return Stream(folding.pe, 1, layer.in_type.elements // folding.pe)

    def output_stream(self, layer: Layer, folding: Folding) -> Stream:
        """PE channels a beat."""
        return Stream(folding.pe, 1, layer.out_type.elements // folding.pe)

    def golden(self, layer: Layer, x: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Window by window, cut off at the image's edges."""
        sweep = _sweep(layer)
        (height, stride_h, top), (width, stride_w, left) = zip(
            sweep.kernel, sweep.stride, sweep.pads[:2], strict=True
        )
        images = x.reshape(-1, *layer.in_type.shape)
        result = np.empty((len(x), *layer.out_type.shape), np.int32)
        for i, j in np.ndindex(result.shape[1:3]):
            y, z = i * stride_h - top, j * stride_w - left
            seen = images[:, max(y, 0) : y + height, max(z, 0) : z + width]
            result[:, i, j] = seen.max(axis=(1, 2))
        return result.reshape(len(x), -1)

    def instance(self, layer: Layer, folding: Folding, family: Family) -> Instance:
        """Sizes as parameters."""
        down, across = _axes(layer)
        parameters = {
            "PE": folding.pe,
            "CHANNELS": layer.in_type.channels,
            "HEIGHT": down.size,
            "WIDTH": across.size,
            "KERNEL_H": down.kernel,
            "KERNEL_W": across.kernel,
            "STRIDE_H": down.stride,
            "STRIDE_W": across.stride,
            "PAD_TOP": down.before,
            "PAD_LEFT": across.before,
            "PAD_BOTTOM": down.after,
            "PAD_RIGHT": across.after,
        }
        return Instance("maxpool_or", {name: str(value) for name, value in parameters.items()})


def _sweep(layer: Layer) -> Sweep:
    assert isinstance(layer.op, MaxPool)
    return layer.op.sweep


def _axes(layer: Layer) -> tuple[Axis, Axis]:
    """Down and across."""
    sweep = _sweep(layer)
    height, width, _ = layer.in_type.shape
    top, left, bottom, right = sweep.pads
    return (
        Axis.of(height, sweep.kernel[0], sweep.stride[0], top, bottom),
        Axis.of(width, sweep.kernel[1], sweep.stride[1], left, right),
    )
