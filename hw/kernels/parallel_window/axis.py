# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A padded image, step by step: which pixels are real, and where windows end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.window import Window

__all__ = ["Axis", "axes_of"]

_Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Axis:
    """A padded_axis: its parameters.

    Attributes:
        size: pixels of the image.
        kernel: pixels of a window.
        stride: pixels from window to window.
        pad: pixels of padding in front.
        count: windows.
    """

    size: int
    kernel: int
    stride: int
    pad: int
    count: int

    @property
    def final(self) -> int:
        """The step that completes the last window."""
        return (self.count - 1) * self.stride + self.kernel - 1

    @property
    def steps(self) -> int:
        """Pixels, with padding as far as some window sees it."""
        return max(self.final + 1, self.pad + self.size)

    @property
    def tail(self) -> int:
        """Steps behind the image."""
        return self.steps - self.pad - self.size

    @property
    def inside(self) -> _Bools:
        """For each step, whether it is a pixel of the image."""
        return np.arange(-self.pad, self.steps - self.pad) % self.steps < self.size

    @property
    def complete(self) -> _Bools:
        """For each step, whether a window ends there."""
        done = np.arange(self.steps) + 1 - self.kernel
        ends: _Bools = (done >= 0) & (done % self.stride == 0)
        return ends


def axes_of(layer: Layer) -> tuple[Axis, Axis]:
    """Down and across the image of a Window."""
    assert isinstance(layer.op, Window)
    sweep, (height, width, _) = layer.op.sweep, layer.in_type.shape
    down, across = sweep.positions(height, width)
    return (
        Axis(height, sweep.kernel[0], sweep.stride[0], sweep.pads[0], down),
        Axis(width, sweep.kernel[1], sweep.stride[1], sweep.pads[1], across),
    )
