# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A Split is a Slice for each of its outputs: what follows reads one tensor of a node."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.read.names import numbered

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto

__all__ = ["slice_splits"]

_INPUTS_SINCE = 10
"""The version of ONNX's operators from which on a Slice has its range as inputs."""


def slice_splits(proto: ModelProto) -> None:
    """Put slices of a Split's name into its place, where the sizes of all its outputs are known.

    Args:
        proto: with constants folded and shapes inferred; changed in place.
    """
    graph = proto.graph
    shapes = {
        tensor.name: [d.dim_value for d in tensor.type.tensor_type.shape.dim]
        for tensor in (*graph.input, *graph.value_info, *graph.output)
    }
    version = next(opset.version for opset in proto.opset_import if not opset.domain)
    taken = {name for node in graph.node for name in (*node.input, *node.output)}
    names = numbered("range_of_split", 0, taken)
    nodes: list[NodeProto] = []
    for node in graph.node:
        found = None if node.domain or node.op_type != "Split" else _sizes(node, shapes)
        if found is None:
            nodes.append(node)
            continue
        axis, sizes = found
        ends = pairwise(accumulate(sizes, initial=0))
        for output, limits in zip(node.output, ends, strict=True):
            constants = _constants(limits, axis, names) if version >= _INPUTS_SINCE else []
            graph.initializer.extend(constants)
            nodes.append(_slice(node, output, limits, axis, constants))
    del graph.node[:]
    graph.node.extend(nodes)


def _sizes(node: NodeProto, shapes: dict[str, list[int]]) -> tuple[int, list[int]] | None:
    """The axis and what each output has of it; None where that is not certain."""
    whole = shapes.get(node.input[0], [])
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    parts = [shapes.get(name, []) for name in node.output]
    if not -len(whole) <= axis < len(whole) or any(len(p) != len(whole) for p in parts):
        return None
    sizes = [part[axis] for part in parts]
    return (axis, sizes) if sum(sizes) == whole[axis] else None


def _constants(limits: tuple[int, int], axis: int, names: Iterator[str]) -> list[TensorProto]:
    """Where a range starts and ends, and its axis."""
    from onnx import numpy_helper

    return [
        numpy_helper.from_array(np.array([number], dtype=np.int64), next(names))
        for number in (*limits, axis)
    ]


def _slice(
    split: NodeProto,
    output: str,
    limits: tuple[int, int],
    axis: int,
    constants: list[TensorProto],
) -> NodeProto:
    """What gives an output of a Split."""
    from onnx import helper

    inputs = [split.input[0], *(tensor.name for tensor in constants)]
    found: NodeProto = helper.make_node("Slice", inputs, [output], name=split.name)
    if not constants:
        for key, number in (("starts", limits[0]), ("ends", limits[1]), ("axes", axis)):
            found.attribute.append(helper.make_attribute(key, [number]))
    return found
