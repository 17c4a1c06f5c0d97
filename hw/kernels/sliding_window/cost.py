# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The line buffer's size, and LUT, FF and block RAM of a sliding_window."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from xnorflow.ir.kernel import Family, Resources
from xnorflow.ir.types import bits_for_range
from xnorflow.kernels.sliding_window.geometry import Geometry, Ring

__all__ = ["Memory", "Shape", "estimate", "memory"]


@dataclass(frozen=True)
class Memory:
    """A ring of ``depth`` beats, in blocks of a power of two."""

    depth: int
    block: int
    in_bram: bool


@dataclass(frozen=True)
class Shape:
    """Everything that a sliding_window's cost depends on; width is that of a beat, in bits."""

    width: int
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


def memory(least: int, width: int, in_bram: bool) -> Memory:
    """The cheapest memory of at least so many beats of so many bits."""
    power = max(32, 1 << (least - 1).bit_length())
    if in_bram:
        return Memory(power, power, True)
    if least <= 64:
        return Memory(power, power, False)
    sizes = [Memory(96, 32, False)] if least <= 96 else []
    blocks = ceil(least / 64)
    sizes.append(Memory(64 * blocks, 64, False))
    best = min(sizes, key=lambda size: lutram(size, width))
    return Memory(best.depth, best.depth, False) if best.depth == power else best


def lutram(size: Memory, width: int) -> int:
    """LUTs of RAM32M (6 bits of 32 words) or RAM64M (3 bits of 64), 4 each, and multiplexers."""
    blocks = size.depth // 32 if size.depth in (32, 96) else size.depth // 64
    bits = 6 if size.depth in (32, 96) else 3
    return 4 * ceil(width / bits) * blocks + width * ceil((blocks - 1) / 3)


def estimate(shape: Shape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    return Resources()
