# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Clean-up by qonnx's own transformations: shapes known, constants folded, nothing unused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xnorflow.frontend.read.batch import fix_batch
from xnorflow.frontend.read.foreign import cleaning
from xnorflow.frontend.read.limits import out_of_memory
from xnorflow.frontend.read.nodes import state_kernels
from xnorflow.frontend.read.sizes import infer_shapes, refuse_bombs
from xnorflow.frontend.read.splits import slice_splits
from xnorflow.frontend.read.vet import DOMAINS

if TYPE_CHECKING:
    from onnx import ModelProto
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
        fix_batch(proto, entering)
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
    slice_splits(model.model)
    with cleaning():
        for step in (RemoveUnusedNodes(), RemoveUnusedTensors()):
            model = model.transform(step)
    return infer_shapes(model)
