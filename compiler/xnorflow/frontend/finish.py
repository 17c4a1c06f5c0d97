# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Averages and Softmax behind the last product's functions: the host does them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Literal

import numpy as np

from xnorflow.frontend.execute import execute
from xnorflow.frontend.images import image_shape, read_sweep
from xnorflow.frontend.operators import LAYOUT, PROBABILITIES
from xnorflow.ir.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.ir.graph import HostStep

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.network import Network
    from xnorflow.frontend.trace import Trace

__all__ = ["read_finish"]

_KINDS: dict[str, Literal["mean", "softmax", "log_softmax"]] = {
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
}


def read_finish(
    network: Network, trace: Trace
) -> tuple[tuple[HostStep, ...], tuple[Diagnostic, ...]]:
    """What the host does to the scores, and notes on what it leaves out.

    In front of a choice a Softmax is dropped: the largest score stays the largest.

    Raises:
        XnorflowError: averages of parts of an image, elements in another order, or a Softmax
            over several frames.
    """
    steps: list[HostStep] = []
    dropped: list[str] = []
    for is_layout, nodes in groupby(trace.finish, lambda node: node.op_type in LAYOUT):
        if is_layout:
            _check_order(network, [*nodes])
            continue
        for node in nodes:
            if node.op_type in PROBABILITIES and trace.choice is not None:
                dropped.append(node.name)
                continue
            shape, axes = _axes(network, node)
            steps.append(HostStep(_KINDS.get(node.op_type, "mean"), shape, axes))
    return tuple(steps), (_dropped(tuple(dropped)),) if dropped else ()


def _axes(network: Network, node: NodeProto) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A frame's shape in front of a node, and the axes of it that the node sums over."""
    shape = network.shape(node.input[0])
    if node.op_type not in PROBABILITIES:
        sweep = read_sweep(network, node)
        _, *image = image_shape(shape)
        if [*sweep.kernel] != image or any(sweep.pads) or sweep.positions(*image) != (1, 1):
            rule = f"must average all {image[0]}x{image[1]} pixels, not {[*sweep.kernel]} of them"
            hint = "end the network with GlobalAveragePool"
            raise _error(network, node, f"at the end {rule}", hint)
        return shape[1:], tuple(range(1, len(shape) - 1))
    axis = next((a.i for a in node.attribute if a.name == "axis"), None)
    coerces = _opset(network) < 13  # then all axes from this one on are one
    axis = (1 if coerces else -1) if axis is None else axis
    if not -len(shape) <= axis < len(shape) or shape[0] != 1 or axis % len(shape) == 0:
        rule = f"must act within a frame, not along axis {axis} of {list(shape)}"
        raise _error(network, node, rule, "use Softmax along the classes, axis 1")
    first = axis % len(shape) - 1
    return shape[1:], tuple(range(first, len(shape) - 1)) if coerces else (first,)


def _opset(network: Network) -> int:
    return next((int(o.version) for o in network.proto.opset_import if o.domain == ""), 1)


def _check_order(network: Network, nodes: list[NodeProto]) -> None:
    """Refuse layout changes that move elements, of which nothing is left to move as a rule."""
    shape = network.shape(nodes[0].input[0])
    numbers = np.arange(network.elements(nodes[0].input[0]), dtype=np.float64).reshape(shape)
    if (execute(network, nodes, numbers).ravel() != numbers.ravel()).any():
        rule = "must leave the order of the scores at the network's end, not change it"
        raise _error(network, nodes[0], rule, "end the network in front of it")


def _dropped(names: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        "softmax-dropped",
        "the Softmax in front of the choice is left out: the largest score stays the largest",
        "end the network with the choice alone: where float32 rounds two probabilities to one, "
        "the model may choose the other class",
        Origin(names),
        Severity.NOTE,
    )


def _error(network: Network, node: NodeProto, rule: str, hint: str) -> XnorflowError:
    origin = Origin(network.origin(node))
    return XnorflowError(Diagnostic("unsupported-op", f"{node.op_type} {rule}", hint, origin))
