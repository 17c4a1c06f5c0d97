# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What becomes of each node of a model, or why nothing can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xnorflow.frontend.read.names import moving_nodes, printable
from xnorflow.frontend.trace.operators import (
    AVERAGE,
    LAYOUT,
    MATRIX,
    POOL,
    PROBABILITIES,
    SCALAR,
    SELECT,
    SLICE,
)

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.examine import Examined
    from xnorflow.frontend.read.network import Network
    from xnorflow.ir.graph import Graph

__all__ = ["NodeAccount", "account"]

_ROLES = (
    (MATRIX, "a product"),
    (POOL, "a pool"),
    (AVERAGE, "an average"),
    (PROBABILITIES, "done by the host"),
    (SELECT, "the choice of the best"),
    (LAYOUT, "the order of elements"),
    (SLICE | {"Split"}, "a range of channels"),
    (SCALAR, "into thresholds or tables"),
)
"""What operators become in general, where a fault keeps a network from becoming anything."""

_HOST = AVERAGE | PROBABILITIES | SELECT
"""What the host does where no layer does it."""


@dataclass(frozen=True)
class NodeAccount:
    """One node of the user's model.

    Attributes:
        node: its name.
        op: its operator.
        module: the PyTorch module that it comes from, or nothing.
        becomes: what it becomes.
        faults: codes of what is wrong with it.
    """

    node: str
    op: str
    module: str
    becomes: str
    faults: tuple[str, ...]


def account(found: Examined) -> tuple[NodeAccount, ...]:
    """All nodes, in the order of the file."""
    moving = {node.name for node in moving_nodes(found.model.graph)}
    layers: dict[str, list[str]] = {}
    for layer in found.graph.layers if found.graph is not None else ():
        for name in layer.origin.nodes:
            layers.setdefault(name, []).append(layer.name)
    faults: dict[str, list[str]] = {}
    for fault in found.faults:
        for name in fault.origin.nodes:
            faults.setdefault(name, []).append(fault.code)
    return tuple(
        NodeAccount(
            node.name,
            printable(node.op_type),
            found.modules.get(node.name, ""),
            _becomes(node, layers.get(node.name, []), node.name in moving, found),
            tuple(dict.fromkeys(faults.get(node.name, ()))),
        )
        for node in found.model.graph.node
    )


def _becomes(node: NodeProto, layers: list[str], moves: bool, found: Examined) -> str:
    if not moves:
        return f"constant of {', '.join(layers)}" if layers else "a constant"
    if layers:
        return ", ".join(layers)
    if found.graph is not None and found.network is not None:
        return _beside_layers(node, found.graph, found.network)
    return _role(node)


def _beside_layers(node: NodeProto, graph: Graph, network: Network) -> str:
    """What a node becomes that is in no layer of a network that compiles."""
    if node.name not in {kept.name for kept in network.nodes}:
        return "nothing: no output needs it"
    notes = [note for note in graph.notes if node.name in note.origin.nodes]
    if any(note.code == "softmax-dropped" for note in notes):
        return "left out"
    return "done by the host" if node.op_type in _HOST else _role(node)


def _role(node: NodeProto) -> str:
    return next((role for kinds, role in _ROLES if node.op_type in kinds), "-")
