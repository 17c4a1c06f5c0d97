# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Lowering: the traced network becomes integer layers, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xnorflow.frontend.chain import Chain, inverse
from xnorflow.frontend.coding import Coding
from xnorflow.frontend.head import Head, lower_head
from xnorflow.frontend.survey import survey
from xnorflow.frontend.switching import Switching, observe
from xnorflow.frontend.tail import Tail, lower_tail
from xnorflow.frontend.trace import Trace, trace
from xnorflow.frontend.weights import Matrix, read_matrix
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.ir.graph import Graph, ModelInfo
from xnorflow.ir.layer import Dense, Layer, Op, Quantize
from xnorflow.ir.ranges import dot_range
from xnorflow.ir.types import BINARY, TensorType, ValueType, bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.network import Network

__all__ = ["lower"]


def lower(network: Network, model: ModelInfo, input_scale: float) -> Graph:
    """The integer network that computes what the model computes.

    Raises:
        XnorflowError: with all faults found: topology, weights, activations.
    """
    path = trace(network)
    head, matrices = _read(network, path, input_scale)
    stages = _Stages(TensorType((len(head.columns),), head.in_type))
    stages.add("quantize0", head.quantize, head.coding.value, network.origin(*path.head))
    coding, columns, notes = head.coding, head.columns, list(head.notes)
    for index, matrix in enumerate(matrices[:-1]):
        layer = _hidden(network, path, index, matrix.with_columns(columns), coding)
        stages.add(layer.layer, layer.dense(), BINARY, layer.names)
        coding, columns = layer.levels, inverse(layer.chain.source)
        notes += layer.notes()
    name = f"dense{len(matrices) - 1}"
    tail = lower_tail(network, path, matrices[-1].with_columns(columns), coding, name)
    stages.end(name, tail, coding, network, path)
    return Graph(
        model,
        stages.tensors,
        tuple(stages.layers),
        "input",
        stages.tensor,
        head.host,
        tail.host,
        (*notes, *tail.notes),
    )


def _read(network: Network, path: Trace, input_scale: float) -> tuple[Head, list[Matrix]]:
    """The head and all products, or all their faults at once."""
    faults: list[Diagnostic] = []
    head, matrices, reach = None, list[Matrix](), 1.0
    try:
        head = lower_head(network, path, input_scale)
        levels = (head.coding.value.low, head.coding.value.high, 1)
        reach = abs(head.coding.middle) + abs(head.coding.step) * max(map(abs, levels))
    except XnorflowError as error:
        faults += error.diagnostics
    for segment in path.segments:
        try:
            matrices.append(read_matrix(network, segment))
        except XnorflowError as error:
            faults += error.diagnostics
    if head is None or faults:
        raise XnorflowError(*faults, *survey(network, path.segments[:-1], reach))
    return head, matrices


def _hidden(network: Network, path: Trace, index: int, matrix: Matrix, coding: Coding) -> Switching:
    segment = path.segments[index]
    names = network.origin(segment.matrix, *segment.chain)
    chain = Chain(network, segment.chain, segment.matrix.output[0])
    outcomes = observe(matrix, coding, chain, names)
    layer = Switching(matrix, coding, chain, outcomes, f"dense{index}", names)
    try:
        layer.check()
    except XnorflowError as error:
        reach = max(map(abs, outcomes.levels))
        rest = survey(network, path.segments[index + 1 : -1], reach)
        raise XnorflowError(*error.diagnostics, *rest) from error
    return layer


class _Stages:
    """Layers in a row, each reading the tensor of the one before."""

    def __init__(self, first: TensorType) -> None:
        self.tensor = "input"
        self.tensors = {"input": first}
        self.layers: list[Layer] = []

    def add(self, name: str, op: Op, value: ValueType, nodes: tuple[str, ...]) -> None:
        """Append a layer whose outputs have type ``value``; ``nodes`` are the user's."""
        before = self.tensors[self.tensor]
        after = TensorType((_outputs(op, before),), value)
        made = f"{name}_out"
        origin = Origin(nodes)
        self.layers.append(Layer(name, op, (self.tensor,), made, before, after, origin))
        self.tensors[made] = after
        self.tensor = made

    def end(self, name: str, tail: Tail, coding: Coding, network: Network, path: Trace) -> None:
        """Append the last product and the choice behind it."""
        segment = path.segments[-1]
        dots = dot_range(tail.dense.weights.shape[1], coding.value)
        raw = bits_for_range(dots[0], dots[-1])
        value = raw if tail.dense.thresholds is None else BINARY
        self.add(name, tail.dense, value, network.origin(segment.matrix, *segment.chain))
        if tail.argmax is not None and path.choice is not None:
            classes = bits_for_range(0, len(tail.argmax.offsets) - 1)
            nodes = network.origin(path.choice.node, *path.choice.chain)
            self.add("argmax0", tail.argmax, classes, nodes)


def _outputs(op: Op, before: TensorType) -> int:
    if isinstance(op, Quantize):
        return before.elements
    return op.weights.shape[0] if isinstance(op, Dense) else 1
