# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Averages and Softmax behind the last product's functions: the host does them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from math import prod
from typing import TYPE_CHECKING, Literal

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.frontend.evaluate.digits import units
from xnorflow.frontend.trace.execute import execute
from xnorflow.frontend.trace.images import image_shape, read_sweep
from xnorflow.frontend.trace.operators import LAYOUT, PROBABILITIES
from xnorflow.ir.host import HostOutput, HostStep

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Network
    from xnorflow.frontend.trace.trace import Trace

__all__ = ["read_finish", "rounding"]

_KINDS: dict[str, Literal["mean", "softmax", "log_softmax"]] = {
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
}


def read_finish(
    network: Network, trace: Trace
) -> tuple[tuple[HostStep, ...], tuple[Diagnostic, ...]]:
    """What the host does to the scores, and notes on what it leaves out.

    A Softmax over all scores is dropped where only a choice follows: the largest stays the largest.

    Raises:
        XnorflowError: averages of parts of an image, elements in another order, or a Softmax
            over several frames.
    """
    steps: list[HostStep] = []
    names: list[str] = []
    for is_layout, nodes in groupby(trace.finish, lambda node: node.op_type in LAYOUT):
        if is_layout:
            _check_order(network, [*nodes])
            continue
        for node in nodes:
            shape, axes = _axes(network, node)
            steps.append(HostStep(_KINDS.get(node.op_type, "mean"), shape, axes))
            names.append(node.name)
    kept = len(steps)
    while trace.choice is not None and kept and _keeps_largest(steps[kept - 1]):
        kept -= 1
    dropped = tuple(names[kept:])
    return tuple(steps[:kept]), (_dropped(dropped),) if dropped else ()


def rounding(
    host: HostOutput, dtype: np.dtype[np.floating], layer: str, names: tuple[str, ...]
) -> Iterator[Diagnostic]:
    """A note where the model rounds what the host's steps compute, so that it may choose another.

    Args:
        host: with its steps.
        dtype: in which the model computes.
        layer: neutral name of the last product.
        names: the user's nodes.
    """
    found = _rounded(host, dtype)
    if found is not None:
        what, hint = found
        yield Diagnostic(
            "inexact-sums",
            f"{layer}: the model {what}: where two results are equal or nearly so, it may choose "
            "either; the host computes them in float64",
            hint,
            Origin(names),
            Severity.NOTE,
        )


def _rounded(host: HostOutput, dtype: np.dtype[np.floating]) -> tuple[str, str] | None:
    """What the model computes with an error, and how it need not."""
    finest = host.table if isinstance(host.table, np.ndarray) else host.table.scale
    reach, unit = np.abs(host.ends).max(), units(finest).min()
    # Two digits to spare keep averages of different sums apart when the division rounds them.
    digits = np.finfo(dtype).nmant - 1
    probable = False
    for step in host.steps:
        count = prod(step.shape) // step.elements
        if step.kind != "mean":
            probable = True
        elif probable and count > 1:
            hint = "average the scores themselves, without Softmax"
            return "averages probabilities, which are rounded", hint
        elif count > 1 and reach * count > unit * 2.0**digits:
            hint = "let scores be multiples of a power of two (a Mul by 0.125, not 0.1)"
            return f"averages scores whose sums have more digits than {dtype.name}", hint
    if probable and host.top:
        hint = "choose by the scores themselves, without Softmax"
        return "chooses among probabilities of several groups, which are rounded", hint
    return None


def _keeps_largest(step: HostStep) -> bool:
    """Whether a step makes probabilities of all values of a frame."""
    alone = (size == 1 or axis in step.axes for axis, size in enumerate(step.shape))
    return step.kind != "mean" and all(alone)


def _axes(network: Network, node: NodeProto) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A frame's shape in front of a node, and the axes of it that the node sums over."""
    shape = network.shape(node.input[0])
    if node.op_type in PROBABILITIES:
        return _axes_of_softmax(network, node, shape)
    sweep = read_sweep(network, node)
    _, *image = image_shape(shape)
    if [*sweep.kernel] != image or any(sweep.pads) or sweep.positions(*image) != (1, 1):
        rule = f"must average all {image[0]}x{image[1]} pixels, not {[*sweep.kernel]} of them"
        hint = (
            "end the network with GlobalAveragePool, or in front of the average, and average its "
            "outputs yourself"
        )
        raise _error(network, node, f"at the end {rule}", hint)
    return shape[1:], tuple(range(1, len(shape) - 1))


def _axes_of_softmax(
    network: Network, node: NodeProto, shape: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    axis = next((a.i for a in node.attribute if a.name == "axis"), None)
    coerces = _opset(network) < 13  # then all axes from this one on are one
    axis = (1 if coerces else -1) if axis is None else axis
    frame = shape[1:] if shape[:1] == (1,) else shape
    first = axis % len(shape) - (len(shape) - len(frame))
    if not -len(shape) <= axis < len(shape) or first < 0:
        rule = f"must act within a frame, not along axis {axis} of {list(shape)}"
        raise _error(network, node, rule, "use Softmax along the classes, axis 1")
    return frame, tuple(range(first, len(frame))) if coerces else (first,)


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
