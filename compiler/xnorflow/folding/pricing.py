# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The cheapest route of a cost network at given prices, and the cheapest through each option.

Options of a node that read and write the same streams differ by their price alone. So a node is a
table of the least price for each case of its streams, an edge one of the prices of its joints, and
what a route costs is the sum of one entry of each: elimination finds the least.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from math import prod

import numpy as np

from xnorflow.folding.columns import COLUMNS, Floats, Ints
from xnorflow.folding.cost_network import CostNetwork, Route

__all__ = ["Pricing"]

_ENTRIES = 1 << 22
"""Of the tables of an elimination; some 10 ms for each set of prices."""


class Pricing:
    """All tables of a cost network in one array, but for the prices."""

    @classmethod
    def of(cls, network: CostNetwork) -> Pricing | None:
        """None where branches cross each other so much that tables would be too large."""
        streams = network.streams
        entries = network.elimination.entries([len(numbers) for numbers in streams])
        return cls(network, streams) if entries <= _ENTRIES else None

    def __init__(self, network: CostNetwork, streams: list[Ints]) -> None:
        """Lay out the tables, nodes' first; ``streams`` are the network's."""
        self._elimination, scopes = network.elimination, network.scopes
        self._sums = network.elimination.sums([len(numbers) for numbers in streams])
        self._shapes = [tuple(len(streams[variable]) for variable in scope) for scope in scopes]
        self._ends = list(accumulate(map(prod, self._shapes), initial=0))
        self._variables = np.concatenate([np.array(scope) for scope in scopes])
        self._firsts = list(accumulate(map(len, scopes), initial=0))[:-1]
        self._steps = np.concatenate([_steps(shape) for shape in self._shapes])
        self._numbers = np.concatenate([node.numbers for node in network.nodes])
        self._costs = np.concatenate([node.costs for node in network.nodes]).astype(np.float64)
        options = (len(node.numbers) for node in network.nodes)
        self._options = list(accumulate(options, initial=0))
        self._joints = np.zeros((self._ends[-1] - self._ends[len(network.nodes)], len(COLUMNS)))
        if network.edges:
            of_edges = zip(network.edges, scopes[len(network.nodes) :], strict=True)
            joints = (edge.joints[np.ix_(*(streams[n] for n in own))] for edge, own in of_edges)
            self._joints[:] = np.concatenate([own.reshape(-1, len(COLUMNS)) for own in joints])
        self._places = np.concatenate([*self._places_of(network, streams)])
        self._sorted = np.argsort(self._places, kind="stable")
        self._cases, begins = np.unique(self._places[self._sorted], return_index=True)
        self._begins = np.append(begins, len(self._sorted))

    def _places_of(self, network: CostNetwork, streams: list[Ints]) -> Iterator[Ints]:
        """For each node, at which entry of all tables each option is one of those for it."""
        for number, (node, scope) in enumerate(zip(network.nodes, network.scopes, strict=False)):
            case = [
                np.searchsorted(streams[variable], own)
                for variable, own in zip(scope, (*node.reads, node.writes), strict=True)
            ]
            yield self._ends[number] + _steps(self._shapes[number]) @ np.array(case)

    def cheapest(self, prices: Floats) -> Route:
        """The route of the least price; ``prices`` of a unit of each column."""
        own, flat = self._priced(prices)
        values = self._sums.least(flat)
        entries = np.add.reduceat(values[self._variables] * self._steps, self._firsts)
        entries += self._ends[:-1]
        count = len(self._options) - 1
        chosen = []
        for case in np.searchsorted(self._cases, entries[:count]).tolist():
            same = self._sorted[self._begins[case] : self._begins[case + 1]]
            chosen.append(int(same[own[same].argmin()]))
        joints = self._joints[entries[count:] - self._ends[count]]
        cost = self._costs[chosen].sum(axis=0) + joints.sum(axis=0)
        return Route(tuple(self._numbers[chosen].tolist()), cost.astype(np.int64))

    def through(self, prices: Floats) -> list[Floats]:
        """For each option of each node, the price of the cheapest route through it."""
        own, flat = self._priced(prices)
        count = len(self._options) - 1
        least = self._elimination.marginals(self._tables(flat), count)
        together = np.concatenate([table.ravel() for table in least])
        found = own + (together[self._places] - flat[self._places])
        return [found[start:end] for start, end in pairwise(self._options)]

    def _priced(self, prices: Floats) -> tuple[Floats, Floats]:
        """The prices of all options, and the entries of all tables."""
        own = self._costs @ prices
        flat = np.full(self._ends[-1], np.inf)
        flat[self._cases] = np.minimum.reduceat(own[self._sorted], self._begins[:-1])
        flat[self._ends[len(self._options) - 1] :] = self._joints @ prices
        return own, flat

    def _tables(self, flat: Floats) -> list[Floats]:
        return [
            flat[start:end].reshape(shape)
            for (start, end), shape in zip(pairwise(self._ends), self._shapes, strict=True)
        ]


def _steps(shape: tuple[int, ...]) -> Ints:
    """How far apart neighbours along each axis of a table are."""
    return np.array([prod(shape[axis + 1 :]) for axis in range(len(shape))], np.int64)
