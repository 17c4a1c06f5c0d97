# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Segments of a network: what makes values, and functions of them up to where they are stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from xnorflow.frontend.trace.operators import (
    AVERAGE,
    LAYOUT,
    MATRIX,
    POOL,
    PROBABILITIES,
    QUANTISERS,
    SELECT,
    SLICE,
)

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Network

__all__ = [
    "FINISH",
    "Segment",
    "follow",
    "is_join",
    "is_sliced",
    "left_to_host",
    "output_names",
    "segments",
    "sum_of",
]

FINISH = AVERAGE | PROBABILITIES
"""What may stand behind the last functions, for the host to do."""

_COMPARISONS = frozenset({"Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Not"})
_STORED = QUANTISERS | _COMPARISONS | POOL | {"Pad", "Round", "Floor", "Ceil"}
"""What makes values that can be stored; functions behind it may be those of what follows."""

_AFFINE = frozenset({"Add", "Sub", "Mul", "Div", "Neg", "Where", "Cast"})
"""What leaves equal steps, or two levels, where its constants are single numbers."""


@dataclass(frozen=True, eq=False)
class Segment:
    """What makes values of tensors that are stored, and the functions applied to them.

    Attributes:
        source: a product, a sum or concatenation of computed tensors, or an average; None where
            the values are those of the entry itself.
        entries: names of the tensors that it reads; none for what enters the network.
        means: averages that a product's operand passes, and layout nodes after the first of them.
        chain: scalar and layout nodes, MaxPools and Pads, in order, and a Slice of the entry at
            most, with scalar and layout nodes in front.
        end: name of the tensor behind them.
        readers: the nodes that read it, but for averages that a product takes over.
        leaves: whether its values leave, but for what the host does to them and a choice.
    """

    source: NodeProto | None
    entries: tuple[str, ...]
    means: tuple[NodeProto, ...]
    chain: tuple[NodeProto, ...]
    end: str
    readers: tuple[NodeProto, ...]
    leaves: bool

    @property
    def is_product(self) -> bool:
        """Whether a Conv, MatMul or Gemm makes its values."""
        return self.source is not None and self.source.op_type in MATRIX

    @property
    def product(self) -> NodeProto:
        """The Conv, MatMul or Gemm."""
        assert self.source is not None, "only a product has weights"
        return self.source

    @property
    def sliced(self) -> tuple[NodeProto, ...]:
        """The nodes of its chain up to a Slice and with it, if there is one."""
        place = next((i for i, node in enumerate(self.chain) if node.op_type in SLICE), -1)
        return self.chain[: place + 1]

    @property
    def begin(self) -> str:
        """Name of the tensor that its functions begin with."""
        return self.entries[0] if self.source is None else str(self.source.output[0])

    @property
    def nodes(self) -> tuple[NodeProto, ...]:
        """All its nodes, in order."""
        return (*self.means, *(() if self.source is None else (self.source,)), *self.chain)


def segments(network: Network, broken: frozenset[str] = frozenset()) -> tuple[Segment, ...]:
    """All segments in working order; they end before nodes called ``broken``."""
    return _Walk(network, broken).segments()


class _Walk:
    """Finds the segments of a network."""

    def __init__(self, network: Network, broken: frozenset[str]) -> None:
        self._network, self._broken = network, broken
        self._place = {node.name: number for number, node in enumerate(network.nodes)}
        self._averaged: dict[str, NodeProto] = {}
        """By name of an average that a product takes over: the product."""

    def segments(self) -> tuple[Segment, ...]:
        sources = [n for n in self._network.nodes if n.name not in self._broken]
        products = [self._product(node) for node in sources if self._is_product(node)]
        joins = [self._join(node) for node in sources if is_join(self._network, node)]
        found = [self._from(None, (), self._network.input), *products, *joins]
        for segment in found:  # which grows
            found += (self._behind(segment, nodes) for nodes in self._copied(segment))
        ordered = sorted(found, key=lambda s: self._place[s.nodes[0].name] if s.entries else -1)
        return tuple(self._placed(segment) for segment in ordered)

    def _is_product(self, node: NodeProto) -> bool:
        return node.op_type in MATRIX and len(self._network.moving_inputs(node)) == 1

    def _product(self, node: NodeProto) -> Segment:
        (entry,) = self._network.moving_inputs(node)
        means = _means(self._network, entry)
        self._averaged |= {mean.name: node for mean in means}
        entry = self._network.moving_inputs(means[0])[0] if means else entry
        return self._from(node, (entry,), node.output[0], means)

    def _join(self, node: NodeProto) -> Segment:
        moving = self._network.moving_inputs(node)
        entries = tuple(name for name in node.input if name in moving)
        return self._from(node, entries, node.output[0])

    def _copied(self, segment: Segment) -> Iterator[tuple[NodeProto, ...]]:
        """The nodes that begin each segment behind the end of one."""
        if left_to_host(self._network, segment.end) is not None:
            return
        for node in self._network.readers(segment.end):
            ends = node.op_type in MATRIX | SELECT | PROBABILITIES
            known = node.name in self._broken or node.name in self._averaged
            if not (ends or known or is_join(self._network, node)):
                yield from self._beginnings(node)

    def _beginnings(self, node: NodeProto) -> Iterator[tuple[NodeProto, ...]]:
        """A reader of a stored tensor; or what leads from there to each of some slices."""
        functions = (node, *self._chain(node.output[0]))
        slices = self._slices(str(functions[-1].output[0]))
        if slices and not any(n.op_type in _STORED | AVERAGE | SLICE for n in functions):
            yield from ((*functions, slice_) for slice_ in slices)
        else:
            yield (node,)

    def _behind(self, segment: Segment, nodes: tuple[NodeProto, ...]) -> Segment:
        """The segment that these nodes begin, behind the end of one."""
        if nodes[0].op_type in AVERAGE:
            return self._from(nodes[0], (segment.end,), nodes[0].output[0])
        rest = self._from(None, (segment.end,), nodes[-1].output[0])
        return replace(rest, chain=(*nodes, *rest.chain))

    def _from(
        self,
        source: NodeProto | None,
        entries: tuple[str, ...],
        tensor: str,
        means: tuple[NodeProto, ...] = (),
    ) -> Segment:
        """The segment of a source that makes a tensor, with what follows.

        In front of slices alone it ends where values are stored: functions of them are evaluated
        for each slice, which has channels that other functions follow.
        """
        chain = self._chain(tensor)
        if self._slices(str(chain[-1].output[0]) if chain else tensor):
            chain = self._stored(chain)
        end = str(chain[-1].output[0]) if chain else tensor
        return Segment(source, entries, means, chain, end, (), leaves=False)

    def _chain(self, tensor: str) -> tuple[NodeProto, ...]:
        """The nodes behind a tensor that are neither slices nor for the host to do."""
        nodes, _ = follow(self._network, tensor, self._broken)
        return tuple(takewhile(lambda node: node.op_type not in FINISH | SLICE, nodes))

    def _stored(self, chain: tuple[NodeProto, ...]) -> tuple[NodeProto, ...]:
        """A chain up to the last values that can be stored, or none of it."""
        places = [i for i, node in enumerate(chain) if node.op_type in _STORED]
        if not places:
            return ()
        rest = takewhile(self._is_affine, chain[places[-1] + 1 :])
        return (*chain[: places[-1] + 1], *rest)

    def _is_affine(self, node: NodeProto) -> bool:
        constants = self._network.constants
        single = all(constants[name].size == 1 for name in node.input if name in constants)
        inverse = node.op_type == "Div" and node.input[0] in constants
        return node.op_type in _AFFINE and single and not inverse

    def _slices(self, tensor: str) -> tuple[NodeProto, ...]:
        """The readers of a tensor, if they are slices alone."""
        readers = self._network.readers(tensor)
        known = (n.op_type in SLICE and n.name not in self._broken for n in readers)
        return readers if all(known) and tensor not in self._network.outputs else ()

    def _placed(self, segment: Segment) -> Segment:
        """A segment with what follows it."""
        found = self._network.readers(segment.end)
        readers = tuple(self._averaged.get(node.name, node) for node in found)
        leaves = left_to_host(self._network, segment.end) is not None
        return replace(segment, readers=readers, leaves=leaves)


def is_join(network: Network, node: NodeProto) -> bool:
    """Whether a node brings computed tensors together, be it one with itself."""
    if node.op_type == "Concat":
        return bool(network.moving_inputs(node))
    return len(network.moving_inputs(node)) > 1


def left_to_host(network: Network, tensor: str) -> tuple[tuple[NodeProto, ...], str] | None:
    """What the host does behind a tensor and where that ends; None where layers follow."""
    nodes, end = follow(network, tensor)
    chosen = any(node.op_type in SELECT for node in network.readers(end))
    ends = chosen or end in output_names(network)
    if not ends or any(node.op_type not in FINISH | LAYOUT for node in nodes):
        return None
    return None if nodes and nodes[0].op_type in LAYOUT else (nodes, end)


def is_sliced(segment: Segment, others: Sequence[Segment]) -> bool:
    """Whether the end of a segment is read for slices of functions of it, and not as it is."""
    firsts = [s.chain[0] for s in others if s.sliced and s.entries == (segment.end,)]
    return bool(firsts) and all(node in firsts for node in segment.readers)


def sum_of(segment: Segment, others: Sequence[Segment]) -> Segment | None:
    """The sum that alone reads a product's results, if nobody quantises these in front."""
    kinds = {node.op_type for node in segment.chain}
    if kinds & (QUANTISERS | POOL | {"Pad"}) or len(segment.readers) != 1:
        return None
    (node,) = segment.readers
    join = next((s for s in others if s.source is node and len({*s.entries}) == 2), None)
    return join if node.op_type == "Add" else None


def follow(
    network: Network, tensor: str, broken: frozenset[str] = frozenset()
) -> tuple[tuple[NodeProto, ...], str]:
    """Nodes behind a tensor, each the only reader of what is in front of it, and the last tensor.

    They end before a product, a choice, a join, and what is ``broken``.
    """
    nodes: list[NodeProto] = []
    while True:
        readers = network.readers(tensor)
        if len(readers) != 1 or tensor in network.outputs:
            return tuple(nodes), tensor
        node = readers[0]
        stops = node.op_type in MATRIX | SELECT or is_join(network, node)
        if stops or node.name in broken:
            return tuple(nodes), tensor
        nodes.append(node)
        tensor = node.output[0]


def _means(network: Network, tensor: str) -> tuple[NodeProto, ...]:
    """The averages that make a product's operand, and layout nodes after the first of them."""
    nodes: list[NodeProto] = []
    while True:
        node = network.producer(tensor)
        if node is None or node.op_type not in AVERAGE | LAYOUT or len(network.readers(tensor)) > 1:
            break
        nodes.insert(0, node)
        tensor = network.moving_inputs(node)[0]
    return tuple(dropwhile(lambda n: n.op_type not in AVERAGE, nodes))


def output_names(network: Network) -> tuple[str, ...]:
    """Names of the outputs; of TopK's two, the indices alone."""
    topk = next((n for n in network.nodes if n.op_type == "TopK"), None)
    if topk is not None and set(network.outputs) == set(topk.output):
        return (str(topk.output[1]),)
    return network.outputs
