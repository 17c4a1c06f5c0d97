# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF, block RAM and DSP of a linear_mvu, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.lanes import Lanes
from xnorflow.kernels.linear_mvu.shape import LinearMvuShape

__all__ = ["estimate"]


def estimate(shape: LinearMvuShape, family: Family) -> Resources:
    """Primitives of the whole unit."""
    total = shape.shell(1, family)
    for part in (_weights, _products, _tree, _accumulators):
        total += part(shape, family)
    return total


def _weights(shape: LinearMvuShape, family: Family) -> Resources:
    """The memory."""
    lanes = Lanes(shape.bits)
    if shape.storage == "bram":
        return lanes.block_ram(family)
    late = 0 if lanes.depth == 1 else (lanes.depth - 1).bit_length()
    return Resources(lut=lanes.rom_lut(family.fabric), ff=lanes.kept(family.fabric) + late)


def _products(shape: LinearMvuShape, family: Family) -> Resources:
    """A multiplier each."""
    count = shape.pe * shape.simd
    return Resources(ff=shape.simd * shape.x_bits, dsp=count)


def _tree(shape: LinearMvuShape, family: Family) -> Resources:
    """Adders with a register each."""
    total, bits, nodes = Resources(), shape.x_bits + shape.weight_bits, shape.simd
    while nodes > 1:
        bits += 1
        adders, nodes = nodes // 2, (nodes + 1) // 2
        total += Resources(adders * family.fabric.adder_lut(bits), nodes * bits)
    return Resources(shape.pe * total.lut, shape.pe * total.ff)


def _accumulators(shape: LinearMvuShape, family: Family) -> Resources:
    """An adder a bit, and registers, twice."""
    bits = shape.pe * shape.acc_bits
    return Resources(lut=shape.pe * family.fabric.adder_lut(shape.acc_bits), ff=2 * bits)
