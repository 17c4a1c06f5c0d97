# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What qonnx's executor makes of a file as it is, where it runs it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, helper

Array = npt.NDArray[Any]

LARGEST_BATCH = 16


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model gives.

    Attributes:
        output: [frames, elements].
        scores: [frames, classes]: what a choice at the end chooses from, None without one.
    """

    output: Array
    scores: Array | None


def reference(data: bytes, x: Array) -> Answer | None:
    """The executor's answer to frames ``x``; None where it does not run the file.

    A file of another batch than 1 is run in its own, the last frame filling the rest.
    """
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.fold_constants import FoldConstants
    from qonnx.transformation.infer_shapes import InferShapes

    proto = ModelProto()
    proto.ParseFromString(data)
    constants = {tensor.name for tensor in proto.graph.initializer}
    (entry,) = (tensor for tensor in proto.graph.input if tensor.name not in constants)
    batch = entry.type.tensor_type.shape.dim[0]
    if not 1 <= batch.dim_value <= LARGEST_BATCH:
        batch.Clear()
        batch.dim_value = 1
    size, count = batch.dim_value, len(x)
    # What the file says of shapes decides about nothing, but keeps the executor from running.
    del proto.graph.value_info[:]
    for tensor in proto.graph.output:
        tensor.type.tensor_type.ClearField("shape")
    try:
        dtype = helper.tensor_dtype_to_np_dtype(entry.type.tensor_type.elem_type)
        x = np.concatenate([x, x[-1:].repeat(-len(x) % size, axis=0)]).astype(dtype)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model = ModelWrapper(proto)
            for step in (InferShapes(), FoldConstants(), InferShapes()):
                model = model.transform(step)
            runs = [
                execute_onnx(model, {entry.name: part}, return_full_exec_context=True)
                for part in np.split(x, len(x) // size)
            ]
    except Exception:  # of onnx, onnxruntime or qonnx: nothing to compare with
        return None
    output, scores = (
        name and np.concatenate([np.asarray(run[name]).reshape(size, -1) for run in runs])[:count]
        for name in _ends(proto)
    )
    return Answer(output, scores if len(scores) else None)


def _ends(proto: ModelProto) -> tuple[str, str]:
    """Names of the output, and of the scores where it is a choice among them, else nothing."""
    graph = proto.graph
    output = graph.output[-1].name
    for node in graph.node:
        if node.op_type in ("ArgMax", "TopK") and node.output[-1] in {t.name for t in graph.output}:
            return node.output[-1], node.input[0]
    return output, ""
