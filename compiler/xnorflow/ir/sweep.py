# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How the kernel of a convolution or a pooling moves over an image."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Sweep"]


@dataclass(frozen=True)
class Sweep:
    """A kernel that moves over an image, row by row.

    Attributes:
        kernel: height and width.
        stride: steps down and across.
        pads: rows and columns beyond the image's edges: top, left, bottom, right. At the bottom
            and on the right only as many as some position reaches, see ``reached``.
    """

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def area(self) -> int:
        """Pixels seen at one position."""
        return self.kernel[0] * self.kernel[1]

    @property
    def is_plain(self) -> bool:
        """Whether every position sees exactly one pixel, each pixel once."""
        return self == Sweep((1, 1))

    def positions(self, height: int, width: int) -> tuple[int, int]:
        """Positions down and across an image."""
        top, left, bottom, right = self.pads
        down = (height + top + bottom - self.kernel[0]) // self.stride[0] + 1
        across = (width + left + right - self.kernel[1]) // self.stride[1] + 1
        return down, across

    def reached(self, height: int, width: int) -> Sweep:
        """The same positions, without rows and columns of padding that no position reaches."""
        top, left, _, _ = self.pads
        down, across = self.positions(height, width)
        bottom = (down - 1) * self.stride[0] + self.kernel[0] - top - height
        right = (across - 1) * self.stride[1] + self.kernel[1] - left - width
        return Sweep(self.kernel, self.stride, (top, left, max(0, bottom), max(0, right)))
