# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A network from input to output: segments, the host's part, and what cannot be followed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.names import printable
from xnorflow.frontend.trace.operators import (
    JOINS,
    LAYOUT,
    MATRIX,
    PROBABILITIES,
    SELECT,
    SLICE,
)
from xnorflow.frontend.trace.segments import (
    FINISH,
    Segment,
    follow,
    is_join,
    left_to_host,
    output_names,
    segments,
)

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Network

__all__ = [
    "Choice",
    "Trace",
    "beginning",
    "misjoined",
    "misplaced",
    "trace",
]


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
        part = next((s for s in self.segments if s.sliced and s.chain[:1] == end), None)
        if part is not None:
            return (*self.head.chain, *part.chain, *part.readers[:1])
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
    ends = ((one, last) for one in found if (last := left_to_host(network, one.end)) is not None)
    tail, (finish, end) = next(ends)
    choice = None
    for node in network.readers(end):
        if node.op_type in SELECT:
            chain, _ = follow(network, node.output[-1])
            choice = Choice(node, end, chain)
    ordered = (*(s for s in found if s is not tail), tail)
    return Trace(ordered, finish, choice, output_names(network)[0])


def beginning(network: Network, broken: frozenset[str]) -> Trace | None:
    """The network up to its first product, where nothing ``broken`` is in front of that."""
    found = segments(network, broken)
    if not found or found[0].source is not None:
        return None
    head, rest = found[0], found[1:]
    first = next((s for s in rest if s.is_product and s.entries == (head.end,)), None)
    if first is None or any(node.op_type in FINISH for node in head.chain):
        return None
    return Trace((head, first), (), None, "")


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
        if len(readers) > 1 or reader.op_type not in FINISH | LAYOUT:
            kinds = " and ".join(dict.fromkeys(other.op_type for other in readers))
            rule = f"{node.op_type} {_SOFTMAX_RULE}, not in front of {kinds}"
            yield Diagnostic("unsupported-op", rule, _SOFTMAX_HINT, Origin((node.name,)))
            return
        tensor = reader.output[0]


def _misplaced_choice(network: Network, node: NodeProto) -> Iterator[Diagnostic]:
    """A choice whose classes are joined with something else."""
    if node.op_type == "TopK" and len(output_names(network)) > 1:
        return
    nodes, tensor = follow(network, node.output[-1])
    for reader in (*nodes, *network.readers(tensor)):
        if reader.op_type in SLICE or is_join(network, reader):
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


def misjoined(network: Network) -> Iterator[Diagnostic]:
    """Nodes that bring computed tensors together in a way that is not supported."""
    for node in network.nodes:
        moving = {*network.moving_inputs(node)}
        if node.op_type in SLICE | {"Split"} and network.elements(node.output[0]) < 1:
            continue  # told of its shape
        if is_join(network, node) and node.op_type not in JOINS:
            rule = f"{node.op_type} must have one computed operand and constants, not several"
            yield _topology(rule, (node.name,), _JOIN_HINT)
        elif node.op_type == "Concat" and moving and moving < {*node.input}:
            rule = "Concat must join computed tensors alone, not constants"
            yield _topology(rule, (node.name,), _JOIN_HINT)
    readers = [node for name in output_names(network) for node in network.readers(name)]
    if readers and len(output_names(network)) == 1:
        rule = f"the output must not be read by other nodes, as by {readers[0].name}"
        names = tuple(node.name for node in readers)
        yield _topology(rule, names, "end the network there, or make what is behind the output")


_JOIN_HINT = "join computed tensors by Add or Concat along the channels alone"
_CHAIN_HINT = (
    "let the model be products with functions between, and the choice of the best at the end"
)


def _topology(rule: str, nodes: tuple[str, ...], hint: str = _CHAIN_HINT) -> Diagnostic:
    return Diagnostic("unsupported-topology", rule, hint, Origin(nodes))
