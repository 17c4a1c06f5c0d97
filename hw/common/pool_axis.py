# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How a pool's windows lie along one axis of an image, as pool_axis.sv counts them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.max_pool import MaxPool
from xnorflow.ir.ops.sum_pool import SumPool

__all__ = ["Axis", "axes_of"]


@dataclass(frozen=True)
class Axis:
    """A sweep along one axis.

    Attributes:
        size: pixels.
        kernel: pixels of a window.
        stride: pixels from window to window.
        before: pixels of padding before the image, which take no step.
        after: pixels of padding behind it, which do.
    """

    size: int
    kernel: int
    stride: int
    before: int
    after: int

    @classmethod
    def of(cls, size: int, kernel: int, stride: int, before: int, after: int) -> Axis:
        """The sweep; of a lone window the stride does not matter, and a long one costs least."""
        total = size + before + after
        lone = (total - kernel) // stride == 0
        return cls(size, kernel, total if lone else stride, before, after)

    @property
    def steps(self) -> int:
        """Steps from the first pixel to the last, padding behind it included."""
        return self.size + self.after

    @property
    def windows(self) -> int:
        """Windows along the axis."""
        return (self.steps + self.before - self.kernel) // self.stride + 1

    @property
    def overlaps(self) -> bool:
        """Whether windows have pixels in common."""
        return self.stride < self.kernel

    @property
    def open(self) -> int:
        """Windows that have begun and not ended, between two steps, at most."""
        return -(-(self.kernel - 1) // self.stride)

    @property
    def first_window(self) -> int:
        """The window, counted from the first whole one, whose last phase comes first."""
        return self.before // self.stride - (self.kernel - 1) // self.stride

    @property
    def last_window(self) -> int:
        """The window, so counted, in whose last phase or beyond the last step is."""
        return (self.before + self.steps - 1) // self.stride - (self.kernel - 1) // self.stride

    @property
    def ends_early(self) -> bool:
        """Whether the phase in which windows end comes before a whole one has been seen."""
        return self.before + self.stride <= self.kernel - 1

    @property
    def counter_bits(self) -> int:
        """Bits of a window's phase and of its number, what is behind the last one included."""
        numbers = self.last_window - self.first_window + 1
        if self.ends_early:
            numbers = 2 * max(self.last_window + 1, -self.first_window)
        phases = self.stride if self.steps > 1 else 1
        return (phases - 1).bit_length() + (numbers - 1).bit_length()

    @property
    def in_image(self) -> npt.NDArray[np.bool_]:
        """For each step, whether it is a pixel of the image."""
        return np.arange(self.steps) < self.size

    @property
    def window_ends(self) -> npt.NDArray[np.bool_]:
        """For each step, whether a window ends there."""
        done = np.arange(self.steps) + self.before + 1 - self.kernel
        ends: npt.NDArray[np.bool_] = (done >= 0) & (done % self.stride == 0)
        return ends


def axes_of(layer: Layer) -> tuple[Axis, Axis]:
    """Down and across the image of a pool."""
    assert isinstance(layer.op, MaxPool | SumPool)
    sweep = layer.op.sweep
    height, width, _ = layer.in_type.shape
    top, left, bottom, right = sweep.pads
    return (
        Axis.of(height, sweep.kernel[0], sweep.stride[0], top, bottom),
        Axis.of(width, sweep.kernel[1], sweep.stride[1], left, right),
    )
