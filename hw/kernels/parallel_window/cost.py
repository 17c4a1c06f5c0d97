# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a parallel_window, part by part as the SystemVerilog builds it.

FFs and block RAM are counted. Coefficients that are no whole numbers are fitted to Yosys over
kernels of 1x4 to 7x7, strides 1 to 9, with pads and without, on images of 1x1 to 600x600 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import block_ring
from xnorflow.kernels.parallel_window.axis import Axis
from xnorflow.kernels.sliding_window.shape import DEGREES

__all__ = ["LUTRAM_DELAY", "ParallelWindowShape", "estimate"]

LUTRAM_DELAY = 256
"""Pixels up to which rows may wait in distributed RAM; there it is four LUTs a bit."""


@dataclass(frozen=True)
class ParallelWindowShape:
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

    @property
    def is_padded(self) -> bool:
        """Whether a frame starts with padding."""
        return self.down.pad > 0 or self.across.pad > 0


def estimate(shape: ParallelWindowShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    total = _lines(shape, family) + Resources(ff=_registers(shape))
    if family.fabric is Fabric.LUT6:
        return total + Resources(lut=ceil((shape.width + 1) / 2) + round(_control_lut6(shape)))
    return total + Resources(lut=shape.width + 1 + round(_control_lut4(shape)))


def _lines(shape: ParallelWindowShape, family: Family) -> Resources:
    """Rows that wait; what is read from distributed RAM needs a register."""
    if not shape.has_ring:
        return Resources(ff=(shape.delay + 1) * shape.lines)
    if shape.in_bram:
        return block_ring(shape.delay + 1, shape.lines, family)
    if family.fabric is Fabric.LUT6:
        return Resources(lut=_lutram_lut6(shape.delay, shape.lines), ff=shape.lines)
    blocks = ceil(shape.delay / 16)
    choice = round(shape.lines * (1.5 * blocks - 2.0)) if blocks > 1 else 0
    lut = family.fabric.ram_lut(shape.delay, shape.lines) + choice
    return Resources(lut=lut, ff=shape.lines)


def _lutram_lut6(depth: int, width: int) -> int:
    """RAM32M, 8 bits in 4 LUTs, or RAM64X1S, RAM128X1S and RAM256X1S."""
    if depth <= 32:
        return 4 * ceil(width / 8)
    return width * ceil(depth / 64) if depth <= 128 else 4 * width


def _registers(shape: ParallelWindowShape) -> int:
    """The window without what comes from lines, the pixel kept aside, counters and flags."""
    seen = shape.down.kernel * (shape.across.kernel - 1) + 1
    total = shape.width * (seen + 1) + 5 + _address_bits(shape) * (1 + shape.in_bram)
    for axis in (shape.down, shape.across):
        total += sum(map(_lap_bits, _laps(axis))) + (axis.pad > 0 or axis.tail > 0)
        total += axis.kernel > 1 and axis.count > 1
    return total + shape.is_padded


def _address_bits(shape: ParallelWindowShape) -> int:
    return (shape.delay + shape.in_bram - 1).bit_length() if shape.has_ring else 0


def _laps(axis: Axis) -> list[int]:
    """Steps of an axis's lap_counters."""
    return [lap for lap in (axis.steps, axis.stride if axis.count > 1 else 1) if lap > 1]


def _lap_bits(steps: int) -> int:
    """Bits of a lap_counter: a trinomial's degree."""
    return next(bits for bits in DEGREES if steps < 1 << bits)


def _control_lut6(shape: ParallelWindowShape) -> float:
    """Handshake, address, counters whose state is compared in one LUT or two, flags."""
    lut = 10.2 + 3.5 * shape.has_ring + 3.4 * shape.is_padded
    for axis in (shape.down, shape.across):
        lut += 0.9 * (axis.count > 1) + sum(3.8 if lap <= 32 else 7.0 for lap in _laps(axis))
    return lut


def _control_lut4(shape: ParallelWindowShape) -> float:
    """The same, as it comes from LUT4."""
    lut = 14.3 + 7.2 * shape.is_padded + max(0.0, 2.7 * _address_bits(shape) - 4.5)
    return lut + sum(
        3.4 * _lap_bits(lap) - 2 for axis in (shape.down, shape.across) for lap in _laps(axis)
    )
