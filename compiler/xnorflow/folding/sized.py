# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Designs whose fifos have been found, and what these tell of those that others need.

A shortcut holds what is under way in the branch beside it: mostly rows of its windows, so many
elements whatever the folding. So what a fifo in front of a join holds in one design is an estimate
for all streams that may meet there, and a search that counts it looks no more for the one pair of
streams whose fifo has not been seen.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from xnorflow.design.design import Design
from xnorflow.design.stage import HOST, Joint
from xnorflow.folding.columns import COLUMNS, Ints, counted
from xnorflow.folding.cost_network import CostNetwork, Edge, Meeting
from xnorflow.folding.fifos import with_fifos
from xnorflow.hardware.family import Family
from xnorflow.hardware.stream import Stream

__all__ = ["Sized", "fifos_of"]

_AREA = COLUMNS.index("area")


class Sized:
    """The designs of a network that have been looked at with their fifos."""

    def __init__(self, network: CostNetwork, family: Family) -> None:
        """None yet."""
        self._network, self._family = network, family
        self._designs: dict[tuple[int, ...], Design] = {}
        self._held: dict[int, int] = {}

    def design(self, choice: tuple[int, ...], bare: Design) -> Design:
        """A route's design with its fifos, of that without.

        Raises:
            XnorflowError: ``fifo-schedule``.
        """
        if choice not in self._designs:
            self._designs[choice] = with_fifos(bare)
            self._learn(self._designs[choice])
        return self._designs[choice]

    def more(self, known: Mapping[Meeting, Ints]) -> dict[int, Ints]:
        """What fifos take on edges, [streams written, streams read, columns].

        As far as it is known where streams meet, else as estimated.
        """
        tables = {number: self._estimate(number) for number, held in self._held.items() if held}
        for (number, written, read), takes in known.items():
            if number not in tables:
                tables[number] = np.zeros_like(self._network.edges[number].joints)
            tables[number][written, read] = takes
        return tables

    def _learn(self, design: Design) -> None:
        """Note the fewest elements that fifos in front of joins were found to hold."""
        for number, (edge, fifos) in enumerate(
            zip(self._network.edges, fifos_of(design), strict=True)
        ):
            if len(self._network.nodes[edge.sink].reads) > 1:
                held = sum(fifo.depth * fifo.source.lanes for fifo in fifos)
                self._held[number] = min(held, self._held.get(number, held))

    def _estimate(self, number: int) -> Ints:
        """What it takes to hold as much, in front of the joints or behind them."""
        edge: Edge = self._network.edges[number]
        before, behind = (
            np.array([self._fifo(stream, self._held[number]) for stream in streams])
            for streams in (edge.written, edge.read)
        )
        is_less = (before[:, np.newaxis, _AREA] <= behind[:, _AREA])[..., np.newaxis]
        return np.where(is_less, before[:, np.newaxis], behind)

    def _fifo(self, stream: Stream, held: int) -> tuple[int, ...]:
        fifo = Joint("", "fifo", stream, stream, max(2, -(-held // stream.lanes)))
        return counted(fifo.resources(self._family), self._family)


def fifos_of(design: Design) -> list[list[Joint]]:
    """The fifos between each two layers, in the order of the edges."""
    between = (one for one in design.connections if HOST not in (one.source, one.sink))
    return [
        [joint for joint in connection.joints if joint.adapter_name == "fifo"]
        for connection in between
    ]
