# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a maxpool, part by part as the SystemVerilog builds it.

FFs are exact. Coefficients that are no whole numbers are fitted to Yosys over kernels of 2x2 to
7x7, strides 1 to 3, with pads and without, on images of 1x30 to 224x224 pixels.
"""

from __future__ import annotations

from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import single_port
from xnorflow.kernels.maxpool.axis import Axis

__all__ = ["estimate"]


def estimate(lanes: int, beats: int, down: Axis, across: Axis, family: Family) -> Resources:
    """Primitives of the whole unit; beats are those of a pixel."""
    logic = _logic_lut6 if family.fabric is Fabric.LUT6 else _logic_lut4
    places = across.windows * beats
    parts = [
        _store(lanes * across.open, beats, family),
        _store(lanes * down.open, places, family),
        Resources(lut=round(logic(lanes, beats, down, across))),
        Resources(ff=_registers(lanes, beats, down, across)),
    ]
    return sum(parts, Resources())


def _registers(lanes: int, beats: int, down: Axis, across: Axis) -> int:
    """The skid buffer and its tlast and handshake, `filling`, and where the frame stands."""
    counted = beats & (beats - 1) != 0 and down.open > 0
    place = _bits(across.windows * beats) if counted else 0
    return 2 * lanes + 4 + 1 + _bits(beats) + place + sum(map(_axis_registers, (down, across)))


def _axis_registers(axis: Axis) -> int:
    """Phase and number of the window; the first step, and the end of the image, if they matter."""
    phase = _bits(axis.stride) if axis.steps > 1 else 0
    number = axis.last_window - axis.first_window
    if axis.ends_early:
        number = 2 * max(axis.last_window + 1, -axis.first_window) - 1
    return phase + _bits(number + 1) + (axis.before > 0) + (axis.after > 0)


def _bits(values: int) -> int:
    return (values - 1).bit_length()


def _store(bits: int, places: int, family: Family) -> Resources:
    """Registers for one and two places, else single-port distributed RAM."""
    if places <= 2 or bits == 0:
        return Resources(ff=bits * places)
    return single_port(bits, places, family)


def _logic_lut6(lanes: int, beats: int, down: Axis, across: Axis) -> float:
    """Data: a dual LUT a bit in the skid buffer, and one for every two bits of the other ORs."""
    pairs, lut = ceil(lanes / 2), lanes
    lut += pairs * (across.open > 0) + pairs * (across.after + down.after > 0)
    for axis in (down, across):
        if axis.stride == 1:
            lut += ceil(lanes * max(axis.open - 1, 0) / 2)
        elif axis.open:
            lut += pairs * (axis.kernel > 2) + lanes * (axis.open - 1)
    return lut + _control_lut6(beats, down, across)


def _control_lut6(beats: int, down: Axis, across: Axis) -> float:
    """Counters, which end with every frame, and handshake."""
    control = 16.7 + 1.2 * (beats > 1)
    if beats & (beats - 1):
        control += 0.4 * _bits(across.windows * beats)
    for axis in (down, across):
        control += 1.3 * _bits(axis.stride) + 1.4 * (axis.stride & (axis.stride - 1) != 0)
        control += 3.0 * (axis.before > 0)
    return control


def _logic_lut4(lanes: int, beats: int, down: Axis, across: Axis) -> float:
    """A LUT4 a bit or more in the skid buffer and for every OR; control as its registers."""
    control = _registers(lanes, beats, down, across) - 2 * lanes
    each = 0.8 + 2.2 * (across.after + down.after > 0)
    if down.open or across.open:
        each -= 1.3  # what the skid buffer takes is in the last OR
    for axis in (down, across):
        if axis.open:
            each += 1.3 + 1.0 * (axis.open - 1) + 1.6 * (axis.before > 0)
            each += 1.0 * (axis.stride > 1 and axis.kernel > 2)
    return 14.0 + 1.4 * control + each * lanes
