# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a family's logic is made of, which decides what synthesis makes of a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import ceil

__all__ = ["Fabric", "RamCell"]


@dataclass(frozen=True)
class RamCell:
    """A cell of distributed RAM with a port to write and one to read.

    Attributes:
        depth: words.
        width: bits of a word.
        lut: LUTs, those of the write port included.
    """

    depth: int
    width: int
    lut: int

    def lut_of(self, depth: int, width: int) -> int:
        """LUTs of the cells of a memory, without the choice among them."""
        return self.lut * ceil(depth / self.depth) * ceil(width / self.width)


class Fabric(Enum):
    """The logic that families have in common, and that figures are fitted to.

    Constants that are fitted to synthesis are fitted to one of these: a family with a fabric that
    is known here brings no figures of its own for them.
    """

    LUT6 = "LUT6"
    """LUTs of six inputs, or two of five with the same inputs, in front of a carry chain; they are
    shift registers and RAM as well: AMD's since Virtex-5 (7 Series CLB User Guide, UG474)."""
    LUT4 = "LUT4"
    """LUTs of four inputs, which a carry chain takes in pairs; multiplexers join them; pairs of
    slices serve as RAM: Lattice's ECP5 (ECP5 Memory Usage Guide, FPGA-TN-02204)."""

    @property
    def lut_inputs(self) -> int:
        """Inputs of a LUT."""
        return 6 if self is Fabric.LUT6 else 4

    @property
    def shift_depth(self) -> int:
        """Registers in a row that one LUT stands for (SRLC32E); 0 where LUTs are none."""
        return 32 if self is Fabric.LUT6 else 0

    @property
    def ram_cells(self) -> tuple[RamCell, ...]:
        """The cells of distributed RAM, shallow ones first: RAM32M and RAM64M, or DPR16X4."""
        if self is Fabric.LUT6:
            return (RamCell(32, 6, 4), RamCell(64, 3, 4))
        return (RamCell(16, 4, 6),)

    def ram_lut(self, depth: int, width: int) -> int:
        """LUTs of the cells of distributed RAM, without the choice among them."""
        cells = self.ram_cells
        return next((c for c in cells if depth <= c.depth), cells[-1]).lut_of(depth, width)

    def adder_lut(self, bits: int) -> int:
        """LUTs of an adder: one a bit, whose logic in front is free, or pairs and one for carry."""
        return bits if self is Fabric.LUT6 else 2 * ceil((bits + 1) / 2)

    def choice_lut(self, parts: int) -> int:
        """LUTs to choose one of some bits, as synthesised up to 16."""
        if self is Fabric.LUT6:
            return ceil((parts - 1) / 3) + (2 if parts > 8 else 0)
        return parts - 1
