# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Clean-up by qonnx's own transformations: shapes known, constants folded, nothing unused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xnorflow.frontend.foreign import cleaning
from xnorflow.frontend.limits import out_of_memory
from xnorflow.frontend.names import depends_on, printable
from xnorflow.frontend.nodes import state_kernels
from xnorflow.frontend.sizes import infer_shapes, refuse_bombs
from xnorflow.frontend.vet import DOMAINS
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto
    from qonnx.core.modelwrapper import ModelWrapper

__all__ = ["clean"]


def clean(proto: ModelProto, entering: frozenset[str] = frozenset()) -> ModelWrapper:
    """The model at batch 1 with one input, shapes inferred, constants folded, in working order.

    Node and activation tensor names stay the user's.

    Args:
        proto: changed in place.
        entering: tensors that count as inputs, since what made them was taken out.

    Raises:
        XnorflowError: several inputs, a dynamic shape, or a graph that qonnx cannot work on.
    """
    try:
        _modernise(proto)
        _fix_batch(proto, entering)
        state_kernels(proto)
        return _transform(proto)
    except MemoryError as error:
        raise out_of_memory() from error


def _modernise(proto: ModelProto) -> None:
    for node in proto.graph.node:
        node.domain = DOMAINS[node.domain]
    versions = {
        DOMAINS.get(opset.domain, opset.domain): opset.version for opset in proto.opset_import
    }
    standard = versions.pop("")
    versions.setdefault("qonnx.custom_op.general", 1)
    del proto.opset_import[:]
    # qonnx folds constants with the version of the first set listed, so ONNX's own comes first.
    for domain, version in {"": standard, **versions}.items():
        proto.opset_import.add(domain=domain, version=version)


def _fix_batch(proto: ModelProto, entering: frozenset[str]) -> None:
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
    for tensor in graph.input:
        if tensor.name in entering or tensor.name == entry.name:
            first = tensor.type.tensor_type.shape.dim[0]
            first.Clear()
            first.dim_value = 1
    if batch is not None and batch > 1:
        _check_frames(proto, entry.name, batch)
        _rebatch_reshapes(proto, batch)
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


def _check_frames(proto: ModelProto, entry: str, batch: int) -> None:
    """Refuse what would mix the frames of a batch, and would not be seen at batch 1."""
    moving = depends_on(proto.graph.node, {entry})
    for node in proto.graph.node:
        if node.op_type != "Transpose" or node.domain or node.input[0] not in moving:
            continue
        perm = next((list(a.ints) for a in node.attribute if a.name == "perm"), [])
        if perm[:1] != [0]:
            shown = f"by {perm}" if perm else "by turning all axes round"
            raise XnorflowError(
                Diagnostic(
                    "unsupported-op",
                    f"Transpose must leave the axis of {batch} frames first, not move it {shown}",
                    "export with a batch of 1, or leave the batch axis where it is",
                    Origin((node.name,)),
                )
            )


def _rebatch_reshapes(proto: ModelProto, batch: int) -> None:
    from onnx import numpy_helper

    constants = {tensor.name: tensor for tensor in proto.graph.initializer}
    for node in proto.graph.node:
        if (
            node.op_type == "Constant"
            and not node.domain
            and node.attribute
            and node.attribute[0].name == "value"
        ):
            constants[node.output[0]] = node.attribute[0].t
    for node in proto.graph.node:
        if node.op_type == "Reshape" and not node.domain and node.input[0] not in constants:
            shape = constants.get(node.input[1])
            if shape is not None:
                with cleaning():
                    sizes = numpy_helper.to_array(shape).copy()
                if sizes.ndim and sizes.size and sizes[0] == batch:
                    sizes[0] = 1
                    shape.CopyFrom(numpy_helper.from_array(sizes, shape.name))


def _transform(proto: ModelProto) -> ModelWrapper:
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.transformation.fold_constants import FoldConstants
    from qonnx.transformation.general import RemoveStaticGraphInputs, RemoveUnusedTensors, SortGraph
    from qonnx.transformation.remove import RemoveUnusedNodes

    with cleaning():
        model = ModelWrapper(proto)
        for step in (SortGraph(), RemoveUnusedNodes(), RemoveStaticGraphInputs()):
            model = model.transform(step)
    model = infer_shapes(model)
    fold, changed = FoldConstants(exclude_op_types=[]), True
    while changed:
        refuse_bombs(model)
        with cleaning():
            model, changed = fold.apply(model)
    with cleaning():
        for step in (RemoveUnusedNodes(), RemoveUnusedTensors()):
            model = model.transform(step)
    return infer_shapes(model)
