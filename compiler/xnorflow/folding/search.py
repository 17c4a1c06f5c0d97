# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Choose a folding for every layer.

For a given interval the cheapest chain of foldings is found exactly, adapters included, by
dynamic programming along the chain: what a layer's choice means for its neighbours is only the
stream between them. Price is LUTs, a block RAM counting as so many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import floor

from xnorflow.folding.assemble import assemble, joint_between
from xnorflow.folding.board import Board
from xnorflow.folding.budget import Budget
from xnorflow.folding.design import Design, Stage
from xnorflow.folding.fifos import with_fifos
from xnorflow.folding.file import FoldingFile
from xnorflow.ir.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.graph import Graph
from xnorflow.ir.kernel import Folding, Kernel, Resources
from xnorflow.ir.layer import Layer
from xnorflow.ir.types import Stream
from xnorflow.kernels import kernels_for

__all__ = ["fold"]

_LUT_PER_BRAM18 = (24, 128, 512, 8, 0)
"""Prices of a block RAM, tried in this order until a design fits the board.

LUTs are what a binary network runs out of. The 36 bits of a BRAM18 cost 18 LUT up to 32 words and
36 up to 64: at the first price, tables of more than 32 words go to block RAM.
"""
_ROUNDING = 1e-9
"""So that a target of clock / cycles asks for exactly these cycles."""


@dataclass(frozen=True)
class _Option:
    """A stage and what it takes."""

    stage: Stage
    cycles: int
    source: Stream
    sink: Stream
    resources: Resources


def fold(
    graph: Graph,
    board: Board,
    clock_mhz: float,
    *,
    target_fps: float | None = None,
    folding: FoldingFile | None = None,
) -> Design:
    """Fold a network for a board.

    With a target, the cheapest design that reaches it; with a folding file, that folding, the
    cheapest for layers that it may leave open; with neither, the fastest design found to fit.

    Raises:
        XnorflowError: ``target-too-fast``, ``over-budget``, or what is wrong in the file.
    """
    if folding is not None:
        folding.check(graph)
    search = _Search(graph, board, clock_mhz, folding)
    budget = Budget.of(board)
    if folding is not None:
        design = search.cheapest(search.forced_interval())
        return budget.require(design, "fold more, or change board")
    if target_fps is None:
        fitting = search.fastest_that_fits() or search.cheapest(search.longest_interval())
        return budget.require(fitting, "choose a larger board")
    design = search.cheapest(search.interval_for(target_fps))
    if budget.fits(design.resources()):
        return design
    fastest = search.fastest_that_fits()
    if fastest and fastest.fps >= target_fps:
        return fastest  # a price of block RAM that does not serve the target may serve more speed
    slower = f"ask for at most {floor(fastest.fps):,} FPS, or " if fastest else ""
    return budget.require(design, f"{slower}choose a larger board")


class _Search:
    """The options of every layer, each evaluated once."""

    def __init__(
        self, graph: Graph, board: Board, clock_mhz: float, file: FoldingFile | None
    ) -> None:
        self._graph, self._board, self._clock_mhz = graph, board, clock_mhz
        self._options = [_options(layer, board, file) for layer in graph.layers]
        self._joint_prices: dict[tuple[Stream, Stream], Resources] = {}

    def forced_interval(self) -> int:
        """The shortest interval that the options allow: the slowest layer at its fastest."""
        return max(min(option.cycles for option in options) for options in self._options)

    def longest_interval(self) -> int:
        """The interval beyond which nothing gets cheaper."""
        return max(option.cycles for options in self._options for option in options)

    def interval_for(self, target_fps: float) -> int:
        """The longest interval that reaches a target and gains anything.

        Raises:
            XnorflowError: ``target-too-fast``.
        """
        wanted = self._clock_mhz * 1e6 / target_fps * (1 + _ROUNDING)
        interval = floor(min(wanted, self.longest_interval()))
        shortest = self.forced_interval()
        if interval >= shortest:
            return interval
        slowest = max(
            range(len(self._options)), key=lambda i: min(o.cycles for o in self._options[i])
        )
        layer = self._graph.layers[slowest]
        raise XnorflowError(
            Diagnostic(
                "target-too-fast",
                f"the target must be at most {floor(self._clock_mhz * 1e6 / shortest):,} FPS at "
                f"{self._clock_mhz:g} MHz, since {layer.name} needs {shortest} "
                f"cycle{'s' if shortest > 1 else ''} a frame, not {target_fps:,.15g} FPS",
                "lower the target or raise the clock (--clock-mhz)",
                layer.origin,
            )
        )

    def fastest_that_fits(self) -> Design | None:
        """The design of the shortest interval whose cheapest design fits the board."""
        budget = Budget.of(self._board)
        intervals = sorted({o.cycles for options in self._options for o in options})
        intervals = [i for i in intervals if i >= self.forced_interval()]
        best: Design | None = None
        low, high = 0, len(intervals) - 1
        while low <= high:
            middle = (low + high) // 2
            design = self.cheapest(intervals[middle])
            if budget.fits(design.resources()):
                best, high = design, middle - 1
            else:
                low = middle + 1
        return best

    def cheapest(self, interval: int) -> Design:
        """The cheapest design of an interval, by the first price of block RAM at which it fits.

        Fifos are put in afterwards: how deep they must be follows from all stages together.
        """
        budget = Budget.of(self._board)
        first: Design | None = None
        for price in _LUT_PER_BRAM18:
            bare = self._cheapest_at(interval, price)
            if first is None or budget.fits(bare.resources()):
                design = with_fifos(bare)
                if budget.fits(design.resources()):
                    return design
                first = first or design
        assert first is not None, "there is a price"
        return first

    def _cheapest_at(self, interval: int, bram18_price: int) -> Design:
        """Dynamic programming: per output stream of a layer, the cheapest chain that ends in it."""

        def price(resources: Resources) -> int:
            return resources.lut + bram18_price * resources.bram18

        ends: dict[Stream | None, tuple[tuple[int, int], tuple[Stage, ...]]] = {None: ((0, 0), ())}
        for options in self._options:
            reached: dict[Stream | None, tuple[tuple[int, int], tuple[Stage, ...]]] = {}
            for option in (o for o in options if o.cycles <= interval):
                own = price(option.resources)
                (cost, cycles), stages = min(
                    (
                        ((before[0] + price(self._joint(stream, option.source)), before[1]), chain)
                        for stream, (before, chain) in ends.items()
                    ),
                    key=lambda entry: entry[0],
                )
                total = (cost + own, cycles + option.cycles)
                if option.sink not in reached or total < reached[option.sink][0]:
                    reached[option.sink] = total, (*stages, option.stage)
            ends = reached
        stages = min(ends.values(), key=lambda entry: entry[0])[1]
        return assemble(self._graph, self._board, self._clock_mhz, stages)

    def _joint(self, source: Stream | None, sink: Stream) -> Resources:
        if source is None or source == sink:
            return Resources()
        found = self._joint_prices.get((source, sink))
        if found is None:
            joint = joint_between(source, sink, 0)
            found = joint.resources(self._board.family) if joint else Resources()
            self._joint_prices[source, sink] = found
        return found


def _options(layer: Layer, board: Board, file: FoldingFile | None) -> tuple[_Option, ...]:
    """All that a folding file leaves open."""
    wanted = file.layers.get(layer.name) if file else None
    name = file.kernels.get(layer.name) if file else None
    return tuple(
        _Option(
            Stage(layer, kernel.name, folding),
            kernel.cycles(layer, folding),
            kernel.input_stream(layer, folding),
            kernel.output_stream(layer, folding),
            kernel.resources(layer, folding, board.family),
        )
        for kernel in kernels_for(layer)
        if name in (None, kernel.name)
        for folding in _foldings(kernel, layer)
        if wanted in (None, folding, replace(folding, storage="auto"))
    )


def _foldings(kernel: Kernel, layer: Layer) -> Iterator[Folding]:
    """Every legal folding with every storage."""
    for bare in kernel.foldings(layer):
        for storage in kernel.storages(layer, bare) or (bare.storage,):
            yield replace(bare, storage=storage)
