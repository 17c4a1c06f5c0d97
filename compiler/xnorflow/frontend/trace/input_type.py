# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What enters the network: said by the user, read off the graph, or else assumed and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.names import printable
from xnorflow.frontend.read.network import is_plain
from xnorflow.frontend.trace.operators import IMAGE, LAYOUT, MATRIX, SLICE
from xnorflow.ir.input_spec import MAX_INPUT_BITS, InputSpec, InputType
from xnorflow.ir.types import BIPOLAR, ValueType

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Network

__all__ = ["Entry", "read_input"]

_PIXELS = InputType(ValueType(8))
_BIPOLAR = InputType(BIPOLAR, (-1, 1))
_STILL = LAYOUT | SLICE | {"Dropout"}
_PIXELS_ASSUMED = "assumed to be pixels"
_STEP_ASSUMED = "assumed"


@dataclass(frozen=True)
class Entry:
    """The input's type, and what its integers are worth.

    Attributes:
        type: of the stored integers.
        scale: what one step of them is worth to the graph.
        known_by: how they are known.
        assumed: whether type or scale is neither given by the user nor stated by the graph.
        channel_axis: the axis of a frame that has a mean or deviation for each place, if any has.
    """

    type: InputType
    scale: float
    known_by: str
    assumed: bool
    channel_axis: int = 0


def read_input(network: Network, nodes: Sequence[NodeProto], given: InputSpec) -> Entry:
    """What the user gives, else what the graph states, else pixels.

    Args:
        network: the model.
        nodes: from the input up to and with the first product.
        given: by the user.

    Raises:
        XnorflowError: ``input-type``: the graph's own is not supported; ``input-transform``: there
            are more means than one, and not as many as channels.
    """
    axis = _channel_axis(network, nodes, given)
    stated = _stated(network, nodes, given.type is None)
    kind = given.type or (_PIXELS if stated is None else stated.type)
    found = stated if stated is not None and stated.type == kind else None
    scale = given.scale or (1.0 if found is None else found.scale)
    type_by = "given" if given.type else found.known_by if found else _PIXELS_ASSUMED
    # Levels are values: one step of them is 1 unless something else is said.
    step_by = "given" if given.scale or kind.levels else found.known_by if found else _STEP_ASSUMED
    if given.type is None and given.scale is None:
        known_by = type_by
    else:
        known_by = "given" if type_by == step_by else f"type {type_by}, step {step_by}"
    assumed = type_by == _PIXELS_ASSUMED or step_by == _STEP_ASSUMED
    return Entry(kind, scale, known_by, assumed, axis)


def _stated(network: Network, nodes: Sequence[NodeProto], required: bool) -> Entry | None:
    """What the graph itself states, if anything.

    Raises:
        XnorflowError: that is a type which is not supported, where ``required``.
    """
    name = _named(network)
    kind = InputType.named(name) if name else None
    if kind is not None:
        return Entry(kind, 1.0, "stated by the model", assumed=False)
    if name and required:
        raise _unsupported(network, name)
    first = next(node for node in nodes if node is nodes[-1] or node.op_type not in _STILL)
    if first.op_type in MATRIX | {"BipolarQuant", "Sign"}:
        verb = "multiplies" if first.op_type in MATRIX else "reads"
        return Entry(_BIPOLAR, 1.0, f"{first.name} {verb} it as it is", assumed=False)
    return _grid(network, first)


def _grid(network: Network, node: NodeProto) -> Entry | None:
    """The integers that a Quant lets through as they are, and their step; None for all others."""
    if node.op_type not in ("Quant", "IntQuant") or len(node.input) < 4:
        return None
    found = [network.constants.get(name) for name in node.input[1:4]]
    numbers = [float(c.ravel()[0]) for c in found if c is not None and c.size == 1]
    if len(numbers) != 3 or not all(map(isfinite, numbers)):
        return None
    scale, zero_point, bits = numbers
    signed = next((a.i for a in node.attribute if a.name == "signed"), 1)
    if zero_point != 0 or scale <= 0 or bits < 2:
        return None
    kind = InputType.named(f"{'' if signed else 'u'}int{bits:g}")
    return None if kind is None else Entry(kind, scale, f"the integers of {node.name}", False)


def _named(network: Network) -> str:
    """The type that the model states for its input, or nothing."""
    name, dtype = network.annotation(network.input), network.dtype(network.input)
    if not is_plain(dtype):
        return str(dtype)
    if name and name != "FLOAT32":
        return name
    return {"int8": "INT8", "uint8": "UINT8", "bool": "BINARY"}.get(dtype.name, "")


def _channel_axis(network: Network, nodes: Sequence[NodeProto], given: InputSpec) -> int:
    """The axis of a frame that has a mean or deviation for each place; 0 if none has.

    Raises:
        XnorflowError: ``input-transform``: no axis has so many channels, or integers enter.
    """
    shape = network.shape(network.input)[1:]
    axes = _channel_axes(network, nodes)
    count = max(len(given.mean), len(given.std))
    found = next((axis for axis in axes if count < 2 or shape[axis] == count), None)
    if found is None:
        what = "mean" if len(given.mean) == count else "standard deviation"
        raise _unfit_transform(
            network,
            f"the input must have one {what}, or one a channel of {list(shape)}, not {count}",
            "give as many numbers as the image has channels, or a single one",
        )
    dtype = network.dtype(network.input)
    if count and np.dtype(dtype).kind != "f":
        raise _unfit_transform(
            network,
            f"the model must take floats where mean and deviation are given, not {dtype}",
            "leave --input-mean and --input-std out, or export the model with a float input",
        )
    return found


def _channel_axes(network: Network, nodes: Sequence[NodeProto]) -> tuple[int, ...]:
    """The axes of a frame that may be its channels, the likeliest first.

    A Transpose puts them first, an operator on images wants them first; without both an image may
    have them first or last.
    """
    rank = len(network.shape(network.input)) - 1
    for node in nodes:
        if node.op_type in IMAGE:
            return (0,)
        if node.op_type == "Transpose":
            perm = next((list(a.ints) for a in node.attribute if a.name == "perm"), [])
            if len(perm) == rank + 1 and 0 < perm[1] <= rank:
                return (perm[1] - 1,)
        if node.op_type in LAYOUT - {"Identity"}:
            break
    return (0, rank - 1) if rank > 1 else (0,)


def _unfit_transform(network: Network, rule: str, hint: str) -> XnorflowError:
    origin = Origin((printable(network.input),))
    return XnorflowError(Diagnostic("input-transform", rule, hint, origin))


def _unsupported(network: Network, name: str) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "input-type",
            f"the input must be BIPOLAR, BINARY or an integer of at most {MAX_INPUT_BITS} bits, "
            f"not {printable(name)}",
            "say what the arrays hold with --input-type, e.g. uint8 for 8-bit pixels, or change "
            "the input's finn_datatype annotation",
            Origin((printable(network.input),)),
        )
    )
