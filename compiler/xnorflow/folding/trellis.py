# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""All chains of foldings at once, as arrays: a trellis, whose routes are designs without fifos.

What a layer's choice means for its neighbours is only the stream between them, so for given prices
of the resources the cheapest route is found by dynamic programming (Viterbi's algorithm).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from xnorflow.design.assemble import joint_between
from xnorflow.folding.options import Option
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hardware.stream import Stream

__all__ = ["COLUMNS", "CYCLES", "Level", "Meeting", "Route", "Trellis", "amounts", "counted"]

COLUMNS = (*(field.name for field in fields(Resources)), "cycles", "area")
"""What a route adds up: each resource; the cycles of all stages, which stand for latency; and LUTs
with block RAMs at the family's price."""
CYCLES = COLUMNS.index("cycles")

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Meeting = tuple[int, int, int]
"""A level, the number of the stream that comes to it, and that of the stream it reads."""


@dataclass(frozen=True)
class Route:
    """One option a level.

    Attributes:
        choice: the number of each level's option.
        cost: int64 [columns]: what all its stages and joints add up to.
    """

    choice: tuple[int, ...]
    cost: Ints


@dataclass(frozen=True, eq=False)
class Level:
    """The options of one layer.

    Attributes:
        options: all of them.
        costs: int64 [options, columns].
        source: int64 [options]: the number of the stream read.
        sink: int64 [options]: the number of the stream written.
        sinks: how many streams may be written.
        joints: int64 [sinks of the level before, sources, columns]: what joins the two.
    """

    options: tuple[Option, ...]
    costs: Ints
    source: Ints
    sink: Ints
    sinks: int
    joints: Ints

    def only(self, kept: npt.NDArray[np.bool_]) -> Level:
        """The same with fewer options; streams keep their numbers."""
        return replace(
            self,
            options=tuple(o for o, keep in zip(self.options, kept, strict=True) if keep),
            costs=self.costs[kept],
            source=self.source[kept],
            sink=self.sink[kept],
        )


@dataclass(frozen=True, eq=False)
class Trellis:
    """One level a layer, in order."""

    levels: tuple[Level, ...]

    @classmethod
    def of(cls, options: Sequence[tuple[Option, ...]], family: Family) -> Trellis:
        """The trellis of all layers' options."""
        levels: list[Level] = []
        before: list[Stream] = []
        for own in options:
            sources = list(dict.fromkeys(option.source for option in own))
            sinks = list(dict.fromkeys(option.sink for option in own))
            costs = [counted(option.resources, family, option.cycles) for option in own]
            levels.append(
                Level(
                    own,
                    np.array(costs, np.int64),
                    np.array([sources.index(option.source) for option in own]),
                    np.array([sinks.index(option.sink) for option in own]),
                    len(sinks),
                    _joints(before, sources, family),
                )
            )
            before = sinks
        return cls(tuple(levels))

    def within(self, cycles: int) -> Trellis | None:
        """Without options that take more cycles a frame; None where a layer has no other."""
        kept = tuple(level.only(level.costs[:, CYCLES] <= cycles) for level in self.levels)
        return Trellis(kept) if all(level.options for level in kept) else None

    def cheapest(self, prices: Floats) -> Route:
        """The route of the least price; ``prices`` of a unit of each column."""
        reached = self._reached(prices)
        choice: list[int] = []
        open_sinks = np.zeros(self.levels[-1].sinks)  # infinite where the route does not go
        for index in range(len(self.levels) - 1, -1, -1):
            level = self.levels[index]
            choice.append(int((reached[index] + open_sinks[level.sink]).argmin()))
            arrive = self._ends(reached, index) + level.joints[:, level.source[choice[-1]]] @ prices
            open_sinks = np.full(len(arrive), np.inf)
            open_sinks[arrive.argmin()] = 0.0
        return self.route(tuple(reversed(choice)))

    def route(self, choice: tuple[int, ...]) -> Route:
        """The route of one option a level."""
        cost = np.zeros(len(COLUMNS), np.int64)
        sink = 0
        for level, number in zip(self.levels, choice, strict=True):
            cost += level.joints[sink, level.source[number]] + level.costs[number]
            sink = int(level.sink[number])
        return Route(choice, cost)

    def meetings(self, route: Route) -> list[Meeting]:
        """Which streams meet in front of each level but the first."""
        picked = list(zip(self.levels, route.choice, strict=True))
        return [
            (index, int(before.sink[sent]), int(level.source[read]))
            for index, ((before, sent), (level, read)) in enumerate(pairwise(picked), 1)
        ]

    def with_more(self, costs: Mapping[Meeting, Ints]) -> Trellis:
        """The same where some streams that meet cost so much more, int64 [columns]."""
        levels = list(self.levels)
        for (index, sink, source), more in costs.items():
            joints = levels[index].joints.copy()
            joints[sink, source] += more
            levels[index] = replace(levels[index], joints=joints)
        return Trellis(tuple(levels))

    def through(self, prices: Floats) -> list[Floats]:
        """For each option of each level, the price of the cheapest route through it."""
        reached = self._reached(prices)
        result: list[Floats] = []
        onward = np.zeros(self.levels[-1].sinks)
        for level, before in zip(reversed(self.levels), reversed(reached), strict=True):
            result.append(before + onward[level.sink])
            rest = np.full(level.joints.shape[1], np.inf)
            np.minimum.at(rest, level.source, level.costs @ prices + onward[level.sink])
            onward = (level.joints @ prices + rest).min(axis=1)
        return result[::-1]

    def _reached(self, prices: Floats) -> list[Floats]:
        """For each option of each level, the price of the cheapest route that ends in it."""
        result: list[Floats] = []
        for index, level in enumerate(self.levels):
            ends = self._ends(result, index)
            arrive = (ends[:, np.newaxis] + level.joints @ prices).min(axis=0)
            result.append(arrive[level.source] + level.costs @ prices)
        return result

    def _ends(self, reached: list[Floats], index: int) -> Floats:
        """For each stream that may come to a level, the price of the cheapest route up to it."""
        if index == 0:
            return np.zeros(1)
        before = self.levels[index - 1]
        ends = np.full(before.sinks, np.inf)
        np.minimum.at(ends, before.sink, reached[index - 1])
        return ends


def amounts(resources: Resources) -> tuple[int, ...]:
    """Resources in the order of their columns, those in front of the cycles."""
    return tuple(getattr(resources, name) for name in COLUMNS[:CYCLES])


def counted(resources: Resources, family: Family, cycles: int = 0) -> tuple[int, ...]:
    """Resources, cycles and area in the order of the columns."""
    area = resources.lut + family.block_ram.price.area * resources.bram18
    return (*amounts(resources), cycles, area)


def _joints(before: Sequence[Stream], sources: Sequence[Stream], family: Family) -> Ints:
    table = np.zeros((max(1, len(before)), len(sources), len(COLUMNS)), np.int64)
    for i, sink in enumerate(before):
        for k, source in enumerate(sources):
            joint = joint_between(sink, source, "")
            if joint is not None:
                table[i, k] = counted(joint.resources(family), family)
    return table
