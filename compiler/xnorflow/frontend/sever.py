# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A graph without nodes that nothing may run, so that the rest can still be looked at."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, ValueInfoProto

__all__ = ["sever"]


def sever(model: ModelProto, bad: AbstractSet[str]) -> frozenset[str]:
    """Take nodes out of a model, in place.

    Where the file states the type of what a node made, that enters from outside. Elsewhere an
    Identity of the node's first operand takes its place. What depends on its further outputs goes.

    Args:
        model: the model.
        bad: names of nodes.

    Returns:
        The tensors that enter from outside beside the input.
    """
    from onnx import NodeProto

    graph = model.graph
    stated = _stated(graph)
    entering: list[ValueInfoProto] = []
    lost: set[str] = set()
    kept: list[NodeProto] = []
    for node in graph.node:
        if lost & set(node.input):
            lost.update(node.output)
        elif node.name not in bad:
            kept.append(node)
        else:
            found = [stated[name] for name in node.output if name in stated]
            entering += found
            unknown = [name for name in node.output if name and name not in stated]
            if unknown and unknown[0] == node.output[0] and node.input and node.input[0]:
                stand_in = NodeProto(op_type="Identity", name=node.name)
                stand_in.input.append(node.input[0])
                stand_in.output.append(unknown.pop(0))
                kept.append(stand_in)
            lost.update(unknown)
    del graph.node[:]
    graph.node.extend(kept)
    outputs = [tensor for tensor in graph.output if tensor.name not in lost]
    del graph.output[:]
    graph.output.extend(outputs)
    graph.input.extend(entering)
    return frozenset(entry.name for entry in entering)


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
