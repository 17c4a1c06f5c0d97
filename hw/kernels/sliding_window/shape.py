# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer folded onto a sliding_window: its line buffer, and what its parameters and cost need."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.window import Window
from xnorflow.ir.types import bits_for_range
from xnorflow.kernels.sliding_window.geometry import Geometry, Ring, ring

__all__ = [
    "DEGREES",
    "LUTRAM_DEPTH",
    "Axis",
    "Memory",
    "WindowShape",
    "distributed_lut",
    "lap_bits",
    "shape_of",
    "window_of",
]

DEGREES = (2, 3, 4, 5, 6, 7, 9, 10, 11, 15, 17, 18, 20, 21, 22, 23, 25, 28, 29, 31)
"""The trinomials of lap_counter.sv."""

LUTRAM_DEPTH = 1024
"""Beats up to which a ring may be distributed RAM; a longer one takes 27 LUTs a bit or more."""


_CHOICE = (0, 0, 0.5, 1, 1, 3, 4, 4, 3)
"""LUTs a bit to choose one of so many blocks of distributed RAM, as synthesised for LUT6."""


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
        few = lap_bits(self.kernel) + lap_bits(self.count) <= 6
        return 0 if few or over <= 0 else min(ceil(over / self.stride), self.count) - 1


def memory(least: int, width: int, in_bram: bool) -> Memory:
    """The cheapest memory of at least so many beats of so many bits, in LUT6.

    Other fabrics get the same, for when beats move must not depend on the family.
    """
    power = max(32, 1 << (least - 1).bit_length())
    if in_bram or power <= 64:
        return Memory(power, power, in_bram)
    block = max(64, power // 8)
    whole = Memory(block * ceil(least / block), block, False)
    thirds = Memory(96, 32, False)
    if least <= 96 and distributed_lut(thirds, width) < distributed_lut(whole, width):
        return thirds
    # Synthesis cuts a power of two into blocks by itself, but spends more on a choice between two.
    return Memory(power, power, False) if whole.depth == power > 128 else whole


def distributed_lut(size: Memory, width: int) -> int:
    """LUT6 of distributed RAM and of the choice among its blocks."""
    words, bits = (32, 6) if size.depth in (32, 96) else (64, 3)  # RAM32M, RAM64M: 4 LUTs
    blocks = ceil(size.depth / words)
    each = _CHOICE[blocks] if blocks < len(_CHOICE) else 0.4 * blocks
    return 4 * ceil(width / bits) * blocks + ceil(width * each)


def lap_bits(steps: int) -> int:
    """Bits of a lap_counter: a trinomial's degree."""
    return next(bits for bits in DEGREES if steps < 1 << bits) if steps > 1 else 0


def shape_of(layer: Layer, folding: Folding) -> WindowShape:
    """A Window folded onto a sliding_window."""
    op, beats = window_of(layer), layer.in_type.channels // folding.simd
    height, width, _ = layer.in_type.shape
    geometry = Geometry(height, width, op.sweep)
    line, lane_bits = ring(geometry, beats), folding.simd * layer.in_type.value.bits
    return WindowShape(
        width=lane_bits,
        filled=op.fill != 0 and any(op.sweep.pads),
        beats=beats,
        geometry=geometry,
        ring=line,
        memory=memory(line.least, lane_bits, folding.storage == "bram"),
    )


def window_of(layer: Layer) -> Window:
    """The operation."""
    assert isinstance(layer.op, Window)
    return layer.op
