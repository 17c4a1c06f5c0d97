# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""LUT and FF of a maxpool_or, part by part as the SystemVerilog builds it."""

from __future__ import annotations

from math import ceil

from xnorflow.ir.kernel import Family, Resources
from xnorflow.kernels.maxpool_or.axis import Axis

__all__ = ["estimate"]


def estimate(lanes: int, beats: int, down: Axis, across: Axis, family: Family) -> Resources:
    """Primitives of the whole unit; beats are those of a pixel."""
    parts = [
        _windows(lanes, beats, across, family),
        _windows(lanes, across.windows * beats, down, family),
        _output(lanes, across, down, family),
        _control(beats, down, across, family),
    ]
    return sum(parts, Resources())


def _output(lanes: int, across: Axis, down: Axis, family: Family) -> Resources:
    """The skid buffer, whose LUTs hold the OR down; the OR across; zeros for padding."""
    luts = _skid_lut(lanes, down, family)
    if across.open:
        luts += _or_lut(lanes, across.before > 0, family)
    if across.after + down.after:
        luts += _or_lut(lanes, True, family)
    return Resources(lut=luts, ff=2 * lanes)


def _skid_lut(lanes: int, down: Axis, family: Family) -> int:
    """A dual LUT a bit; with LUT4, its sum and its choice, and the sum's mask."""
    if family == "xc7" or not down.open:
        return lanes
    return 2 * lanes


def _or_lut(lanes: int, masked: bool, family: Family) -> int:
    """Two bits a dual LUT."""
    return ceil(lanes / 2) if family == "xc7" else lanes


def _windows(lanes: int, places: int, axis: Axis, family: Family) -> Resources:
    """What open windows have seen: its store, and what is stored next."""
    if not axis.open:
        return Resources()
    total = _store(lanes * axis.open, places, family)
    if axis.stride > 1 and axis.kernel > 2:
        total += Resources(lut=_or_lut(lanes, True, family))
    older = lanes * (axis.open - 1)
    if axis.stride == 1:
        total += Resources(lut=_or_lut(older, axis.before > 0, family))
    else:
        total += Resources(lut=older * (1 if family == "xc7" or axis.before == 0 else 2))
    return total


def _store(bits: int, places: int, family: Family) -> Resources:
    """Registers for one and two places, else single-port distributed RAM."""
    if places <= 2:
        return Resources(ff=bits * places)
    if family == "ecp5":  # DPR16X4, four bits of 16 places in 6 LUTs
        blocks = ceil(places / 16)
        extra = 0 if blocks == 1 else 1.1 * bits * blocks + blocks
        return Resources(lut=6 * blocks * ceil(bits / 4) + round(extra))
    if places <= 32:  # RAM32M, 8 bits in 4 LUTs
        return Resources(lut=4 * ceil(bits / 8))
    # RAM64X1S, RAM128X1S or RAM256X1S: whichever leaves least empty, the largest of equals
    size, blocks = min(
        ((size, ceil(places / (64 * size))) for size in (4, 2, 1)), key=lambda x: x[0] * x[1]
    )
    select = ceil(0.4 * blocks) if blocks > 4 else int(blocks > 1)
    decode = 0 if blocks == 1 else round(1.4 * blocks) if blocks > 8 else blocks
    return Resources(lut=bits * (size * blocks + select) + decode)


def _control(beats: int, down: Axis, across: Axis, family: Family) -> Resources:
    return Resources()
