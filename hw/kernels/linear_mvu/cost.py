# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF, block RAM and DSP of a linear_mvu, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from collections.abc import Iterator

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.lanes import Lanes
from xnorflow.kernels.linear_mvu.products import Products
from xnorflow.kernels.linear_mvu.shape import LinearMvuShape

__all__ = ["estimate"]

_LEAST_SHIFT = 3
"""Registers in a row that synthesis makes a shift register of."""


def estimate(shape: LinearMvuShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    products = Products(shape, family.fabric)
    total = shape.shell(1, family) + products.resources
    for part in (_weights, _tree, _accumulators):
        total += part(shape, products, family)
    return total


def _weights(shape: LinearMvuShape, products: Products, family: Family) -> Resources:
    """The memory, and registers of those weights whose products are in no slice."""
    lanes = Lanes(shape.bits)
    inside = Resources(ff=-products.weights_absorbed)
    if shape.storage == "bram":
        return lanes.block_ram(family) + inside
    late = 0 if lanes.depth == 1 else (lanes.depth - 1).bit_length()
    found = Resources(lanes.rom_lut(family.fabric), lanes.kept(family.fabric) + late)
    return found + inside


def _tree(shape: LinearMvuShape, products: Products, family: Family) -> Resources:
    """Adders with a register each, and what waits for its turn."""
    product, nodes = shape.x_bits + shape.weight_bits, shape.simd
    lut = ff = 0
    for level in range(shape.levels):
        bits, adders = product + level + 1, shape.pe * (nodes // 2)
        lut, ff = lut + adders * family.fabric.adder_lut(bits), ff + adders * bits
        nodes = (nodes + 1) // 2
    total = Resources(lut, ff)
    for level, waits in _waiting(shape.simd):
        inside = 0 if level else int(products.absorbed[:, -1].sum())
        total += _row(inside, product + level, waits - 1, 0, family)
        total += _row(shape.pe - inside, product + level, waits, 1, family)
    return total


def _waiting(nodes: int) -> Iterator[tuple[int, int]]:
    """Nodes that are alone: their level, and for how many levels they wait."""
    level = since = 0
    while nodes > 1:
        if nodes % 2 == 0:
            if level > since:
                yield since, level - since
            since = level + 1
        level, nodes = level + 1, (nodes + 1) // 2


def _row(count: int, bits: int, waits: int, own: int, family: Family) -> Resources:
    """Registers in a row behind one that is counted, if any; three become shift registers."""
    if waits + own < _LEAST_SHIFT or not family.fabric.shift_depth:
        return Resources(ff=count * bits * waits)
    return Resources(count * bits, -count * bits * own)


def _accumulators(shape: LinearMvuShape, products: Products, family: Family) -> Resources:
    """An adder a bit, and registers, twice: those behind the accumulators are the shell's.

    Of a lone product the slice does it all. Where a pixel is one beat there is nothing to add.
    """
    bits, one = shape.pe * shape.acc_bits, family.fabric.adder_lut(shape.acc_bits)
    inside = int(products.absorbed.sum()) if shape.simd == 1 else 0
    ff = bits + (shape.pe - inside) * shape.acc_bits
    if shape.input.beats == 1:
        return Resources(ff=ff)
    chosen = family.fabric is Fabric.LUT4 or (shape.simd == 1 and shape.x_bits > 1)
    each = one + chosen * shape.acc_bits  # or 0, where a pass begins
    return Resources((shape.pe - inside) * each, ff)
