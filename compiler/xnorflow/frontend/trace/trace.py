# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The walk from the input to the output: matrix products with chains of functions between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.names import printable
from xnorflow.frontend.trace.operators import AVERAGE, LAYOUT, MATRIX, PROBABILITIES, SCALAR, SELECT

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Network

__all__ = ["Choice", "Segment", "Trace", "beginning", "branches", "misplaced", "segments", "trace"]

_FINISH = AVERAGE | PROBABILITIES
"""What may stand behind the last product's functions, for the host to do."""


@dataclass(frozen=True, eq=False)
class Segment:
    """A matrix product and the functions applied to its result.

    Attributes:
        means: averages in front of it, and layout nodes after the first of them.
        matrix: the Conv, MatMul or Gemm.
        entry: name of the tensor that it multiplies.
        chain: scalar and layout nodes, MaxPools and Pads after it, in order.
        reader: the product that multiplies the chain's result, averaged or not; None at the
            network's end, and where a node follows that is not understood.
    """

    means: tuple[NodeProto, ...]
    matrix: NodeProto
    entry: str
    chain: tuple[NodeProto, ...]
    reader: NodeProto | None


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
    """A network as a chain.

    Attributes:
        head: nodes before the first matrix product and the averages in front of it.
        segments: matrix products in order, at least one.
        finish: averages and Softmax behind the last chain, with layout nodes after the first.
        choice: what picks the best class, if the model does.
        output: name of the output tensor.
    """

    head: tuple[NodeProto, ...]
    segments: tuple[Segment, ...]
    finish: tuple[NodeProto, ...]
    choice: Choice | None
    output: str

    @property
    def first_nodes(self) -> tuple[NodeProto, ...]:
        """The nodes that tell what enters: from the input up to and with the first product."""
        return (*self.head, *self.segments[0].means, self.segments[0].matrix)


def trace(network: Network) -> Trace:
    """Walk the network.

    Raises:
        XnorflowError: with all that ``misplaced`` finds.
    """
    faults = [*misplaced(network)]
    if faults:
        raise XnorflowError(*faults)
    found = segments(network)
    head, _ = _run(network, network.input)
    last, end = _run(network, found[-1].matrix.output[0])
    choice = None
    for node in network.readers(end):
        behind, _ = _run(network, node.output[-1])
        choice = Choice(node, end, behind)
    return Trace(
        head[: len(head) - len(found[0].means)],
        found,
        last[len(found[-1].chain) :],
        choice,
        _outputs(network)[0],
    )


def beginning(network: Network, broken: frozenset[str]) -> Trace | None:
    """The network up to its first product, where nothing ``broken`` is in front of that."""
    head, end = _run(network, network.input, broken)
    first = next(
        (s for s in segments(network, broken) if network.readers(end) == (s.matrix,)), None
    )
    if first is None:
        return None
    head = head[: len(head) - len(first.means)]
    if any(node.op_type in _FINISH for node in head):
        return None
    return Trace(head, (first,), (), None, "")


def segments(network: Network, broken: frozenset[str] = frozenset()) -> tuple[Segment, ...]:
    """Each product, with what follows it up to a fork, a join or a node called ``broken``."""
    found = []
    for node in network.nodes:
        moving = network.moving_inputs(node)
        if node.op_type not in MATRIX or node.name in broken or len(moving) != 1:
            continue
        nodes, end = _run(network, node.output[0], broken)
        chain = tuple(takewhile(lambda n: n.op_type not in _FINISH, nodes))
        readers = network.readers(end)
        is_read = len(readers) == 1 and readers[0].op_type in MATRIX
        reader = readers[0] if is_read else None
        found.append(Segment(_means(network, moving[0]), node, moving[0], chain, reader))
    return tuple(found)


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
        joins = len(network.moving_inputs(node)) > 1
        if node.op_type in MATRIX | SELECT or node.name in broken or joins:
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
    """What keeps the network from being a chain of products with functions between."""
    yield from _misplaced_ends(network)
    if all(network.producer(name) is None for name in network.outputs):
        return  # nothing is left of what does not reach an output
    yield from branches(network)
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
        if node.op_type in AVERAGE:
            yield from _misplaced_finish(network, node, MATRIX, _AVERAGE_RULE)
        elif node.op_type in PROBABILITIES:
            yield from _misplaced_finish(network, node, frozenset(), _SOFTMAX_RULE)


_AVERAGE_RULE = (
    "must be directly in front of a Conv, MatMul or Gemm, or at the end of the network, but for "
    "layout changes"
)
_AVERAGE_HINT = "average the bits behind a quantiser, and put the product behind the average"
_LAST_AVERAGE_HINT = "end the network with the average, and do the rest to its outputs"
_LINEAR = frozenset({"Add", "Sub", "Mul", "Div", "BatchNormalization"})
_SOFTMAX_RULE = "must be at the end of the network, but for layout changes and the choice"
_SOFTMAX_HINT = "leave it out where it is, or replace it by BatchNorm and a 1-bit quantiser"


def _misplaced_finish(
    network: Network, node: NodeProto, wanted: frozenset[str], rule: str
) -> Iterator[Diagnostic]:
    """A node that neither the product behind it nor the host can take over."""
    tensor = node.output[0]
    while len(readers := network.readers(tensor)) == 1:
        reader = readers[0]
        if reader.op_type in wanted | SELECT:
            return
        if reader.op_type not in _FINISH | LAYOUT:
            yield Diagnostic(
                "unsupported-op",
                f"{node.op_type} {rule}, not in front of {reader.op_type}",
                _hint_of_finish(network, node, reader, tensor),
                Origin((node.name,)),
            )
            return
        tensor = reader.output[0]


def _hint_of_finish(network: Network, node: NodeProto, reader: NodeProto, tensor: str) -> str:
    """What to do about an average or Softmax in front of a ``reader`` of ``tensor``."""
    if node.op_type in PROBABILITIES:
        return _SOFTMAX_HINT
    behind = dropwhile(lambda other: other.name != node.name, network.nodes)
    if reader.op_type not in SCALAR or any(other.op_type in MATRIX for other in behind):
        return _AVERAGE_HINT
    if reader.op_type not in _LINEAR or (reader.op_type == "Div" and reader.input[0] != tensor):
        return _LAST_AVERAGE_HINT
    return (
        f"put {reader.op_type} in front of the average, its constants [C, 1, 1] where they are one "
        "a channel: there it gives the same but for rounding"
    )


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


def branches(network: Network) -> Iterator[Diagnostic]:
    """All forks and joins in one Diagnostic."""
    outputs = _outputs(network)
    forks = []
    for tensor in (network.input, *(name for node in network.nodes for name in node.output)):
        readers = network.readers(tensor)
        if len(readers) > 1 or (readers and outputs == (tensor,)):
            forks.append((tensor, readers))
    joins = [node.name for node in network.nodes if len(network.moving_inputs(node)) > 1]
    if forks:
        tensor, readers = forks[0]
        source = network.producer(tensor)
        behind = "the input" if source is None else source.name
        nodes = [node.name for _, nodes in forks for node in nodes]
        yield _topology(
            "residual branches are not supported yet: the network must be a chain, "
            f"not {len(readers)} branches behind {behind}",
            tuple(dict.fromkeys([*nodes, *joins])),
            _BRANCH_HINT,
        )
    elif joins:
        rule = "the network must be a chain, not join two computed tensors"
        yield _topology(rule, tuple(joins), _BRANCH_HINT)


_BRANCH_HINT = "train without shortcuts, so that every layer reads the one in front of it alone"
_CHAIN_HINT = (
    "let the model be products with functions between, and the choice of the best at the end"
)


def _topology(rule: str, nodes: tuple[str, ...], hint: str = _CHAIN_HINT) -> Diagnostic:
    return Diagnostic("unsupported-topology", rule, hint, Origin(nodes))
