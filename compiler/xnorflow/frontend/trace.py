# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The walk from the input to the output: matrix products with chains of functions between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xnorflow.frontend.operators import AVERAGE, LAYOUT, MATRIX, SELECT
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.network import Network

__all__ = ["Choice", "Segment", "Trace", "trace"]


@dataclass(frozen=True, eq=False)
class Segment:
    """A matrix product and the functions applied to its result.

    Attributes:
        means: averages in front of it, and layout nodes after the first of them.
        matrix: the Conv, MatMul or Gemm.
        entry: name of the tensor that it multiplies.
        chain: scalar and layout nodes, MaxPools and Pads after it, in order.
    """

    means: tuple[NodeProto, ...]
    matrix: NodeProto
    entry: str
    chain: tuple[NodeProto, ...]


@dataclass(frozen=True, eq=False)
class Choice:
    """The ArgMax or TopK at the end.

    Attributes:
        node: the node itself.
        entry: name of the scores.
        chain: what is done to the indices afterwards.
    """

    node: NodeProto
    entry: str
    chain: tuple[NodeProto, ...]


@dataclass(frozen=True, eq=False)
class Trace:
    """A network as a chain.

    Attributes:
        head: nodes before the first matrix product and the averages in front of it.
        segments: matrix products in order, at least one.
        choice: what picks the best class, if the model does.
        output: name of the output tensor.
    """

    head: tuple[NodeProto, ...]
    segments: tuple[Segment, ...]
    choice: Choice | None
    output: str


def trace(network: Network) -> Trace:
    """Walk the network.

    Raises:
        XnorflowError: the network forks, joins, ends more than once or has no matrix product.
    """
    path = _path(network)
    cuts = [i for i, node in enumerate(path) if node.op_type in MATRIX | SELECT]
    matrices = [i for i in cuts if path[i].op_type in MATRIX]
    if not matrices:
        raise _topology("the network must have at least one Conv, MatMul or Gemm, not none", ())
    select = next((i for i in cuts if path[i].op_type in SELECT), None)
    if select is not None and select < cuts[-1]:
        node = path[select]
        rule = f"{node.op_type} must come after the last Conv, MatMul or Gemm, not before"
        raise _topology(rule, (node.name,))
    entries = [network.input, *(node.output[0] for node in path)]
    ends = [*cuts[1:], len(path)]
    starts = [_averages(path[: cuts[0]], path[cuts[0]])]
    for i, end in zip(cuts, ends, strict=True):
        starts.append(i + 1 + _averages(path[i + 1 : end], path[end] if end < len(path) else None))
    segments = tuple(
        Segment(tuple(path[first:i]), path[i], entries[i], tuple(path[i + 1 : end]))
        for first, i, end in zip(starts, cuts, starts[1:], strict=False)
        if i in matrices
    )
    choice = None
    if select is not None:
        choice = Choice(path[select], entries[select], tuple(path[select + 1 :]))
    return Trace(tuple(path[: starts[0]]), segments, choice, _output(network))


def _averages(chain: list[NodeProto], following: NodeProto | None) -> int:
    """How many nodes of a chain are in front of the averages that end it, if any do."""
    first = next((i for i, node in enumerate(chain) if node.op_type in AVERAGE), len(chain))
    after = [*chain[first:], following]
    stop = next((n for n in after if n is None or n.op_type not in AVERAGE | LAYOUT), None)
    if first < len(chain) and (stop is None or stop.op_type not in MATRIX):
        average = chain[first]
        where = "at the end" if stop is None else f"of {stop.op_type}"
        raise XnorflowError(
            Diagnostic(
                "unsupported-op",
                f"{average.op_type} must be directly in front of a Conv, MatMul or Gemm, or of "
                f"layout changes in front of one, not {where}",
                "average the bits behind a quantiser, and put the product behind the average",
                Origin((average.name,)),
            )
        )
    return first


def _output(network: Network) -> str:
    """The only output; of TopK's two, the indices."""
    outputs = network.outputs
    topk = next((n for n in network.nodes if n.op_type == "TopK"), None)
    if topk is not None and set(outputs) == set(topk.output):
        return str(topk.output[1])
    if topk is not None and (network.readers(topk.output[0]) or topk.output[0] in outputs):
        raise _topology("TopK must give the indices alone, not its values", (topk.name,))
    if len(outputs) != 1:
        raise XnorflowError(
            Diagnostic(
                "several-outputs",
                f"the model must have exactly one output, not {len(outputs)}: {', '.join(outputs)}",
                "export the part of the network from one input to one output",
            )
        )
    return outputs[0]


def _path(network: Network) -> list[NodeProto]:
    path: list[NodeProto] = []
    tensor, output = network.input, _output(network)
    while True:
        readers = network.readers(tensor)
        if len(readers) > 1 or (readers and tensor == output):
            names = tuple(node.name for node in readers)
            raise _topology(
                "residual branches are not supported yet: the network must be a chain, "
                f"not {len(readers)} branches behind {path[-1].name if path else 'the input'}",
                tuple(dict.fromkeys([*names, *_joins(network)])),
            )
        if not readers:
            break
        node = readers[0]
        if len(network.moving_inputs(node)) > 1:
            raise _topology(
                "the network must be a chain, not join two computed tensors", (node.name,)
            )
        path.append(node)
        tensor = _next_tensor(node)
    if tensor != output:
        raise _topology("the output must be computed from the input, not be a constant", ())
    return path


def _next_tensor(node: NodeProto) -> str:
    if node.op_type == "TopK":
        return str(node.output[1])
    return str(node.output[0])


def _joins(network: Network) -> tuple[str, ...]:
    return tuple(n.name for n in network.nodes if len(network.moving_inputs(n)) > 1)


def _topology(rule: str, nodes: tuple[str, ...]) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "unsupported-topology",
            rule,
            "xnorflow builds one hardware stage behind the other",
            Origin(nodes),
        )
    )
