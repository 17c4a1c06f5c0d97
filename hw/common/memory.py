# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Tables and rings in hardware: what they take, and how their contents are written down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources

__all__ = [
    "MAX_FILES",
    "Bits",
    "bits_of",
    "block_pays",
    "block_ring",
    "bram18",
    "column_lut4",
    "damage_of",
    "images",
    "literal",
    "mux_lut",
    "packed",
    "ring_banks",
    "ring_lut",
    "rom_lut",
    "single_port",
    "skid",
    "table_lut",
    "varying_lanes",
]

Bits = npt.NDArray[np.uint8]
_WORD = re.compile(rb"[0-9a-f]+")
MAX_FILES = 1000
"""Memory images have numbers of three digits."""


def packed(depth: int, width: int, family: Family) -> Resources:
    """What synthesis makes of one memory: fewest block RAMs, then fewest banks to choose from.

    Banks in one mode stand side by side, so that a word's bits need not begin a block RAM.
    """
    modes = family.block_ram.modes
    options = ((ceil(ceil(depth / d) * width / w), ceil(depth / d)) for d, w in modes)
    rams, banks = min(options)
    return Resources(lut=width * family.fabric.choice_lut(banks), bram18=rams)


def block_ring(depth: int, width: int, family: Family) -> Resources:
    """What synthesis makes of a memory that is written: as ``packed``, but banks one by one."""
    rams, banks = _ring(depth, width, family)
    return Resources(lut=width * family.fabric.choice_lut(banks), bram18=rams)


def ring_banks(depth: int, width: int, family: Family) -> int:
    """Banks of a ``block_ring``, each of some of its words."""
    return _ring(depth, width, family)[1]


def _ring(depth: int, width: int, family: Family) -> tuple[int, int]:
    """Block RAMs and banks of a memory that is written."""
    modes = [(d, w, 1) for d, w in family.block_ram.modes]
    modes += [(d, w, 2) for d, w in family.block_ram.joined]
    return min((ceil(depth / d) * ceil(width / w) * rams, ceil(depth / d)) for d, w, rams in modes)


def bram18(depth: int, width: int, family: Family) -> int:
    """Block RAMs of one memory of ``depth`` words of ``width`` bits."""
    return packed(depth, width, family).bram18


def mux_lut(parts: int, width: int, fabric: Fabric) -> int:
    """LUTs to choose one of some words: ``dual_mux`` for two, of which a LUT6 takes two bits."""
    if parts == 2 and fabric is Fabric.LUT6:
        return (width + 1) // 2
    return width * fabric.choice_lut(parts)


def block_pays(lut: int, depth: int, width: int, family: Family) -> bool:
    """Whether a memory that would take so many LUTs should be in block RAM."""
    return lut > family.block_ram.price.whole * bram18(depth, width, family)


def rom_lut(depth: int, width: int, fabric: Fabric) -> int:
    """LUTs of a constant table (``lut_rom``) whose bits are random."""
    if fabric is Fabric.LUT4:
        return width * max(2, ceil(1.85 * depth / 16))  # 7.4 LUT4 a bit 64 deep, as synthesised
    if depth <= 32:
        return (width + 1) // 2
    blocks = ceil(depth / 64)
    last = rom_lut(depth - 64 * (blocks - 1), width, fabric) if depth > 64 else width
    return width * (blocks - 1 + fabric.choice_lut(blocks)) + last


_CHOICE_LUT4 = (1.45, 1.08)
"""LUT4 of a table's bit, for each block of 16 words, where these are more than four, and as many as
a power of two or not; a choice among fewer is free. Fitted."""


def column_lut4(depth: int) -> float:
    """LUT4 of a bit of a constant table that is the same as no other bit."""
    is_whole = depth & (depth - 1) == 0
    return ceil(depth / 16) * (1.0 if depth <= 64 else _CHOICE_LUT4[is_whole])


def table_lut(words: Bits, fabric: Fabric, *, free: int = 1) -> int:
    """LUTs of a constant table (``lut_rom``).

    Args:
        words: bits [depth, width].
        fabric: whose LUTs are counted.
        free: blocks of 64 words among which what follows chooses in its own LUTs.
    """
    if fabric is Fabric.LUT4:
        return rom_lut(len(words), words.shape[1], fabric)
    blocks = [words[at : at + 64] for at in range(0, len(words), 64)]
    varies = [(block != block[0]).any(axis=0) for block in blocks]
    depths = [len(block) for block in blocks]
    lut = sum(
        rom_lut(depth, varying_lanes(lanes, depth), fabric)
        for depth, lanes in zip(depths, varies, strict=True)
    )
    if len(blocks) <= free:
        return lut
    return lut + fabric.choice_lut(len(blocks)) * int(np.any(varies, axis=0).sum())


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


def ring_lut(depth: int, width: int, fabric: Fabric) -> int:
    """LUTs of distributed RAM, a power of two deep, with the choice of blocks read and written.

    With LUT4 that choice is as synthesised.
    """
    lut, blocks = fabric.ram_lut(depth, width), ceil(depth / fabric.ram_cells[-1].depth)
    if fabric is Fabric.LUT4:
        return lut + width * {1: 0, 2: 1, 4: 3, 8: 6, 16: 21}.get(blocks, blocks)
    return lut if blocks == 1 else lut + width * fabric.choice_lut(blocks) + blocks


def single_port(width: int, depth: int, family: Family) -> Resources:
    """Distributed RAM that is read and written at one place, and its multiplexers, fitted."""
    if family.fabric is Fabric.LUT6:
        return Resources(lut=_single_port_lut6(width, depth))
    blocks = ceil(depth / 16)
    select = 0.0 if blocks == 1 else width * (1.5 * blocks - 2.2) + 1.9 * blocks
    return Resources(lut=family.fabric.ram_lut(depth, width) + round(select))


def _single_port_lut6(width: int, depth: int) -> int:
    """RAM32M, 8 bits in 4 LUTs; or the cheapest of RAM64X1S, RAM128X1S and RAM256X1S."""
    if depth <= 32:
        return 4 * ceil(width / 8)
    return min(_blocks_lut6(width, ceil(depth / (64 * luts)), luts) for luts in (1, 2, 4))


def _blocks_lut6(width: int, blocks: int, luts: int) -> int:
    """Blocks of so many LUTs a bit, their multiplexer, and which of them is written."""
    if blocks == 1:
        return width * luts
    select = 1 if blocks <= 4 else ceil(0.4 * blocks)
    return width * (luts * blocks + select) + round(blocks * (1.0 if blocks <= 8 else 1.4))


def skid(width: int) -> Resources:
    """A ``skid_buffer``: a multiplexer a bit and two registers, tlast included, and control."""
    return Resources(lut=width + 4, ff=2 * width + 4)


def bits_of(numbers: npt.NDArray[np.signedinteger[Any]], width: int) -> Bits:
    """Bits of numbers [..., bit], bit 0 first."""
    bits: Bits = ((numbers[..., np.newaxis] >> np.arange(width)) & 1).astype(np.uint8)
    return bits


def literal(bits: Bits) -> str:
    """A Verilog literal; bit 0 first in the array [bits]."""
    return f"{len(bits)}'h{_integer(bits):x}"


def images(name: str, tables: Sequence[Bits]) -> tuple[str, dict[str, bytes]]:
    """The parameter FILE of modules with ``block_bank``s, and their memory images by file name.

    The names say what is in them, so that files of another design are not taken for these.

    Args:
        name: how file names begin.
        tables: words [depth, bits] of each image, bit 0 first.
    """
    contents = [_image(words) for words in tables]
    stem = f"{name}_{sha256(b''.join(contents)).hexdigest()[:8]}"
    files = {f"{stem}_{number:03}.hex": content for number, content in enumerate(contents)}
    return f'"{stem}"', files


def damage_of(content: bytes) -> str | None:
    """What a memory image must have that it has not; None where nothing is wrong."""
    first, *lines = content.splitlines() or [b""]
    if not all(_WORD.fullmatch(line) for line in lines):
        return "words of hexadecimal digits, one a line, and nothing else"
    wanted = _first_line(lines)
    return None if first == wanted else f"{wanted.decode()} as its first line, their checksum"


def _image(words: Bits) -> bytes:
    """A file for $readmemh, with the checksum that ``block_bank`` looks for in its first line."""
    digits = ceil(words.shape[1] / 4)
    lines = [f"{_integer(word):0{digits}x}".encode() for word in words]
    return b"".join(line + b"\n" for line in (_first_line(lines), *lines))


def _first_line(lines: Sequence[bytes]) -> bytes:
    """The checksum of words: FNV-1a by 32 bits at a time, lowest first."""
    found = 0x811C9DC5
    for line in lines:
        word = int(line, 16)
        for low in range(0, 4 * len(line), 32):
            found = (found ^ word >> low & 0xFFFFFFFF) * 0x01000193 & 0xFFFFFFFF
    return f"// {found:08x}".encode()


def _integer(bits: Bits) -> int:
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
