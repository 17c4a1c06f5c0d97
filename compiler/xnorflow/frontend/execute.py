# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Running a few nodes of the network on given values, with qonnx's executor as the reference."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from xnorflow.frontend.names import printable
from xnorflow.frontend.network import is_plain
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

    from xnorflow.frontend.network import Array, Network

__all__ = ["execute"]


def execute(
    network: Network, nodes: Sequence[NodeProto], x: Array, *, double: bool = False
) -> Array:
    """What the last of ``nodes``, a chain, gives for ``x`` at the first one's moving input.

    Args:
        network: where the nodes' constants are.
        nodes: a chain.
        x: any shape that the nodes take.
        double: compute in float64 instead of float32, as far as the operators allow.

    Raises:
        XnorflowError: the executor cannot run the nodes.
    """
    from onnx import helper

    entry = network.moving_inputs(nodes[0])[0]
    x = x.astype(np.float64) if double and x.dtype == np.float32 else x
    graph = helper.make_graph(list(nodes), "part", [_info(entry, x)], [])
    for name in dict.fromkeys(n for node in nodes for n in node.input):
        if name in network.constants:
            graph.initializer.append(_constant(name, network.constants[name], double))
    proto = helper.make_model(graph, opset_imports=network.proto.opset_import)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return _run(proto, entry, x, nodes[-1].output[0])
    except Exception as error:
        reason = printable(" ".join(f"{type(error).__name__}: {error}".split()))
        raise XnorflowError(
            Diagnostic(
                "not-executable",
                f"qonnx's executor must be able to run every node, not raise {reason}",
                "export the model again, with another opset if the operator is too new",
                Origin(tuple(node.name for node in nodes)),
            )
        ) from error


def _run(proto: ModelProto, entry: str, x: Array, result: str) -> Array:
    import onnxruntime
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    # Failures come back as exceptions; the runtime's own lines on stderr would only repeat them.
    onnxruntime.set_default_logger_severity(4)
    model = ModelWrapper(proto).transform(InferShapes())
    values = execute_onnx(model, {entry: x}, return_full_exec_context=True)
    made: Array = np.asarray(values[result])
    if not is_plain(made.dtype):
        raise TypeError(f"results must be real numbers, not {made.dtype}")
    return made


def _info(name: str, x: Array) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)


def _constant(name: str, value: Array, double: bool) -> Any:
    from onnx import numpy_helper

    if double and value.dtype == np.float32:
        value = value.astype(np.float64)
    return numpy_helper.from_array(value, name)
