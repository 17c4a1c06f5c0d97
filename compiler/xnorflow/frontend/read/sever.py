# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A graph without nodes that nothing may run, so that the rest can still be looked at."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto

__all__ = ["sever"]


def sever(model: ModelProto, bad: AbstractSet[str]) -> frozenset[str]:
    """Take nodes out of a model, in place.

    Where the file states the type of what a node made, that enters from outside. Elsewhere an
    Identity of the node's first operand takes its place, if there is that operand. What depends on
    its further outputs goes, and so does what depends on tensors that nobody makes.

    Args:
        model: the model.
        bad: names of nodes.

    Returns:
        The tensors that enter from outside beside the input.
    """
    graph = model.graph
    stated = _stated(graph)
    made = {tensor.name for tensor in (*graph.input, *graph.initializer)}
    lost = _missing(graph)
    entering: list[ValueInfoProto] = []
    kept: list[NodeProto] = []
    for node in graph.node:
        if node.name in bad:
            fresh = [name for name in node.output if name and name not in made]
            entering += [stated[name] for name in fresh if name in stated]
            unknown = [name for name in fresh if name not in stated]
            if unknown and unknown[0] == node.output[0] and _has_operand(node, lost):
                kept.append(_stand_in(node))
                unknown.pop(0)
            lost.update(unknown)
        elif lost & set(node.input):
            lost.update(node.output)
        else:
            kept.append(node)
        made.update(node.output)
    _rebuild(graph, kept, entering, lost)
    return frozenset(entry.name for entry in entering)


def _missing(graph: GraphProto) -> set[str]:
    """Tensors that nodes or the graph's end want and that nobody makes."""
    made = {tensor.name for tensor in (*graph.input, *graph.initializer)}
    made.update(name for node in graph.node for name in node.output)
    wanted = {name for node in graph.node for name in node.input if name}
    return (wanted | {tensor.name for tensor in graph.output}) - made


def _has_operand(node: NodeProto, lost: AbstractSet[str]) -> bool:
    return bool(node.input and node.input[0] and node.input[0] not in lost)


def _stand_in(node: NodeProto) -> NodeProto:
    found = node.__class__(op_type="Identity", name=node.name)
    found.input.append(node.input[0])
    found.output.append(node.output[0])
    return found


def _rebuild(
    graph: GraphProto,
    nodes: list[NodeProto],
    entering: list[ValueInfoProto],
    lost: AbstractSet[str],
) -> None:
    del graph.node[:]
    graph.node.extend(nodes)
    outputs = [tensor for tensor in graph.output if tensor.name not in lost]
    del graph.output[:]
    graph.output.extend(outputs)
    graph.input.extend(entering)


def _stated(graph: GraphProto) -> dict[str, ValueInfoProto]:
    """Tensors whose shape the file states, all sizes known but for the batch's."""
    found = {}
    for tensor in (*graph.value_info, *graph.output):
        kind = tensor.type.tensor_type
        if kind.HasField("shape") and kind.elem_type:
            sizes = [d.dim_value if d.HasField("dim_value") else 0 for d in kind.shape.dim]
            if sizes and min(sizes[1:], default=1) > 0:
                found[tensor.name] = tensor
    return found
