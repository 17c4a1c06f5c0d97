# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What qonnx's executor makes of a file as it is, where it runs it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, helper, inliner
from tests.fuzz.inputs import entry_of

Array = npt.NDArray[Any]

LARGEST_BATCH = 16


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model gives.

    Attributes:
        output: [frames, elements].
        scores: [frames, classes]: what a choice at the end chooses from, None without one.
        before: [frames, classes]: the same, but in front of a Softmax.
    """

    output: Array
    scores: Array | None = None
    before: Array | None = None


def reference(data: bytes, x: Array, batch: int = 0) -> Answer | None:
    """The executor's answer to frames ``x``; None where it does not run the file.

    Args:
        data: the file.
        x: what the graph gets, [frames, ...].
        batch: to run it in, the last frame filling the rest; 0 for the file's own.
    """
    proto = _freed(data)
    entry = entry_of(proto)
    axis = entry.type.tensor_type.shape.dim[0]
    own = axis.dim_value if 1 <= axis.dim_value <= LARGEST_BATCH else 1
    size, count = batch or own, len(x)
    axis.Clear()
    axis.dim_value = size
    try:
        dtype = helper.tensor_dtype_to_np_dtype(entry.type.tensor_type.elem_type)
        x = np.concatenate([x, x[-1:].repeat(-len(x) % size, axis=0)]).astype(dtype)
        runs = _run(proto, entry.name, np.split(x, len(x) // size))
        found = [
            np.concatenate([np.asarray(run[name]).reshape(size, -1) for run in runs])[:count]
            for name in _ends(proto)
        ]
    except Exception:  # of onnx, onnxruntime or qonnx: nothing to compare with
        return None
    return Answer(*found)


def _freed(data: bytes) -> ModelProto:
    """The model without what decides about nothing, but keeps the executor from running.

    That is what the file says of shapes, and of types in quantisation annotations, which the
    executor holds values against.
    """
    proto = ModelProto()
    proto.ParseFromString(data)
    if proto.functions:
        proto = inliner.inline_local_functions(proto)
    del proto.graph.value_info[:]
    for tensor in proto.graph.output:
        tensor.type.tensor_type.ClearField("shape")
    del proto.graph.quantization_annotation[:]
    return proto


def _run(proto: ModelProto, name: str, parts: list[Array]) -> list[dict[str, Any]]:
    """All tensors for each of some batches."""
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.fold_constants import FoldConstants
    from qonnx.transformation.infer_shapes import InferShapes

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model = ModelWrapper(proto)
        for step in (InferShapes(), FoldConstants(), InferShapes()):
            model = model.transform(step)
        return [execute_onnx(model, {name: part}, return_full_exec_context=True) for part in parts]


def _ends(proto: ModelProto) -> tuple[str, ...]:
    """Names of the output and, where it is a choice, of the scores behind a Softmax and before."""
    graph = proto.graph
    outputs = {tensor.name for tensor in graph.output}
    makers = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        if node.op_type in ("ArgMax", "TopK") and node.output[-1] in outputs:
            scores = before = node.input[0]
            while before in makers and makers[before].op_type in ("Softmax", "LogSoftmax"):
                before = makers[before].input[0]
            return node.output[-1], scores, before
    return (graph.output[-1].name,)
