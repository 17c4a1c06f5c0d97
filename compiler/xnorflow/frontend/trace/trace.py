# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The walk from the input to the output: products, sums and averages, and functions between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.names import printable
from xnorflow.frontend.trace.operators import (
    AVERAGE,
    JOINS,
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
    "Choice",
    "Segment",
    "Trace",
    "beginning",
    "misjoined",
    "misplaced",
    "segments",
    "trace",
]

_FINISH = AVERAGE | PROBABILITIES
"""What may stand behind the last functions, for the host to do."""

_STORED = QUANTISERS | POOL | {"Pad"}
"""What makes values that are stored as they are; functions behind it may belong to what follows."""


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
    def nodes(self) -> tuple[NodeProto, ...]:
        """All its nodes, in order."""
        return (*self.means, *(() if self.source is None else (self.source,)), *self.chain)


@dataclass(frozen=True, eq=False)
class Choice:
    """The ArgMax or TopK at the end.

    Attributes:
        node: the node itself.
        entry: name of the scores.
        chain: what is done to the indices afterwards.
    """

    node: NodeProto
    entry: str
    chain: tuple[NodeProto, ...]


@dataclass(frozen=True, eq=False)
class Trace:
    """A network as segments.

    Attributes:
        segments: each behind those whose tensors it reads; the first is what enters, the last
            one's values leave.
        finish: averages and Softmax behind the last chain, with layout nodes after the first.
        choice: what picks the best class, if the model does.
        output: name of the output tensor.
    """

    segments: tuple[Segment, ...]
    finish: tuple[NodeProto, ...]
    choice: Choice | None
    output: str

    @property
    def head(self) -> Segment:
        """What enters."""
        return self.segments[0]

    @property
    def first_nodes(self) -> tuple[NodeProto, ...]:
        """The nodes that tell what enters: from the input up to and with what reads it first."""
        end = self.head.readers[:1]
        behind = next((s.nodes for s in self.segments if s.source in end and end), ())
        stop = behind.index(end[0]) + 1 if behind else 0
        return (*self.head.chain, *(behind[:stop] or end))


def trace(network: Network) -> Trace:
    """Walk the network.

    Raises:
        XnorflowError: with all that ``misplaced`` finds.
    """
    faults = [*misplaced(network)]
    if faults:
        raise XnorflowError(*faults)
    found = segments(network)
    ends = ((one, last) for one in found if (last := _finish(network, one.end)) is not None)
    tail, (finish, end) = next(ends)
    choice = None
    for node in network.readers(end):
        if node.op_type in SELECT:
            chain, _ = _run(network, node.output[-1])
            choice = Choice(node, end, chain)
    ordered = (*(s for s in found if s is not tail), tail)
    return Trace(ordered, finish, choice, _outputs(network)[0])


def beginning(network: Network, broken: frozenset[str]) -> Trace | None:
    """The network up to its first product, where nothing ``broken`` is in front of that."""
    found = segments(network, broken)
    if not found or found[0].source is not None:
        return None
    head, rest = found[0], found[1:]
    first = next((s for s in rest if s.is_product and s.entries == (head.end,)), None)
    if first is None or any(node.op_type in _FINISH for node in head.chain):
        return None
    return Trace((head, first), (), None, "")


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
        joins = [self._join(node) for node in sources if _joins(self._network, node)]
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
        if _finish(self._network, segment.end) is not None:
            return
        for node in self._network.readers(segment.end):
            ends = node.op_type in MATRIX | SELECT | PROBABILITIES
            known = node.name in self._broken or node.name in self._averaged
            if not (ends or known or _joins(self._network, node)):
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
            kept = max((i for i, n in enumerate(chain) if n.op_type in _STORED), default=-1)
            chain = chain[: kept + 1]
        end = str(chain[-1].output[0]) if chain else tensor
        return Segment(source, entries, means, chain, end, (), leaves=False)

    def _chain(self, tensor: str) -> tuple[NodeProto, ...]:
        """The nodes behind a tensor that are neither slices nor for the host to do."""
        nodes, _ = _run(self._network, tensor, self._broken)
        return tuple(takewhile(lambda node: node.op_type not in _FINISH | SLICE, nodes))

    def _slices(self, tensor: str) -> tuple[NodeProto, ...]:
        """The readers of a tensor, if they are slices alone."""
        readers = self._network.readers(tensor)
        known = (n.op_type in SLICE and n.name not in self._broken for n in readers)
        return readers if all(known) and tensor not in self._network.outputs else ()

    def _placed(self, segment: Segment) -> Segment:
        """A segment with what follows it."""
        found = self._network.readers(segment.end)
        readers = tuple(self._averaged.get(node.name, node) for node in found)
        leaves = _finish(self._network, segment.end) is not None
        return replace(segment, readers=readers, leaves=leaves)


def _joins(network: Network, node: NodeProto) -> bool:
    """Whether a node brings computed tensors together, be it one with itself."""
    if node.op_type == "Concat":
        return bool(network.moving_inputs(node))
    return len(network.moving_inputs(node)) > 1


def _finish(network: Network, tensor: str) -> tuple[tuple[NodeProto, ...], str] | None:
    """What the host does behind a tensor and where that ends; None where layers follow."""
    nodes, end = _run(network, tensor)
    chosen = any(node.op_type in SELECT for node in network.readers(end))
    ends = chosen or end in _outputs(network)
    if not ends or any(node.op_type not in _FINISH | LAYOUT for node in nodes):
        return None
    return None if nodes and nodes[0].op_type in LAYOUT else (nodes, end)


def _run(
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
        stops = node.op_type in MATRIX | SELECT or _joins(network, node)
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


def misplaced(network: Network) -> Iterator[Diagnostic]:
    """What keeps the network from being products, sums and averages with functions between."""
    yield from _misplaced_ends(network)
    if all(network.producer(name) is None for name in network.outputs):
        return  # nothing is left of what does not reach an output
    yield from misjoined(network)
    products = [i for i, node in enumerate(network.nodes) if node.op_type in MATRIX]
    if not products:
        yield _topology("the network must have at least one Conv, MatMul or Gemm, not none", ())
    choices = [i for i, node in enumerate(network.nodes) if node.op_type in SELECT]
    for i in choices:
        if products and i < products[-1]:
            node = network.nodes[i]
            rule = f"{node.op_type} must come after the last Conv, MatMul or Gemm, not before"
            yield _topology(rule, (node.name,))
    for i in choices[1:]:
        node = network.nodes[i]
        yield _topology(f"{node.op_type} must be the only choice of classes", (node.name,))
    for node in network.nodes:
        if node.op_type in PROBABILITIES:
            yield from _misplaced_softmax(network, node)
        elif node.op_type in SELECT:
            yield from _misplaced_choice(network, node)


_SOFTMAX_RULE = "must be at the end of the network, but for layout changes and the choice"
_SOFTMAX_HINT = "leave it out where it is, or replace it by BatchNorm and a 1-bit quantiser"


def _misplaced_softmax(network: Network, node: NodeProto) -> Iterator[Diagnostic]:
    """A Softmax that the host cannot take over."""
    tensor = node.output[0]
    while readers := network.readers(tensor):
        reader = readers[0]
        if len(readers) == 1 and reader.op_type in SELECT:
            return
        if len(readers) > 1 or reader.op_type not in _FINISH | LAYOUT:
            kinds = " and ".join(dict.fromkeys(other.op_type for other in readers))
            rule = f"{node.op_type} {_SOFTMAX_RULE}, not in front of {kinds}"
            yield Diagnostic("unsupported-op", rule, _SOFTMAX_HINT, Origin((node.name,)))
            return
        tensor = reader.output[0]


def _misplaced_choice(network: Network, node: NodeProto) -> Iterator[Diagnostic]:
    """A choice whose classes are joined with something else."""
    if node.op_type == "TopK" and len(_outputs(network)) > 1:
        return
    _, tensor = _run(network, node.output[-1])
    for reader in network.readers(tensor):
        if _joins(network, reader):
            rule = (
                f"{node.op_type} must be the end of the network, not in front of {reader.op_type}"
            )
            yield _topology(rule, (node.name,))
            return


def _misplaced_ends(network: Network) -> Iterator[Diagnostic]:
    outputs = network.outputs
    topk = next((n for n in network.nodes if n.op_type == "TopK"), None)
    if topk is not None and set(outputs) == set(topk.output):
        return
    if topk is not None and (network.readers(topk.output[0]) or topk.output[0] in outputs):
        rule = "TopK must give the indices alone, not its values"
        yield _topology(rule, (topk.name,), "make the indices of TopK the model's output")
    elif len(outputs) != 1:
        names = ", ".join(map(printable, outputs))
        yield Diagnostic(
            "several-outputs",
            f"the model must have exactly one output, not {len(outputs)}: {names}",
            "export the part of the network from one input to one output",
        )
    elif network.producer(outputs[0]) is None:
        yield _topology("the output must be computed from the input, not be a constant", ())


def _outputs(network: Network) -> tuple[str, ...]:
    """Names of the outputs; of TopK's two, the indices alone."""
    topk = next((n for n in network.nodes if n.op_type == "TopK"), None)
    if topk is not None and set(network.outputs) == set(topk.output):
        return (str(topk.output[1]),)
    return network.outputs


def misjoined(network: Network) -> Iterator[Diagnostic]:
    """Nodes that bring computed tensors together in a way that is not supported."""
    for node in network.nodes:
        moving = {*network.moving_inputs(node)}
        if _joins(network, node) and node.op_type not in JOINS:
            rule = f"{node.op_type} must have one computed operand and constants, not several"
            yield _topology(rule, (node.name,), _JOIN_HINT)
        elif node.op_type == "Concat" and moving and moving < {*node.input}:
            rule = "Concat must join computed tensors alone, not constants"
            yield _topology(rule, (node.name,), _JOIN_HINT)
    readers = [node for name in _outputs(network) for node in network.readers(name)]
    if readers and len(_outputs(network)) == 1:
        rule = f"the output must not be read by other nodes, as by {readers[0].name}"
        names = tuple(node.name for node in readers)
        yield _topology(rule, names, "end the network there, or make what is behind the output")


_JOIN_HINT = "join computed tensors by Add or Concat along the channels alone"
_CHAIN_HINT = (
    "let the model be products with functions between, and the choice of the best at the end"
)


def _topology(rule: str, nodes: tuple[str, ...], hint: str = _CHAIN_HINT) -> Diagnostic:
    return Diagnostic("unsupported-topology", rule, hint, Origin(nodes))
