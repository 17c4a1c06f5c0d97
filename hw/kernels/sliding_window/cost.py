# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The line buffer's size, and LUT, FF and block RAM of a sliding_window.

FFs and block RAM are counted. Coefficients that are no whole numbers are fitted to Yosys over
kernels of 1x1 to 7x7, strides 1 to 4, with pads and without, on images of 1x1 to 224x224 pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import block_ring
from xnorflow.ir.types import bits_for_range
from xnorflow.kernels.sliding_window.geometry import Geometry, Ring

__all__ = ["DEGREES", "LUTRAM_DEPTH", "Memory", "WindowShape", "estimate", "memory"]

LUTRAM_DEPTH = 1024
"""Beats up to which a ring may be distributed RAM; a longer one takes 27 LUTs a bit or more."""

_CHOICE = (0, 0, 0.5, 1, 1, 3, 4, 4, 3)
"""LUTs a bit to choose one of so many blocks of distributed RAM, as synthesised on xc7."""

DEGREES = (2, 3, 4, 5, 6, 7, 9, 10, 11, 15, 17, 18, 20, 21, 22, 23, 25, 28, 29, 31)
"""The trinomials of lap_counter.sv."""


@dataclass(frozen=True)
class Memory:
    """A ring of ``depth`` beats, in blocks of a power of two."""

    depth: int
    block: int
    in_bram: bool


@dataclass(frozen=True)
class WindowShape:
    """Everything that a sliding_window's cost depends on.

    Attributes:
        width: bits of a beat.
        filled: whether what lies beyond the image's edge, if it is seen, is not 0.
        beats: of a pixel.
        geometry: the image, and the kernel's moves.
        ring: what the ring must hold.
        memory: what it is made of.
    """

    width: int
    filled: bool
    beats: int
    geometry: Geometry
    ring: Ring
    memory: Memory

    @property
    def lead_bits(self) -> int:
        """Bits of the counter of beats written ahead of the one to be read, less one."""
        return bits_for_range(-self.ring.behind, self.memory.depth - 1 + self.ring.back).bits

    @property
    def room_bits(self) -> int:
        """Bits of the counter of free beats, less one."""
        free = self.memory.depth - self.ring.pad - 1
        return bits_for_range(-1 - self.ring.back, free + self.ring.beyond).bits

    @property
    def axes(self) -> tuple[Axis, Axis]:
        """Down and across, this one in beats where it has no padding."""
        shape, sweep = self.geometry, self.geometry.sweep
        (down, across), (top, left, _, _) = sweep.positions(shape.height, shape.width), sweep.pads
        pixel = self.beats // self.beats_apart
        return (
            Axis(shape.height, sweep.kernel[0], sweep.stride[0], top, down),
            Axis(
                shape.width * pixel, sweep.kernel[1] * pixel, sweep.stride[1] * pixel, left, across
            ),
        )

    @property
    def beats_apart(self) -> int:
        """Beats a pixel that have a counter of their own: with padding across."""
        _, left, _, right = self.geometry.sweep.pads
        return self.beats if left or right else 1

    @property
    def laps(self) -> list[int]:
        """Steps of each lap_counter that the unit has."""
        written = self.geometry.height * self.geometry.width * self.beats
        all_laps = [written, self.beats_apart]
        for axis in self.axes:
            all_laps += [axis.kernel, axis.count]
        return [lap for lap in all_laps if lap > 1]


@dataclass(frozen=True)
class Axis:
    """A window_axis: its parameters."""

    size: int
    kernel: int
    stride: int
    pad: int
    count: int

    @property
    def edge(self) -> int:
        """Positions at one end, beyond the first, that see beyond the image, as the RTL has it.

        They cost nothing where position and place in the kernel are six bits together.
        """
        seen = self.pad - (self.count - 1) * self.stride + self.size
        over = max(self.pad, self.kernel - seen)
        few = _lap_bits(self.kernel) + _lap_bits(self.count) <= 6
        return 0 if few or over <= 0 else min(ceil(over / self.stride), self.count) - 1


def memory(least: int, width: int, in_bram: bool) -> Memory:
    """The cheapest memory of at least so many beats of so many bits."""
    power = max(32, 1 << (least - 1).bit_length())
    if in_bram or power <= 64:
        return Memory(power, power, in_bram)
    block = max(64, power // 8)
    whole = Memory(block * ceil(least / block), block, False)
    thirds = Memory(96, 32, False)
    if least <= 96 and _lutram(thirds, width) < _lutram(whole, width):
        return thirds
    # Synthesis cuts a power of two into blocks by itself, but spends more on a choice between two.
    return Memory(power, power, False) if whole.depth == power > 128 else whole


def estimate(shape: WindowShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    control = _control_xc7(shape) if family == "xc7" else _control_ecp5(shape)
    return _store(shape, family) + Resources(lut=round(control), ff=_registers(shape))


def _store(shape: WindowShape, family: Family) -> Resources:
    """The ring; what is read from distributed RAM needs a register."""
    ring, width = shape.memory, shape.width
    if ring.in_bram:
        return block_ring(ring.depth, width, family)
    if family == "xc7":
        return Resources(lut=_lutram(ring, width), ff=width)
    blocks = ceil(ring.depth / 16)  # DPR16X4: four bits of 16 words in 6 LUTs
    each = 0.72 if ring.depth in (32, 64, 128) else 1.15
    return Resources(lut=6 * blocks * ceil(width / 4) + round(width * each * blocks), ff=width)


def _lutram(size: Memory, width: int) -> int:
    """LUTs of distributed RAM on xc7 and of the choice among its blocks."""
    words, bits = (32, 6) if size.depth in (32, 96) else (64, 3)  # RAM32M, RAM64M: 4 LUTs
    blocks = ceil(size.depth / words)
    each = _CHOICE[blocks] if blocks < len(_CHOICE) else 0.4 * blocks
    return 4 * ceil(width / bits) * blocks + ceil(width * each)


def _registers(shape: WindowShape) -> int:
    """Counters, addresses, `filling`, `opening` and the output's tvalid and tlast."""
    laps = sum(map(_lap_bits, shape.laps))
    address = (shape.memory.depth - 1).bit_length()
    return laps + shape.lead_bits + shape.room_bits + 2 * address + 3 + (shape.geometry.pad > 0)


def _lap_bits(steps: int) -> int:
    """Bits of a lap_counter: a trinomial's degree."""
    return next(bits for bits in DEGREES if steps < 1 << bits) if steps > 1 else 0


def _control_xc7(shape: WindowShape) -> float:
    """Handshake; lead and room, a LUT a bit and one a bit of the addresses; laps; padding."""
    ring = shape.memory
    lut = 11.6 + 1.7 * (shape.lead_bits + shape.room_bits)
    lut += sum(2.6 if lap <= 32 else 5.3 for lap in shape.laps)
    lut += 3.5 * any(shape.geometry.sweep.pads) + 3.5 * sum(axis.edge for axis in shape.axes)
    lut += 2.4 * (shape.beats_apart > 1)
    if ring.depth > ring.block:
        lut += 1.3 * ring.depth / ring.block  # the block's number, modulo their number
    return lut + (0.7 * ceil(ring.depth / 64) if ring.depth > 64 and not ring.in_bram else 0)


def _control_ecp5(shape: WindowShape) -> float:
    """As it comes, from LUT4; block RAM cannot put anything but 0 in place of what is read."""
    lut = 13.0 + 3.2 * (shape.lead_bits + shape.room_bits) + 8.0 * len(shape.laps)
    lut += 11.0 * any(shape.geometry.sweep.pads) + 4.0 * sum(axis.edge for axis in shape.axes)
    return lut + (0.8 * shape.width if shape.filled and shape.memory.in_bram else 0)
