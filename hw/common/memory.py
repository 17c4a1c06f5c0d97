# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Tables and rings in hardware: what they take, and how their contents are written down."""

from __future__ import annotations

from math import ceil

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources

__all__ = [
    "BRAM18_MODES",
    "block_pays",
    "block_ring",
    "bram18",
    "image",
    "literal",
    "mux_lut",
    "packed",
    "ring_lut",
    "rom_lut",
    "skid",
    "table_lut",
    "varying_lanes",
]

BRAM18_MODES = ((512, 36), (1024, 18), (2048, 9), (4096, 4), (8192, 2), (16384, 1))
"""Depth and width of a RAMB18 (7 Series Memory Resources, UG473) and, alike, of a DP16KD."""

_BRAM36_MODES = ((1024, 36), (2048, 18), (4096, 9), (8192, 4), (16384, 2), (32768, 1))
"""Depth and width of a RAMB36, which counts as two."""

_LUT_A_BRAM18 = 128
"""A block RAM is used for a small table or a ring where it saves so many LUTs; a Zynq 7020 has
190 LUTs a BRAM18."""


def packed(depth: int, width: int) -> Resources:
    """What synthesis makes of one memory: fewest block RAMs, then fewest banks to choose from.

    Banks in one mode stand side by side, so that a word's bits need not begin a block RAM.
    """
    options = ((ceil(ceil(depth / d) * width / w), ceil(depth / d)) for d, w in BRAM18_MODES)
    rams, banks = min(options)
    return Resources(lut=0 if banks == 1 else width * _choice(banks), bram18=rams)


def block_ring(depth: int, width: int, family: Family) -> Resources:
    """What synthesis makes of a memory that is written: as ``packed``, but banks one by one."""
    modes = [(d, w, 1) for d, w in BRAM18_MODES]
    if family == "xc7":
        modes += [(d, w, 2) for d, w in _BRAM36_MODES]
    options = ((ceil(depth / d) * ceil(width / w) * rams, ceil(depth / d)) for d, w, rams in modes)
    rams, banks = min(options)
    choice = _choice(banks) if family == "xc7" else banks - 1
    return Resources(lut=width * choice, bram18=rams)


def bram18(depth: int, width: int) -> int:
    """Block RAMs of one memory of ``depth`` words of ``width`` bits."""
    return packed(depth, width).bram18


def mux_lut(parts: int, width: int) -> int:
    """LUTs to choose one of some words: ``dual_mux`` for two."""
    return (width + 1) // 2 if parts == 2 else width * _choice(parts)


def _choice(parts: int) -> int:
    """LUTs to choose one of some bits, as synthesised up to 16."""
    return ceil((parts - 1) / 3) + (2 if parts > 8 else 0)


def block_pays(lut: int, depth: int, width: int) -> bool:
    """Whether a memory that would take so many LUTs should be in block RAM."""
    return lut > _LUT_A_BRAM18 * bram18(depth, width)


def rom_lut(depth: int, width: int, family: Family) -> int:
    """LUTs of a constant table (``lut_rom``) whose bits are random."""
    if family == "ecp5":
        return width * max(2, ceil(1.85 * depth / 16))  # 7.4 LUT4 a bit 64 deep, as synthesised
    if depth <= 32:
        return (width + 1) // 2
    blocks = ceil(depth / 64)
    last = rom_lut(depth - 64 * (blocks - 1), width, family) if depth > 64 else width
    return width * (blocks - 1 + _choice(blocks)) + last


def table_lut(words: npt.NDArray[np.uint8], family: Family, *, free: int = 1) -> int:
    """LUTs of a constant table (``lut_rom``).

    Args:
        words: bits [depth, width].
        family: whose primitives are counted.
        free: blocks of 64 words among which what follows chooses in its own LUTs.
    """
    if family == "ecp5":
        return rom_lut(len(words), words.shape[1], family)
    blocks = [words[at : at + 64] for at in range(0, len(words), 64)]
    varies = [(block != block[0]).any(axis=0) for block in blocks]
    depths = [len(block) for block in blocks]
    lut = sum(
        rom_lut(depth, varying_lanes(lanes, depth), family)
        for depth, lanes in zip(depths, varies, strict=True)
    )
    if len(blocks) <= free:
        return lut
    return lut + _choice(len(blocks)) * int(np.any(varies, axis=0).sum())


def varying_lanes(varies: npt.NDArray[np.bool_], depth: int) -> int:
    """Lanes of a ``lut_rom`` for which it takes LUTs: constant ones, and pairs of these, are free.

    Args:
        varies: whether a lane's bits are not all the same [lanes].
        depth: of the table.
    """
    if depth > 32:
        return int(varies.sum())
    pairs = np.append(varies, False)[: 2 * ((len(varies) + 1) // 2)].reshape(-1, 2)
    return 2 * int(pairs.any(axis=1).sum())


def ring_lut(depth: int, width: int, family: Family) -> int:
    """LUTs of distributed RAM, a power of two deep, with the choice of blocks read and written.

    RAM32M (6 bits of 32 words) and RAM64M (3 bits of 64) are 4 LUT each.
    On ecp5, 6 LUT4 hold 16 words of 4 bits; the choice among them is as synthesised.
    """
    if family == "ecp5":
        blocks = ceil(depth / 16)
        choice = {1: 0, 2: 1, 4: 3, 8: 6, 16: 21}.get(blocks, blocks)
        return 6 * ceil(width / 4) * blocks + width * choice
    if depth <= 32:
        return 4 * ceil(width / 6)
    blocks = depth // 64
    choice = 0 if blocks == 1 else width * _choice(blocks) + blocks
    return 4 * ceil(width / 3) * blocks + choice


def skid(width: int) -> Resources:
    """A ``skid_buffer``: a multiplexer a bit and two registers, tlast included, and control."""
    return Resources(lut=width + 4, ff=2 * width + 4)


def literal(bits: npt.NDArray[np.uint8]) -> str:
    """A Verilog literal; bit 0 first in the array [bits]."""
    return f"{len(bits)}'h{_integer(bits):x}"


def image(words: npt.NDArray[np.uint8]) -> bytes:
    """A file for $readmemh of words [depth, bits], bit 0 first."""
    digits = ceil(words.shape[1] / 4)
    return "".join(f"{_integer(word):0{digits}x}\n" for word in words).encode()


def _integer(bits: npt.NDArray[np.uint8]) -> int:
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
