# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Running a few nodes of the network on given values, with qonnx's executor as the reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.foreign import foreign
from xnorflow.frontend.read.network import is_plain

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

    from xnorflow.frontend.read.network import Array, Network

__all__ = ["execute", "executing", "run_steps"]

_RULE = "qonnx's executor must be able to run every node"
_HINT = "export the model again, with another opset if the operator is too new"


def execute(network: Network, nodes: Sequence[NodeProto], x: Array) -> Array:
    """What the last of ``nodes``, a chain, gives for ``x`` at the first one's moving input.

    Args:
        network: where the nodes' constants are.
        nodes: a chain.
        x: any shape that the nodes take.

    Raises:
        XnorflowError: the executor cannot run the nodes.
    """
    names = dict.fromkeys(n for node in nodes for n in node.input)
    constants = {n: network.constants[n] for n in names if n in network.constants}
    return _execute(network, nodes, constants, network.moving_inputs(nodes[0])[0], x, False)[-1]


def run_steps(
    network: Network,
    steps: Sequence[tuple[NodeProto, Mapping[int, Array]]],
    x: Array,
    *,
    double: bool = False,
) -> list[Array]:
    """What each of some scalar nodes gives for ``x`` [K, R] when they stand in a chain.

    Args:
        network: where the nodes' constants are.
        steps: nodes, and by number of the input the constants [R, ...] to take instead of theirs.
        x: K values for each of R elements, which the nodes see as channels.
        double: compute in float64 instead of float32, as far as the operators allow.

    Raises:
        XnorflowError: the executor cannot run the nodes.
    """
    nodes, constants = [], {}
    entry = tensor = "x"
    for number, (node, own) in enumerate(steps):
        copy = _rank_free(node)
        for place, name in enumerate(node.input):
            if place in own or name in network.constants:
                key = f"constant{number}_{place}"
                constants[key] = own[place] if place in own else network.constants[name]
                copy.input[place] = key
            elif name:
                copy.input[place] = tensor
        for place, name in enumerate(node.output):
            copy.output[place] = name and f"result{number}_{place}"
        nodes.append(copy)
        tensor = copy.output[0]
    return _execute(network, nodes, constants, entry, x, double)


def _rank_free(node: NodeProto) -> NodeProto:
    """A copy whose channels are the second axis, of however many."""
    from onnx import NodeProto

    copy = NodeProto()
    copy.CopyFrom(node)
    if node.op_type in ("MultiThreshold", "QuantizeLinear", "DequantizeLinear"):
        kept = [a for a in node.attribute if a.name not in ("data_layout", "axis")]
        del copy.attribute[:]
        copy.attribute.extend(kept)
    return copy


def _execute(
    network: Network,
    nodes: Sequence[NodeProto],
    constants: Mapping[str, Array],
    entry: str,
    x: Array,
    double: bool,
) -> list[Array]:
    """What each of the nodes gives."""
    from onnx import helper

    x = x.astype(np.float64) if double and x.dtype == np.float32 else x
    graph = helper.make_graph(list(nodes), "part", [_info(entry, x)], [])
    graph.initializer.extend(_constant(n, value, double) for n, value in constants.items())
    proto = helper.make_model(graph, opset_imports=network.proto.opset_import)
    with executing(nodes):
        values = _run(proto, entry, x)
    made = [np.asarray(values[node.output[0]]) for node in nodes]
    strange = next((array.dtype for array in made if not is_plain(array.dtype)), None)
    if strange is not None:
        rule = f"{_RULE} and give real numbers, not {strange}"
        origin = Origin(tuple(node.name for node in nodes))
        raise XnorflowError(Diagnostic("not-executable", rule, _HINT, origin))
    return made


def executing(nodes: Sequence[NodeProto]) -> AbstractContextManager[None]:
    """As ``foreign``, for calls of the executor; ``nodes`` are named."""
    names = tuple(node.name for node in nodes)
    return foreign("not-executable", f"{_RULE}, not raise", _HINT, names)


def _run(proto: ModelProto, entry: str, x: Array) -> dict[str, Array]:
    """All tensors; nothing but calls of the libraries."""
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

    model = ModelWrapper(proto).transform(InferShapes())
    values: dict[str, Array] = execute_onnx(model, {entry: x}, return_full_exec_context=True)
    return values


def _info(name: str, x: Array) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)


def _constant(name: str, value: Array, double: bool) -> Any:
    from onnx import numpy_helper

    if double and value.dtype == np.float32:
        value = value.astype(np.float64)
    return numpy_helper.from_array(value, name)
