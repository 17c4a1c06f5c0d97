# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a parallel_window, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.hw_common.memory import packed
from xnorflow.ir.kernel import Family, Resources
from xnorflow.kernels.parallel_window.axis import Axis

__all__ = ["LUTRAM_DELAY", "Shape", "estimate"]

LUTRAM_DELAY = 256
"""Pixels up to which rows may wait in distributed RAM; there it is four LUTs a bit."""


@dataclass(frozen=True)
class Shape:
    """Everything that a parallel_window's cost depends on.

    Attributes:
        width: bits of a pixel.
        down: the image and the kernel's moves along its height.
        across: the same along its width.
        in_bram: whether rows wait in block RAM.
    """

    width: int
    down: Axis
    across: Axis
    in_bram: bool

    @property
    def delay(self) -> int:
        """Pixels that wait between a row of the window and the one above it."""
        return self.across.steps - self.across.kernel

    @property
    def lines(self) -> int:
        """Bits of a word of those: a pixel of each row but the upper one."""
        return self.width * (self.down.kernel - 1)

    @property
    def has_ring(self) -> bool:
        """Whether pixels wait in memory, not in registers."""
        return self.delay > 2 and self.lines > 0


def estimate(shape: Shape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    window = shape.width * shape.down.kernel * shape.across.kernel
    total = Resources(lut=ceil((shape.width + 1) / 2), ff=window + shape.width + 5)
    return total + _lines(shape, family)


def _lines(shape: Shape, family: Family) -> Resources:
    if not shape.has_ring:
        return Resources(ff=shape.delay * shape.lines)
    address = (shape.delay + shape.in_bram - 1).bit_length()
    if shape.in_bram:
        ram = packed(shape.delay + 1, shape.lines)
        return ram + Resources(lut=2, ff=2 * address - shape.lines)
    return Resources(lut=ceil(shape.lines / 8) * 4 + 3, ff=address)
