# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How windows that do not overlap lie along one axis of an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.sum_pool import SumPool

__all__ = ["Axis", "axes_of", "pool_of"]


@dataclass(frozen=True)
class Axis:
    """A sweep along one axis.

    Attributes:
        size: pixels.
        kernel: pixels of a window.
        stride: pixels from window to window.
    """

    size: int
    kernel: int
    stride: int

    @classmethod
    def of(cls, size: int, kernel: int, stride: int) -> Axis:
        """The sweep; of a lone window the stride does not matter, and a long one costs least."""
        lone = (size - kernel) // stride == 0
        return cls(size, kernel, size if lone else stride)

    @property
    def overlaps(self) -> bool:
        """Whether windows have pixels in common."""
        return self.stride < self.kernel

    @property
    def windows(self) -> int:
        """Windows along the axis."""
        return (self.size - self.kernel) // self.stride + 1

    @property
    def counted(self) -> int:
        """Numbers that windows are counted by, what is behind the last one included."""
        return (self.size - 1) // self.stride + 1

    @property
    def window_ends(self) -> npt.NDArray[np.bool_]:
        """For each pixel, whether a window ends there."""
        ends: npt.NDArray[np.bool_] = np.arange(self.size) % self.stride == self.kernel - 1
        return ends


def axes_of(layer: Layer) -> tuple[Axis, Axis]:
    """Down and across the image of a SumPool."""
    sweep = pool_of(layer).sweep
    height, width, _ = layer.in_type.shape
    return (
        Axis.of(height, sweep.kernel[0], sweep.stride[0]),
        Axis.of(width, sweep.kernel[1], sweep.stride[1]),
    )


def pool_of(layer: Layer) -> SumPool:
    """The operation."""
    assert isinstance(layer.op, SumPool)
    return layer.op
