# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a fifo, and where its beats are cheapest."""

from __future__ import annotations

from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import block_pays, block_ring, ring_lut, skid

__all__ = ["estimate", "storage"]

_SRL_DEPTH = 129
"""Beats of the deepest one in shift registers, of which a slice joins four."""
_POINTERS_LUT = 2
"""What the counters of a RAM's two addresses take of LUT6: most of it is carry chain."""


def estimate(width: int, depth: int, family: Family) -> Resources:
    """Registers for depth 1 and 2, else a memory and its output register.

    The constants are fitted to Yosys over widths 1 to 40 and depths 3 to 3000.
    """
    bits = width + 1
    if depth == 1:
        return Resources(lut=2, ff=bits + 2)
    if depth == 2:
        return skid(width)
    address, rows = (depth - 2).bit_length(), _rows(depth)
    kind = storage(bits, depth, family)
    rest = _control(address, kind, family)
    if kind == "srl":
        return Resources(lut=_srl_lut(bits, depth), ff=bits) + rest
    if kind == "bram":
        return block_ring(rows, bits, family) + rest
    return Resources(lut=ring_lut(rows, bits, family.fabric), ff=bits) + rest


def _control(address: int, storage: str, family: Family) -> Resources:
    """Handshake and fill count; for RAM also where beats are written and read."""
    pointers = 0 if storage == "srl" else 2 * address
    if family.fabric is Fabric.LUT6:
        lut = 5 + 8 * address // 5 + (_POINTERS_LUT if pointers else 0)
    else:
        lut = 7 + 9 * address // 2 + (7 if storage == "lutram" else 0)
    return Resources(lut, 3 + address + pointers)


def storage(bits: int, depth: int, family: Family) -> str:
    """The cheapest of ``srl``, ``lutram`` and ``bram`` for more than two beats."""
    rows = _rows(depth)
    lut, cheapest = ring_lut(rows, bits, family.fabric), "lutram"
    srl = _srl_lut(bits, depth)
    if family.fabric.shift_depth and depth <= _SRL_DEPTH and srl <= lut + _POINTERS_LUT:
        lut, cheapest = srl, "srl"
    return "bram" if block_pays(lut, rows, bits, family) else cheapest


def _rows(depth: int) -> int:
    """Words of a RAM that holds all beats but the one in the output register."""
    return 1 << (depth - 2).bit_length()


def _srl_lut(bits: int, depth: int) -> int:
    """LUTs of shift registers, 32 beats of a bit each: SRLC32E, joined by MUXF7 and MUXF8."""
    return bits * ceil((depth - 1) / 32)
