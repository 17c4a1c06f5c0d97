# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What products, sums and clips of a requantize unit take; the coefficients are fitted to Yosys."""

from __future__ import annotations

from math import ceil

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.resources import Resources
from xnorflow.kernels.requantize.lanes import Bools, Lanes
from xnorflow.kernels.requantize.shape import ADDERS_A_CYCLE, RequantizeShape

__all__ = ["sums", "upper_bits"]

_LEAST_SHIFT = 3
"""Registers in a row that synthesis makes a shift register of."""
_MULTIPLIER_BITS = 18
"""Bits of a slope that a MULT18X18D takes; more than one beyond take another."""
_TOLD = {Fabric.LUT6: 2, Fabric.LUT4: 3}
"""Upper bits of a quotient that the LUT has room for that clips it."""
_CLIPPED_SUM_LUT6 = {3: 0, 4: 7}
"""LUT6 of a sum of one adder that as many upper bits tell to be too low or too high; fitted."""
_CHOSEN_LUT4 = {1: 0.05, 2: 0.45, 3: 1.0, 4: 1.3}
_SIGN_LUT4 = (0, 2)
"""The same of a lane whose slopes are 1, 0 or -1."""
_ANY_LUT4 = 1.65
"""LUT4 a bit in front of an adder, for what a digit makes of the input; fewer where a table has few
words; fitted."""


def sums(shape: RequantizeShape, lanes: Lanes, fabric: Fabric) -> Resources:
    """Of all lanes that differ."""
    clips = Resources(lut=lanes.count * _clip_lut(shape, fabric))
    if not shape.digits:
        return clips
    return clips + (_multiplied if shape.multiplies else _recoded)(shape, lanes, fabric)


def upper_bits(level: int, bits: int) -> int:
    """Bits that level_reached.sv looks at: those down to the level's last 1."""
    return bits + 1 - (level & -level).bit_length() if level else 0


def _clip_lut(shape: RequantizeShape, fabric: Fabric) -> int:
    """What tells that a quotient is out of range, and what else there is for it.

    With LUT6 the skid buffer's LUTs have room for that, and for two bits that tell it.
    """
    pieces = shape.pieces
    lowest = -(1 << (pieces.quotient_bits - 1))
    ends = [pieces.low - lowest] * pieces.clips_low + [pieces.high + 1 - lowest] * pieces.clips_high
    told = [upper_bits(end, pieces.quotient_bits) for end in ends]
    most = _TOLD[fabric]
    if fabric is Fabric.LUT6:
        if shape.digits == 1 and len(ends) == 2 and told[0] == told[1] in _CLIPPED_SUM_LUT6:
            return _CLIPPED_SUM_LUT6[told[0]]
        return sum(ceil((bits - most) / (fabric.lut_inputs - 1)) for bits in told if bits > most)
    lut = sum(ceil((bits - 1) / (fabric.lut_inputs - 1)) for bits in told if bits > most)
    return lut + (0, 1, pieces.out.bits - 1)[len(ends)]


def _multiplied(shape: RequantizeShape, lanes: Lanes, fabric: Fabric) -> Resources:
    """A multiplier, and the offset that waits beside it.

    A DSP48E1 has an adder and all registers but those of the offset, if these are all registers.
    Some adders synthesis leaves outside.
    """
    pieces = shape.pieces
    able = int(lanes.multiplies.sum())
    beside = int(lanes.offsets.sum())
    if fabric is Fabric.LUT6:
        outside = lanes.multiplies & _is_outside(shape, lanes)
        added = int((lanes.offsets | lanes.offset_ones)[outside].sum())
        absorbed = pieces.slope_bits * int(lanes.slopes.all(axis=1).sum())
        if shape.line_delay:
            absorbed += 2 * pieces.entry.bits * lanes.count
        sums = int(outside.sum()) * pieces.quotient_bits
        return Resources(added, beside + sums - absorbed, dsp=able)
    wide = pieces.slope_bits - _MULTIPLIER_BITS
    product = min(shape.factor_bits + pieces.slope_bits, pieces.sum_bits) - pieces.zeros
    adder = 2 * ceil(pieces.offset_bits / 2) + (shape.factor_bits + wide if wide > 1 else 0)
    ff = beside + lanes.count * (product + pieces.quotient_bits)
    return Resources(lut=lanes.count * adder, ff=ff, dsp=able * (2 if wide > 1 else 1))


def _is_outside(shape: RequantizeShape, lanes: Lanes) -> Bools:
    """Whether the lowest or the highest bit of a lane's products is always 0."""
    pieces, seen = shape.pieces, lanes.slopes | lanes.slope_ones
    above = seen[:, ::-1].argmax(axis=1)
    bits = min(shape.factor_bits + pieces.slope_bits, pieces.sum_bits)
    is_lower = pieces.entry.bits + pieces.slope_bits - above < bits
    found: Bools = ~seen[:, 0] | (is_lower & (above > 0) & (not pieces.entry.signed))
    return found


def _recoded(shape: RequantizeShape, lanes: Lanes, fabric: Fabric) -> Resources:
    """An adder a digit, one for the rest of the offset, and between them what is still needed."""
    pieces, digits = shape.pieces, shape.digits
    low = max(0, shape.factor_bits - pieces.zeros) if shape.high_bits else pieces.offset_bits
    cuts = range(ADDERS_A_CYCLE, min(digits, shape.adders - 1) + 1, ADDERS_A_CYCLE)
    waits = sum(pieces.entry.bits for cut in cuts if cut < digits)
    held = lanes.count * (waits + len(cuts) * (shape.factor_bits + 1) + pieces.quotient_bits)
    total = Resources(round(_adders_lut(shape, lanes, low, fabric)), held)
    total += _held(int(lanes.offsets[:, low:].sum()), len(cuts), fabric)
    for bit in range(pieces.slope_bits):
        count = int(lanes.slopes[:, bit].sum())
        digit, next_digit = bit // 2, min((bit + 1) // 2, digits - 1)
        first, last = digit // ADDERS_A_CYCLE, next_digit // ADDERS_A_CYCLE
        total += _held(count, first, fabric) + Resources(ff=count * (last - first))
    return total


def _held(bits: int, cycles: int, fabric: Fabric) -> Resources:
    """Bits that wait behind the register of a table; shift registers take that one over, too."""
    if cycles + 1 < _LEAST_SHIFT or cycles + 1 > fabric.shift_depth:
        return Resources(ff=bits * cycles)
    return Resources(lut=bits, ff=-bits)


def _adders_lut(shape: RequantizeShape, lanes: Lanes, low: int, fabric: Fabric) -> float:
    """LUTs of all adders, and of what they add."""
    pieces, part = shape.pieces, shape.factor_bits + 1
    adders, rest = int(lanes.digits.sum()), int(lanes.offset_ones[:, low:].sum())
    depth = shape.lines.depth if shape.lines else 1
    if fabric is Fabric.LUT6:
        if shape.digits == 1:
            return int(lanes.offset_ones.sum()) if depth == 1 else lanes.count * pieces.sum_bits
        return adders * part + rest - (depth == 1) * lanes.count * part
    chosen = _CHOSEN_LUT4.get(depth, _ANY_LUT4)
    if shape.digits == 1:
        is_added = pieces.ties | lanes.offset_ones.any(axis=1) | (depth > 1)
        return int(is_added.sum()) * (2 * ceil(pieces.sum_bits / 2) + _SIGN_LUT4[depth > 1])
    high = 2 * ceil((shape.high_bits + 1) / 2) * lanes.count
    return adders * (2 * ceil((part + 2) / 2) + chosen * part) + high
