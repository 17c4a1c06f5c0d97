# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT, FF and block RAM of a maxpool, part by part as the SystemVerilog builds it.

FFs are exact. Coefficients that are no whole numbers are fitted to Yosys over kernels of 2x2 to
7x7, strides 1 to 3, with pads and without, on images of 1x30 to 224x224 pixels.
"""

from __future__ import annotations

from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import block_pays, block_ring, ring_banks, single_port
from xnorflow.hw_common.pool_axis import Axis, axes_of
from xnorflow.ir.layer import Layer
from xnorflow.ir.types import ValueType

__all__ = ["estimate", "in_block"]


def estimate(layer: Layer, lanes: int, family: Family) -> Resources:
    """Primitives of the whole unit of so many channels a beat."""
    value, beats, (down, across) = layer.in_type.value, _beats(layer, lanes), axes_of(layer)
    word, block = lanes * value.bits, in_block(layer, lanes, family)
    if family.fabric is Fabric.LUT6:
        logic = _data_lut6(lanes, value, down, across) + _control_lut6(beats, down, across, block)
    else:
        control = _registers(0, beats, down, across, block)
        logic = 14.0 + 1.4 * control + _data_lut4(lanes, value, down, across)
    rows = (across.windows * beats, word * down.open)
    parts = [
        _store(word * across.open, beats, family),
        _block(*rows, family) if block else _store(rows[1], rows[0], family),
        Resources(lut=round(logic), ff=_registers(word, beats, down, across, block)),
    ]
    return sum(parts, Resources())


def in_block(layer: Layer, lanes: int, family: Family) -> bool:
    """Whether what open windows have seen of rows of integers is in block RAM."""
    down, across = axes_of(layer)
    places = across.windows * _beats(layer, lanes)
    width = lanes * layer.in_type.value.bits * down.open
    if layer.in_type.value.is_bit or places <= 2 or not width:
        return False
    return block_pays(single_port(width, places, family).lut, places, width, family)


def _beats(layer: Layer, lanes: int) -> int:
    return layer.in_type.channels // lanes


def _registers(word: int, beats: int, down: Axis, across: Axis, block: bool) -> int:
    """The skid buffer and its tlast and handshake, `filling`, and where the frame stands."""
    counted = block or (beats & (beats - 1) != 0 and down.open > 0)
    place = _bits(across.windows * beats) if counted else 0
    return 2 * word + 4 + 1 + _bits(beats) + place + sum(map(_axis_registers, (down, across)))


def _axis_registers(axis: Axis) -> int:
    """Where it stands; the first step, and the end of the image, if they matter."""
    return axis.counter_bits + (axis.before > 0) + (axis.after > 0)


def _bits(values: int) -> int:
    return (values - 1).bit_length()


def _store(bits: int, places: int, family: Family) -> Resources:
    """Registers for one and two places, else single-port distributed RAM."""
    if places <= 2 or bits == 0:
        return Resources(ff=bits * places)
    return single_port(bits, places, family)


def _block(places: int, width: int, family: Family) -> Resources:
    """Block RAM; which bank was read is kept, and choosing among many takes a LUT6 more a bit."""
    banks, ram = ring_banks(places, width, family), block_ring(places, width, family)
    lut = (banks > 1) * banks + (banks > 4) * width if family.fabric is Fabric.LUT6 else 0
    return ram + Resources(lut=lut, ff=_bits(banks))


def _data_lut6(lanes: int, value: ValueType, down: Axis, across: Axis) -> int:
    """A dual LUT a bit in the skid buffer, and one for every two bits beyond the edge."""
    word, each = lanes * value.bits, _max_lut6(lanes, value)
    lut = word + ceil(word / 2) * (across.after + down.after > 0) + each * (across.open > 0)
    if down.open and not value.is_bit:
        lut += each // 2  # the skid buffer's LUTs choose
    for axis in (down, across):
        if axis.stride == 1:
            lut += _max_lut6(lanes * max(axis.open - 1, 0), value)
        elif axis.open:
            older = word if value.is_bit else word + each
            lut += each * (axis.kernel > 2) + older * (axis.open - 1)
    return lut


def _max_lut6(lanes: int, value: ValueType) -> int:
    """A ``pool_max``: ORs by pairs, or pairs of bits compared and pairs of bits chosen."""
    return ceil(lanes / 2) if value.is_bit else 2 * lanes * ceil(value.bits / 2)


def _control_lut6(beats: int, down: Axis, across: Axis, block: bool) -> float:
    """Counters, which end with every frame, and handshake."""
    control = 16.7 + 1.2 * (beats > 1)
    if block:
        control += 1.0 * _bits(across.windows * beats)
    elif beats & (beats - 1):
        control += 0.4 * _bits(across.windows * beats)
    for axis in (down, across):
        control += 1.3 * _bits(axis.stride) + 1.4 * (axis.stride & (axis.stride - 1) != 0)
        control += 3.0 * (axis.before > 0)
    return control


def _data_lut4(lanes: int, value: ValueType, down: Axis, across: Axis) -> float:
    """LUT4 in the skid buffer and for every OR, or for every comparison and choice."""
    if value.is_bit:
        return lanes * _each_or_lut4(down, across)
    skid = 0.5 + 1.4 * (across.after + down.after > 0)
    row, compared = 0.4 * (across.open > 0), 0
    for axis in (down, across):
        if axis.open:
            youngest, older = axis.stride > 1 and axis.kernel > 2, axis.open - 1
            row += 1.7 + 1.1 * youngest + (1.8 if axis.stride == 1 else 3.0) * older
            row += 0.8 * (axis.before > 0)
            compared += 1 + youngest + older
    return lanes * (value.bits * (skid + row) + 1.5 * compared)


def _each_or_lut4(down: Axis, across: Axis) -> float:
    """LUT4 of a channel of bits."""
    each = 0.8 + 1.8 * (across.after + down.after > 0)
    if down.open or across.open:
        each -= 1.3  # what the skid buffer takes is in the last OR
    for axis in (down, across):
        if axis.open:
            each += 1.3 + 1.0 * (axis.open - 1) + 1.3 * (axis.before > 0)
            each += 1.0 * (axis.stride > 1 and axis.kernel > 2)
    return each
