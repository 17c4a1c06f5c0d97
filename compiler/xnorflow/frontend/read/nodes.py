# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Single nodes held against ONNX's definitions, before shape inference, which trusts them.

Inference divides by strides and indexes by the number of a kernel's axes, unchecked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.foreign import cleaning
from xnorflow.frontend.read.names import printable

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

    from xnorflow.frontend.read.network import Network

__all__ = ["ill_formed", "missing_axis", "state_kernels"]

_POSITIVE = ("strides", "dilations", "kernel_shape")
_WEIGHTS = {"Conv": 1, "ConvInteger": 1, "ConvTranspose": 1, "DeformConv": 1, "QLinearConv": 3}
"""Operators whose kernel's size is that of their weights, and which input these are."""


def ill_formed(model: ModelProto) -> Iterator[Diagnostic]:
    """A Diagnostic for each node of ONNX's own that breaks its operator's definition."""
    from onnx import IR_VERSION, NodeProto, checker, defs

    versions = {opset.domain: opset.version for opset in model.opset_import}
    context = checker.C.CheckerContext()
    context.ir_version = IR_VERSION
    context.opset_imports = {"": versions.get("", versions.get("ai.onnx", 1))}
    for node in model.graph.node:
        if node.domain not in ("", "ai.onnx") or not defs.has(node.op_type):
            continue
        plain = NodeProto()
        plain.CopyFrom(node)
        plain.domain = ""
        try:
            checker.check_node(plain, context)
        except checker.ValidationError as error:
            yield _fault(node, f"be a node as ONNX defines it, not: {str(error).splitlines()[0]}")
            continue
        for attribute in node.attribute:
            if attribute.name in _POSITIVE and min(attribute.ints, default=1) < 1:
                shown = list(attribute.ints)
                yield _fault(node, f"have {attribute.name} of positive numbers, not {shown}")


def missing_axis(network: Network, node: NodeProto) -> Diagnostic | None:
    """What is wrong with a choice or a Softmax along an axis that its input does not have.

    Inference then merely leaves the shape of the result open.
    """
    if node.op_type not in ("ArgMax", "TopK", "Softmax", "LogSoftmax"):
        return None
    shape = network.shape(node.input[0])
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    if -len(shape) <= axis < len(shape):
        return None
    return _fault(node, f"have an axis of {list(shape)}, not {axis}")


def state_kernels(proto: ModelProto) -> None:
    """Give each convolution that has none a ``kernel_shape``, that of its weights.

    Raises:
        XnorflowError: the shape of the weights is not known.
    """
    from onnx import helper

    silent = [
        node
        for node in proto.graph.node
        if not node.domain and node.op_type in _WEIGHTS
        if all(a.name != "kernel_shape" for a in node.attribute)
    ]
    if not silent:
        return
    shapes = _shapes_without(proto, {node.output[0] for node in silent})
    for node in silent:
        shape = shapes.get(node.input[_WEIGHTS[node.op_type]], [])
        if len(shape) < 3 or min(shape) < 1:
            raise XnorflowError(_fault(node, "have weights of known shape, not of unknown"))
        node.attribute.append(helper.make_attribute("kernel_shape", shape[2:]))


def _shapes_without(proto: ModelProto, skipped: set[str]) -> dict[str, list[int]]:
    """Shapes of all tensors that do not depend on nodes whose first output is ``skipped``.

    Nor on convolutions and pools that pad by themselves, whose pixels onnx counts.
    """
    from onnx import ModelProto, shape_inference

    part = ModelProto()
    part.CopyFrom(proto)
    del part.graph.node[:]
    for node in proto.graph.node:
        if node.output[0] not in skipped and all(a.name != "auto_pad" for a in node.attribute):
            kept = part.graph.node.add()
            kept.CopyFrom(node)
            if node.domain:  # quantisers; onnx does not know them
                kept.domain, kept.op_type = "", "Identity"
                del kept.input[1:], kept.output[1:], kept.attribute[:]
    with cleaning():
        graph = shape_inference.infer_shapes(part).graph
    shapes = {t.name: [d.dim_value for d in t.type.tensor_type.shape.dim] for t in graph.value_info}
    return shapes | {tensor.name: list(tensor.dims) for tensor in graph.initializer}


def _fault(node: NodeProto, rule: str) -> Diagnostic:
    return Diagnostic(
        "model-invalid",
        f"{node.op_type} must {printable(rule)}",
        "export the model again; onnx.checker says more",
        Origin((node.name,)),
    )
