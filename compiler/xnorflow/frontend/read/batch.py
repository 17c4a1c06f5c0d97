# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One frame at a time: a model that states another batch size is rewritten for one frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.foreign import cleaning
from xnorflow.frontend.read.names import moving_nodes, numbered, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto

__all__ = ["fix_batch"]

Array = npt.NDArray[Any]


def fix_batch(proto: ModelProto, entering: frozenset[str]) -> None:
    """Let all inputs be of batch 1, and reshapes of a stated batch size of one frame.

    Args:
        proto: changed in place.
        entering: tensors that count as inputs beside the model's own.

    Raises:
        XnorflowError: several inputs, a dynamic shape, or frames of a batch that mix.
    """
    graph = proto.graph
    entry = _only_input(proto, entering)
    dims = entry.type.tensor_type.shape.dim
    known = [d.dim_value if d.HasField("dim_value") else None for d in dims]
    if len(known) < 2 or any(size is None or size < 1 for size in known[1:]):
        shown = [
            d.dim_param or "?" if size is None else size
            for d, size in zip(dims, known, strict=True)
        ]
        raise XnorflowError(
            Diagnostic(
                "dynamic-shape",
                "the input must have a batch axis and then fixed sizes, "
                f"not [{', '.join(printable(str(s)) for s in shown)}]",
                "export with an example input of the real size, batch axis first",
                Origin((printable(entry.name),)),
            )
        )
    batch = known[0]
    if batch is not None and batch > 1:
        _take_one_frame(graph, batch)
    for tensor in graph.input:
        if tensor.name in entering or tensor.name == entry.name:
            first = tensor.type.tensor_type.shape.dim[0]
            first.Clear()
            first.dim_value = 1
    # What the file says of the other shapes holds for its own batch, if at all.
    del graph.value_info[:]
    for tensor in graph.output:
        tensor.type.tensor_type.ClearField("shape")


def _only_input(proto: ModelProto, entering: frozenset[str]) -> ValueInfoProto:
    others = {tensor.name for tensor in proto.graph.initializer} | entering
    inputs: list[ValueInfoProto] = [t for t in proto.graph.input if t.name not in others]
    if len(inputs) == 1 and inputs[0].type.HasField("tensor_type"):
        return inputs[0]
    names = ", ".join(printable(tensor.name) for tensor in inputs) or "none"
    raise XnorflowError(
        Diagnostic(
            "several-inputs",
            f"the model must have exactly one tensor as input, not {len(inputs)}: {names}",
            "export the part of the network from one input to one output",
        )
    )


def _take_one_frame(graph: GraphProto, batch: int) -> None:
    """Rewrite what states ``batch``; refuse what would mix frames, which batch 1 does not show."""
    from onnx import numpy_helper

    shapes = _constants(graph)
    names = numbered("shape_of_one_frame", 0, _tensor_names(graph))
    faults: list[Diagnostic] = []
    for node in list(moving_nodes(graph)):
        if node.domain:
            continue
        if node.op_type == "Transpose":
            faults += _check_transpose(node, batch)
        elif node.op_type == "Reshape" and node.input[1] in shapes:
            with cleaning():
                sizes = numpy_helper.to_array(shapes[node.input[1]])
            own = _of_one_frame(sizes, batch)
            if own is None:
                rule = f"keep {batch} frames apart on the first axis, not make {sizes.tolist()}"
                faults.append(_mixing(node, rule))
            else:
                node.input[1] = next(names)
                graph.initializer.append(numpy_helper.from_array(own, node.input[1]))
    if faults:
        raise XnorflowError(*faults)


def _check_transpose(node: NodeProto, batch: int) -> Iterator[Diagnostic]:
    perm = next((list(a.ints) for a in node.attribute if a.name == "perm"), [])
    if perm[:1] != [0]:
        shown = f"by {perm}" if perm else "by turning all axes round"
        yield _mixing(node, f"leave the axis of {batch} frames first, not move it {shown}")


def _of_one_frame(sizes: Array, batch: int) -> Array | None:
    """The sizes that a Reshape makes of one frame; None where it joins parts of several.

    Frames come one behind the other, so that the first axis holds a number for each.
    """
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or not sizes.size or sizes[0] < 1:
        return sizes
    if sizes[0] % batch:
        return None
    return np.concatenate([sizes[:1] // batch, sizes[1:]])


def _mixing(node: NodeProto, rule: str) -> Diagnostic:
    return Diagnostic(
        "unsupported-op",
        f"{node.op_type} must {rule}",
        "export with a batch of 1, or leave the batch axis where it is",
        Origin((node.name,)),
    )


def _constants(graph: GraphProto) -> dict[str, TensorProto]:
    found = {tensor.name: tensor for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and not node.domain:
            found.update((node.output[0], a.t) for a in node.attribute if a.name == "value")
    return found


def _tensor_names(graph: GraphProto) -> set[str]:
    found = {tensor.name for tensor in (*graph.input, *graph.initializer)}
    return found.union(*((*node.input, *node.output) for node in graph.node))
