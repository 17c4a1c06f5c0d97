# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""All designs of a network at once, as arrays: a cost network, whose routes are designs.

What a layer's choice means for others is only the streams that it reads and writes. So a design
is one option a node and, on each edge, the adapters between the stream that is written and the
one that is read; fifos come later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xnorflow.design.assemble import joint_between
from xnorflow.folding.columns import COLUMNS, CYCLES, Bools, Ints, counted
from xnorflow.folding.elimination import Elimination, Scope
from xnorflow.folding.options import Option
from xnorflow.hardware.family import Family
from xnorflow.hardware.stream import Stream
from xnorflow.ir.graph import Graph

__all__ = ["CostNetwork", "Edge", "Meeting", "Node", "Route"]

Meeting = tuple[int, int, int]
"""An edge, the number of the stream that is written to it, and that of the stream read from it."""


@dataclass(frozen=True)
class Route:
    """One option a node.

    Attributes:
        choice: the number of each layer's option.
        cost: int64 [columns]: what all its stages and joints add up to.
    """

    choice: tuple[int, ...]
    cost: Ints


@dataclass(frozen=True, eq=False)
class Node:
    """The options of one layer, or some of them; streams and options keep their numbers.

    Attributes:
        numbers: int64 [options]: which they are of all those of the layer, ascending.
        costs: int64 [options, columns].
        reads: for each edge that enters, int64 [options]: the number of the stream read.
        writes: int64 [options]: the number of the stream written, to all edges that leave.
    """

    numbers: Ints
    costs: Ints
    reads: tuple[Ints, ...]
    writes: Ints

    def only(self, kept: Bools) -> Node:
        """The same with fewer options."""
        return Node(
            self.numbers[kept],
            self.costs[kept],
            tuple(numbers[kept] for numbers in self.reads),
            self.writes[kept],
        )

    def without_dominated(self) -> Node:
        """Without options next to which another one of the same streams takes no more of anything.

        Of equal ones the first stays.
        """
        kept = np.ones(len(self.numbers), np.bool_)
        cases: dict[tuple[int, ...], list[int]] = {}
        for place, case in enumerate(zip(*self.reads, self.writes, strict=True)):
            cases.setdefault(case, []).append(place)
        for places in cases.values():
            one, other = self.costs[places][:, np.newaxis], self.costs[places]
            first = np.less.outer(places, places) | (one != other).any(axis=2)
            kept[places] = ~(first & (one <= other).all(axis=2)).any(axis=0)
        return self.only(kept)


@dataclass(frozen=True, eq=False)
class Edge:
    """A tensor from one node to another.

    Attributes:
        source: number of the node that writes it.
        sink: number of the node that reads it.
        entry: which of the edges that enter there this is.
        written: the streams that may be written.
        read: the streams that may be read.
        joints: int64 [streams written, streams read, columns]: what joins the two.
    """

    source: int
    sink: int
    entry: int
    written: tuple[Stream, ...]
    read: tuple[Stream, ...]
    joints: Ints


@dataclass(frozen=True, eq=False)
class CostNetwork:
    """Nodes and edges.

    For each edge there is a variable, the stream that is read from it, and for each node one, the
    stream that it writes. Variables have numbers, those of edges first.

    Attributes:
        nodes: one a layer, in order.
        edges: in the order of the nodes and inputs that they enter; none from the host.
        scopes: the variables of each node, what it reads and then what it writes; then of each
            edge, what is written to it and what is read from it.
        elimination: of the variables.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    scopes: tuple[Scope, ...]
    elimination: Elimination

    @classmethod
    def of(cls, graph: Graph, options: Sequence[tuple[Option, ...]], family: Family) -> CostNetwork:
        """That of all layers' options."""
        made: dict[str, tuple[int, tuple[Stream, ...]]] = {}
        nodes: list[Node] = []
        edges: list[Edge] = []
        for number, (layer, own) in enumerate(zip(graph.layers, options, strict=True)):
            reads: list[Ints] = []
            for port, tensor in enumerate(layer.inputs):
                if tensor != graph.input:
                    source, written = made[tensor]
                    read, numbers = _numbered([option.sources[port] for option in own])
                    joints = _joints(written, read, family)
                    edges.append(Edge(source, number, len(reads), written, read, joints))
                    reads.append(numbers)
            sinks, writes = _numbered([option.sink for option in own])
            costs = [counted(option.resources, family, option.cycles) for option in own]
            every = Node(np.arange(len(own)), np.array(costs, np.int64), tuple(reads), writes)
            nodes.append(every.without_dominated())
            made[layer.output] = number, sinks
        scopes = _scopes(nodes, edges)
        return cls(tuple(nodes), tuple(edges), scopes, Elimination(scopes))

    @property
    def streams(self) -> list[Ints]:
        """The numbers of the streams that each variable can be, ascending."""
        read = [self.nodes[edge.sink].reads[edge.entry] for edge in self.edges]
        return [np.unique(numbers) for numbers in (*read, *(node.writes for node in self.nodes))]

    def within(self, cycles: int) -> CostNetwork | None:
        """Without options that take more cycles a frame; None where a layer has no other."""
        found = self.only([node.costs[:, CYCLES] <= cycles for node in self.nodes])
        return found if all(len(node.numbers) for node in found.nodes) else None

    def only(self, kept: Sequence[Bools]) -> CostNetwork:
        """With fewer options; ``kept`` says for each node which."""
        nodes = (node.only(own) for node, own in zip(self.nodes, kept, strict=True))
        return replace(self, nodes=tuple(nodes))

    def places(self, choice: Sequence[int]) -> list[int]:
        """Where a route's options are in the nodes."""
        found = zip(self.nodes, choice, strict=True)
        return [int(np.searchsorted(node.numbers, number)) for node, number in found]

    def route(self, choice: Sequence[int]) -> Route:
        """The route of one option a layer."""
        cost = np.zeros(len(COLUMNS), np.int64)
        for node, place in zip(self.nodes, self.places(choice), strict=True):
            cost += node.costs[place]
        for number, written, read in self.meetings(choice):
            cost += self.edges[number].joints[written, read]
        return Route(tuple(choice), cost)

    def meetings(self, choice: Sequence[int]) -> list[Meeting]:
        """Which streams meet on each edge."""
        places = self.places(choice)
        return [
            (
                number,
                int(self.nodes[edge.source].writes[places[edge.source]]),
                int(self.nodes[edge.sink].reads[edge.entry][places[edge.sink]]),
            )
            for number, edge in enumerate(self.edges)
        ]

    def with_more(self, costs: Mapping[int, Ints]) -> CostNetwork:
        """The same where edges cost more, int64 [streams written, streams read, columns]."""
        edges = list(self.edges)
        for number, more in costs.items():
            edges[number] = replace(edges[number], joints=edges[number].joints + more)
        return replace(self, edges=tuple(edges))


def _scopes(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[Scope, ...]:
    read: list[list[int]] = [[] for _ in nodes]
    for number, edge in enumerate(edges):
        read[edge.sink].append(number)
    written = range(len(edges), len(edges) + len(nodes))
    of_nodes = [(*own, sink) for own, sink in zip(read, written, strict=True)]
    return (*of_nodes, *((written[edge.source], number) for number, edge in enumerate(edges)))


def _numbered(streams: Sequence[Stream]) -> tuple[tuple[Stream, ...], Ints]:
    """The streams that there are, and for each of those given which of them it is."""
    numbers = {stream: number for number, stream in enumerate(dict.fromkeys(streams))}
    return tuple(numbers), np.array([numbers[stream] for stream in streams], np.int64)


def _joints(written: Sequence[Stream], read: Sequence[Stream], family: Family) -> Ints:
    table = np.zeros((len(written), len(read), len(COLUMNS)), np.int64)
    for i, source in enumerate(written):
        for k, sink in enumerate(read):
            joint = joint_between(source, sink, "")
            if joint is not None:
                table[i, k] = counted(joint.resources(family), family)
    return table
