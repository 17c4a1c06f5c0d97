# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Refuse tensors of hostile sizes before a library computes with them, or counts their pixels."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.foreign import cleaning
from xnorflow.frontend.read.limits import MAX_ELEMENTS

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto
    from qonnx.core.modelwrapper import ModelWrapper

__all__ = ["infer_shapes", "refuse_bombs"]

Shapes = dict[str, list[int]]


def infer_shapes(model: ModelWrapper) -> ModelWrapper:
    """The model with the shapes of its tensors, as far as they can be known.

    Raises:
        XnorflowError: ``tensor-too-large``: a tensor over which that would not end.
    """
    from qonnx.transformation.infer_shapes import InferShapes

    if any(_strides(node) for node in model.graph.node):
        with cleaning():
            uncounted = _uncounted(model.model).transform(InferShapes())
        shapes = _shapes(uncounted)
        for node in uncounted.graph.node:
            for name in (*node.input, *node.output):
                if prod(shapes.get(name, [])) > MAX_ELEMENTS:
                    raise XnorflowError(_too_large(node, shapes[name]))
    with cleaning():
        return model.transform(InferShapes())


def _strides(node: NodeProto) -> list[int]:
    """Strides where onnx finds an image's remainder by subtracting them, one after another."""
    attributes = {a.name: a for a in node.attribute}
    if "auto_pad" not in attributes or not attributes["auto_pad"].s.startswith(b"SAME"):
        return []
    return list(attributes["strides"].ints) if "strides" in attributes else []


def _uncounted(proto: ModelProto) -> ModelWrapper:
    """A model of the same shapes in which nothing is subtracted.

    A sweep that keeps the image's size, and a pool of one pixel with the strides behind it.
    """
    from onnx import helper
    from qonnx.core.modelwrapper import ModelWrapper

    copy = proto.__class__()
    copy.CopyFrom(proto)
    del copy.graph.node[:]
    for node in proto.graph.node:
        copy.graph.node.append(node)
        strides = _strides(node)
        if strides and node.output:
            sweep, result = copy.graph.node[-1], node.output[0]
            sweep.output[0] = f"{result} before its strides"
            kept = [a for a in node.attribute if a.name != "strides"]
            del sweep.attribute[:]
            sweep.attribute.extend(kept)
            pool = helper.make_node("MaxPool", [sweep.output[0]], [result], node.name)
            for key, value in (("kernel_shape", [1] * len(strides)), ("strides", strides)):
                pool.attribute.append(helper.make_attribute(key, value))
            copy.graph.node.append(pool)
    return ModelWrapper(copy)


def refuse_bombs(model: ModelWrapper) -> None:
    """Refuse large tensors, and constants of which nobody knows how large they will be.

    Raises:
        XnorflowError: ``tensor-too-large``.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    shapes = _shapes(model)
    for node in model.graph.node:
        foldable = set(node.input) <= constants
        for name in node.output:
            if prod(shapes.get(name, [])) > MAX_ELEMENTS or (foldable and _unknown(name, shapes)):
                raise XnorflowError(_too_large(node, shapes.get(name)))


def _shapes(model: ModelWrapper) -> Shapes:
    return {
        tensor.name: [d.dim_value for d in tensor.type.tensor_type.shape.dim]
        for tensor in (*model.graph.input, *model.graph.value_info, *model.graph.output)
        if tensor.type.tensor_type.HasField("shape")
    }


def _unknown(name: str, shapes: Shapes) -> bool:
    return bool(name) and (name not in shapes or any(size < 0 for size in shapes[name]))


def _too_large(node: NodeProto, shape: list[int] | None) -> Diagnostic:
    return Diagnostic(
        "tensor-too-large",
        f"every tensor must have a known shape of at most {MAX_ELEMENTS} elements, "
        f"not {shape or 'an unknown one'}",
        "export with an example input of the real size",
        Origin((node.name,)),
    )
