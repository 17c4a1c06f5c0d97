# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""width_converter: joins streams of the same tensor with different lanes a beat."""

from __future__ import annotations

from itertools import pairwise
from math import gcd

import numpy as np

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.kernel import Adapter
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream
from xnorflow.timing.process import SKID, Input, Order, Output, Process

__all__ = ["WidthConverter"]

_LUT4 = {
    "register": ((1, 0.0), (2, 1.1), (3, 4.2), (8, 3.7), (12, 11.8), (32, 18.7)),
    "skid": ((2, 2.1), (4, 2.9), (5, 9.0), (8, 12.0), (12, 16.4), (16, 20.0), (49, 18.5)),
    "select": ((2, 2.0), (3, 7.5), (4, 3.0), (5, 9.0), (8, 15.0), (16, 23.0), (64, 75.0)),
}
"""(phases, LUT4 per output bit) fitted to Yosys: into one register, through a skid buffer, and
through a skid buffer where the input is a multiple of the output."""


class WidthConverter(Adapter):
    """Changes the lanes a beat by any ratio; the side with more beats moves one a cycle."""

    name = "width_converter"
    summary = "any ratio of lanes a beat, without bubbles"

    def matches(self, source: Stream, sink: Stream, depth: int) -> bool:
        """Other lanes a beat; it has no depth."""
        return source.lanes != sink.lanes and depth == 0

    def resources(self, source: Stream, sink: Stream, depth: int, family: Family) -> Resources:
        """Stages that shift, and the registers behind them."""
        common = gcd(source.lanes, sink.lanes)
        phases, parts = source.lanes // common, sink.lanes // common
        bits, position = sink.width, (max(phases, parts) - 1).bit_length()
        past = (parts - 1) * common * source.bits
        alone = parts >= 2 * phases
        registers = bits + 3 if alone else 2 * bits + 4
        if family.fabric is Fabric.LUT6:
            lut = 8 + position + _stages_lut(phases, parts, common * source.bits)
            lut += 0 if alone else bits
        else:
            kind = "register" if alone else "skid" if parts > 1 else "select"
            lut = 14 + position + round(_interpolate(_LUT4[kind], phases) * bits)
        return Resources(lut, past + registers + position)

    def process(self, source: Stream, sink: Stream, depth: int) -> Process:
        """A step a beat of the side that has more; a beat stays while another ends in it."""
        common = gcd(source.lanes, sink.lanes)
        taken, given = source.lanes // common, sink.lanes // common
        if taken > given:
            need = -(np.arange(1, taken + 1) * -given // taken)
            used = np.append(need[1:] - 1, given)
            steps = np.stack([need, used, *np.ones((2, taken))], axis=1)
        else:
            beats = np.arange(1, given + 1)
            emits = beats * taken // given - (beats - 1) * taken // given
            steps = np.stack([beats, beats, emits, np.ones(given)], axis=1)
        laps = source.beats // given
        output = Output(1, turn=1) if given >= 2 * taken else SKID
        return Process(
            Order.of([(steps.astype(np.int64), laps, 0, given)]),
            (Input(source.beats),),
            output,
            rigid=output is SKID,
        )


def _stages_lut(phases: int, parts: int, unit: int) -> int:
    """LUTs of the stages that shift by up to ``phases - 1`` units of so many bits.

    Two bits of the shift take a LUT6 for each bit that is chosen, one alone a half. Where there is
    a skid buffer its own LUTs take the last.
    """
    lowest, most = int(parts < 2 * phases), (phases - 1).bit_length()
    left, lut = phases + parts - 1, 0
    for bit in reversed(range(lowest, most, 2)):
        units = min(left, parts - 1 + (1 << bit))
        chosen = unit * min(units, left - (1 << bit))
        lut += chosen if bit + 1 < most else (chosen + 1) // 2
        left = units
    return lut


def _interpolate(points: tuple[tuple[int, float], ...], at: int) -> float:
    """Linear between the points, in proportion beyond the last."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if at <= x1:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
    last, cost = points[-1]
    return cost * at / last
