# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Running a few nodes of the network on given values, with qonnx's executor as the reference."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from xnorflow.frontend.limits import out_of_memory
from xnorflow.frontend.names import printable
from xnorflow.frontend.network import is_plain
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

    from xnorflow.frontend.network import Array, Network

__all__ = ["execute", "executing", "run_steps"]


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
    return _execute(network, nodes, constants, network.moving_inputs(nodes[0])[0], x, False)


def run_steps(
    network: Network,
    steps: Sequence[tuple[NodeProto, Mapping[int, Array]]],
    x: Array,
    *,
    double: bool = False,
) -> Array:
    """What scalar nodes give for ``x`` [K, R] when they stand in a chain.

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
) -> Array:
    from onnx import helper

    x = x.astype(np.float64) if double and x.dtype == np.float32 else x
    graph = helper.make_graph(list(nodes), "part", [_info(entry, x)], [])
    graph.initializer.extend(_constant(n, value, double) for n, value in constants.items())
    proto = helper.make_model(graph, opset_imports=network.proto.opset_import)
    with executing(nodes):
        return _run(proto, entry, x, nodes[-1].output[0])


@contextmanager
def executing(nodes: Sequence[NodeProto]) -> Iterator[None]:
    """Keep the executor silent, and turn whatever it raises into a Diagnostic that names ``nodes``.

    Raises:
        XnorflowError: ``not-executable``, or there is too little memory.
    """
    import onnxruntime

    # Failures come back as exceptions; the runtime's own lines on stderr would only repeat them.
    onnxruntime.set_default_logger_severity(4)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            yield
    except MemoryError as error:
        raise out_of_memory(tuple(node.name for node in nodes)) from error
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
    from qonnx.core.modelwrapper import ModelWrapper
    from qonnx.core.onnx_exec import execute_onnx
    from qonnx.transformation.infer_shapes import InferShapes

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
