# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Device families: what a kernel's cost, synthesis and the search ask of the part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.resources import Resources

__all__ = ["BlockRam", "BlockRamPrice", "Family", "YosysTarget"]


@dataclass(frozen=True)
class BlockRamPrice:
    """How many LUTs a ``bram18`` is worth, by what is decided.

    One number does not serve all three. For TFC at 1000 frames per second on 7 Series, 128 in
    place of ``area`` makes 586 LUTs and 3 block RAMs of 355 and 6; on ECP5, 32 in place of
    ``whole`` makes 13 block RAMs of 7; and with 32 in place of ``bank``, where a choice takes LUT4,
    LFC's matrices of 1024 by 1024 take 64 block RAMs each, not 57, and its design has no room.

    Attributes:
        area: where the search makes LUTs and block RAMs together as few as can be. Low, so that
            weights are in block RAM wherever there is some: as many LUT6 as hold 32 words of the
            36 bits of a block RAM.
        bank: what a table that is in block RAM may take besides, to be cut so that it needs one
            less. Less than its share of a part, since that choice also takes time between memory
            and register.
        whole: what a memory must save to be in block RAM at all, where no search decides: rings
            and small tables, of which block RAM would be mostly empty. About its share of a part.
    """

    area: int
    bank: int
    whole: int


@dataclass(frozen=True)
class BlockRam:
    """The block RAM of a family.

    Attributes:
        modes: depth and width of one, in the order of depths; each counts as one ``bram18``.
        joined: depth and width of two that the part joins by itself; none where it does not.
        price: what one is worth.
    """

    modes: tuple[tuple[int, int], ...]
    joined: tuple[tuple[int, int], ...]
    price: BlockRamPrice


@dataclass(frozen=True)
class YosysTarget:
    """How Yosys maps a design to a family.

    Attributes:
        library: descriptions of the primitives that kernels name, in Yosys's own folder.
        defines: macros that tell kernels which primitives they may name.
        command: what synthesises the module ``{top}``.
    """

    library: str
    defines: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class Family:
    """Parts that differ in size alone.

    Attributes:
        name: as board files say it.
        vivado: whether Vivado builds for it, and hence FINN does.
        fabric: its logic.
        block_ram: its larger memories.
        dsp_price: how many LUTs a DSP slice is worth where the search makes LUTs, block RAMs and
            DSP slices together as few as can be: about its share of a part.
        yosys: how it is synthesised for.
        nextpnr: whether nextpnr places and routes it.
        cells: what each cell type costs that synthesis may leave; any other is an error.
    """

    name: str
    vivado: bool
    fabric: Fabric
    block_ram: BlockRam
    dsp_price: int
    yosys: YosysTarget
    nextpnr: bool
    cells: Mapping[str, Resources] = field(hash=False)

    def __str__(self) -> str:
        return self.name
