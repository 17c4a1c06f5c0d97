# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which operators the front-end understands, and as what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.network import is_plain
from xnorflow.frontend.read.nodes import missing_axis
from xnorflow.frontend.trace.images import read_border, read_sweep
from xnorflow.frontend.trace.slices import slice_fault

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.read.network import Network

__all__ = [
    "AVERAGE",
    "BROADCAST",
    "IMAGE",
    "JOINS",
    "LAYOUT",
    "MATRIX",
    "PER_CHANNEL",
    "POOL",
    "PROBABILITIES",
    "QUANTISERS",
    "SCALAR",
    "SELECT",
    "SLICE",
    "illegal_operators",
    "illegal_uses",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MATRIX = frozenset({"Conv", "MatMul", "Gemm"})
"""Products with weights."""

POOL = frozenset({"MaxPool", "GlobalMaxPool", "ReduceMax"})
"""Maxima over windows of an image, or over all of it."""

AVERAGE = frozenset({"AveragePool", "GlobalAveragePool", "ReduceMean"})
"""Averages over windows of an image, or over all of it."""

JOINS = frozenset({"Add", "Concat"})
"""What brings computed tensors together."""

PROBABILITIES = frozenset({"Softmax", "LogSoftmax"})
"""Scores turned into probabilities, at the end."""

SELECT = frozenset({"ArgMax", "TopK"})
"""The choice of the best class, at the end."""

LAYOUT = frozenset({"Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity"})
"""Operators that move elements and compute nothing."""

SLICE = frozenset({"Slice"})
"""What takes a part of a tensor; a Split has become one for each of its outputs."""

QUANTISERS = frozenset(
    {"Quant", "IntQuant", "BipolarQuant", "MultiThreshold", "QuantizeLinear", "Sign"}
)

PER_CHANNEL = frozenset(
    {"BatchNormalization", "MultiThreshold", "QuantizeLinear", "DequantizeLinear"}
)
"""Scalar operators that count their channel axis from the batch axis."""

BROADCAST = _words(
    "Add Sub Mul Div Pow Min Max Greater GreaterOrEqual Less LessOrEqual Equal Where"
)
"""Scalar operators whose moving operand may stand anywhere."""

_UNARY = _words(
    "Abs Cast Ceil Clip Dropout Elu Erf Exp Floor HardSigmoid HardSwish LeakyRelu Log Mish "
    "Neg Not PRelu Reciprocal Relu Round Selu Sigmoid Sign Softplus Softsign Sqrt Tanh "
    "ThresholdedRelu"
)

SCALAR = BROADCAST | _UNARY | QUANTISERS | PER_CHANNEL
"""Functions of one element, with constants that broadcast against it."""

IMAGE = POOL | AVERAGE | {"Conv"}
"""What sweeps over images [N, C, H, W]."""

_LATER = _words("ConvTranspose QuantAvgPool2d Resize Upsample")

_INSTEAD = {
    "Hardmax": "end the network with ArgMax in place of Hardmax",
    "ReduceL1": "leave ReduceL1 out, or divide by a constant",
    "ReduceL2": "leave ReduceL2 out, or divide by a constant",
    "LRN": "use BatchNormalization in place of LRN",
    "LayerNormalization": "use BatchNormalization in place of LayerNormalization",
    "InstanceNormalization": "use BatchNormalization in place of InstanceNormalization",
}
"""Operators that cannot come, since they relate the elements of a frame, and what can."""


def illegal_operators(all_nodes: Iterable[NodeProto]) -> Iterator[Diagnostic]:
    """One Diagnostic that lists every node of an operator that is not understood."""
    known = MATRIX | POOL | AVERAGE | JOINS | PROBABILITIES | SELECT | LAYOUT | SCALAR
    known |= SLICE | {"Split", "Pad"}
    nodes = [node for node in all_nodes if node.op_type not in known]
    if not nodes:
        return
    kinds = dict.fromkeys(node.op_type for node in nodes)
    hints = [
        "supported are Conv, MatMul, Gemm, MaxPool, averages, Pad, element-wise functions with "
        "constant operands, Add and Concat of computed tensors, Slice and Split of channels, "
        "layout changes, and Softmax, ArgMax or TopK at the end",
        *(_INSTEAD[kind] for kind in kinds if kind in _INSTEAD),
    ]
    if _LATER & kinds.keys():
        hints.append(f"not supported yet: {', '.join(sorted(_LATER & kinds.keys()))}")
    yield Diagnostic(
        "unsupported-op",
        f"every operator must be one that xnorflow implements, not {', '.join(kinds)}",
        "; ".join(hints),
        Origin(tuple(node.name for node in nodes)),
    )


def illegal_uses(network: Network) -> Iterator[Diagnostic]:
    """A Diagnostic for each node whose operator is understood but not in the way it is used."""
    for node in network.nodes:
        unknown = _unhandled(network, *node.output)
        if _unhandled(network, *network.moving_inputs(node)):
            continue  # told of the node that makes it
        if unknown:
            general = Diagnostic(
                "dynamic-shape",
                f"{node.op_type} must make a tensor of known shape and of real numbers, not "
                f"{' and '.join(unknown)}",
                "export with an example input of the real size, in float32",
                Origin((node.name,)),
            )
            yield from _causes(network, node) or (general,)
        elif len(network.moving_inputs(node)) == 1 and node.op_type != "Concat":
            yield from _faults(network, node, network.moving_inputs(node)[0])


def _causes(network: Network, node: NodeProto) -> tuple[Diagnostic, ...]:
    """What keeps inference from telling even the rank of a node's result, where that is known."""
    axis = missing_axis(network, node)
    if axis is not None:
        return (axis,)
    if node.op_type in SLICE | {"Split"}:
        fault = slice_fault(network, node)
        return () if fault is None else (fault,)
    is_open = network.shape(node.output[0]) == (0,)
    return _unreadable(network, node) if is_open and node.op_type in IMAGE | {"Pad"} else ()


def _unreadable(network: Network, node: NodeProto) -> tuple[Diagnostic, ...]:
    """What is wrong with how a kernel moves, or with a border."""
    try:
        read_border(network, node) if node.op_type == "Pad" else read_sweep(network, node)
    except XnorflowError as error:
        return error.diagnostics
    return ()


def _faults(network: Network, node: NodeProto, moving: str) -> Iterator[Diagnostic]:
    rule = ""
    if node.op_type in SCALAR | LAYOUT:
        rule = _broken_rule(network, node, moving)
    elif node.op_type in IMAGE | {"Pad"}:
        rule = _misplaced(network, node, moving)
        if not rule:
            yield from _unreadable(network, node)
    elif node.op_type in SLICE | {"Split"}:
        rule = "" if node.op_type == "Split" else _misplaced(network, node, moving)
        fault = None if rule else slice_fault(network, node)
        if fault is not None:
            yield fault
    if rule:
        yield Diagnostic(
            "unsupported-op",
            f"{node.op_type} {rule}",
            "every element of a frame must be treated for itself, at inference",
            Origin((node.name,)),
        )


def _unhandled(network: Network, *tensors: str) -> list[str]:
    """The types of those tensors in use whose type cannot be handled."""
    return [
        f"{network.dtype(name)}{list(network.shape(name))}"
        for name in tensors
        if network.readers(name) or name in network.outputs
        if network.elements(name) < 1 or not is_plain(network.dtype(name))
    ]


def _broken_rule(network: Network, node: NodeProto, moving: str) -> str:
    before, after = network.shape(moving), network.shape(node.output[0])
    if network.elements(moving) != network.elements(node.output[0]):
        return f"must keep the number of elements, not turn {list(before)} into {list(after)}"
    misplaced = "" if node.op_type in BROADCAST else _misplaced(network, node, moving)
    if misplaced:
        return misplaced
    if node.op_type in PER_CHANNEL and (len(before) < 2 or before[0] != 1):
        return f"must act on a tensor with a batch axis, not on {list(before)}"
    if _trains(network, node):
        return "must be in inference mode, not in training mode"
    return ""


def _misplaced(network: Network, node: NodeProto, moving: str) -> str:
    if node.input[0] != moving:
        return "must have the frame as its first operand, not a constant"
    if any(network.readers(name) or name in network.outputs for name in node.output[1:]):
        return "must have one output in use, not several"
    return ""


def _trains(network: Network, node: NodeProto) -> bool:
    if node.op_type == "Dropout" and len(node.input) > 2 and node.input[2]:
        return bool(network.constants[node.input[2]].any())
    return any(a.name == "training_mode" and a.i for a in node.attribute)
