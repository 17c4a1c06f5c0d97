# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a sliding_window.

FFs and block RAM are counted. Coefficients that are no whole numbers are fitted to Yosys over
kernels of 1x1 to 7x7, strides 1 to 4, with pads and without, on images of 1x1 to 224x224 pixels.
"""

from __future__ import annotations

from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import block_ring
from xnorflow.kernels.sliding_window.shape import WindowShape, distributed_lut, lap_bits

__all__ = ["estimate"]


def estimate(shape: WindowShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    control = (_control_lut6 if family.fabric is Fabric.LUT6 else _control_lut4)(shape)
    return _store(shape, family) + Resources(lut=round(control), ff=_registers(shape))


def _store(shape: WindowShape, family: Family) -> Resources:
    """The ring; what is read from distributed RAM needs a register."""
    ring, width = shape.memory, shape.width
    if ring.in_bram:
        return block_ring(ring.depth, width, family)
    if family.fabric is Fabric.LUT6:
        return Resources(lut=distributed_lut(ring, width), ff=width)
    blocks = ceil(ring.depth / 16)
    each = 0.72 if ring.depth in (32, 64, 128) else 1.15
    lut = family.fabric.ram_lut(ring.depth, width) + round(width * each * blocks)
    return Resources(lut=lut, ff=width)


def _registers(shape: WindowShape) -> int:
    """Counters, addresses, `filling`, `opening` and the output's tvalid and tlast."""
    laps = sum(map(lap_bits, shape.laps))
    address = (shape.memory.depth - 1).bit_length()
    return laps + shape.lead_bits + shape.room_bits + 2 * address + 3 + (shape.geometry.pad > 0)


def _control_lut6(shape: WindowShape) -> float:
    """Handshake; lead and room, a LUT a bit and one a bit of the addresses; laps; padding."""
    ring = shape.memory
    lut = 11.6 + 1.7 * (shape.lead_bits + shape.room_bits)
    lut += sum(2.6 if lap <= 32 else 5.3 for lap in shape.laps)
    lut += 3.5 * any(shape.geometry.sweep.pads) + 3.5 * sum(axis.edge for axis in shape.axes)
    lut += 2.4 * (shape.beats_apart > 1)
    if ring.depth > ring.block:
        lut += 1.3 * ring.depth / ring.block  # the block's number, modulo their number
    return lut + (0.7 * ceil(ring.depth / 64) if ring.depth > 64 and not ring.in_bram else 0)


def _control_lut4(shape: WindowShape) -> float:
    """As it comes, from LUT4; block RAM cannot put anything but 0 in place of what is read."""
    lut = 13.0 + 3.2 * (shape.lead_bits + shape.room_bits) + 8.0 * len(shape.laps)
    lut += 11.0 * any(shape.geometry.sweep.pads) + 4.0 * sum(axis.edge for axis in shape.axes)
    return lut + (0.8 * shape.width if shape.filled and shape.memory.in_bram else 0)
