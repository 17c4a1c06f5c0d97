# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Vetting a parsed model before any library works on it: the file may be hostile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin
from xnorflow.frontend.read.inline import calls_left
from xnorflow.frontend.read.limits import MAX_NODES
from xnorflow.frontend.read.names import printable
from xnorflow.frontend.read.nodes import ill_formed

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

__all__ = ["DOMAINS", "Vetted", "vet"]

DOMAINS = {
    "": "",
    "ai.onnx": "",
    "qonnx.custom_op.general": "qonnx.custom_op.general",
    "onnx.brevitas": "qonnx.custom_op.general",
    "finn.custom_op.general": "qonnx.custom_op.general",
    "finn": "qonnx.custom_op.general",
}
"""Operator domains that are known, and what each is called today.

qonnx imports a Python module by the name of a node's domain, so no other may reach it.
"""

_RANDOM = (
    *("Bernoulli", "Multinomial"),
    *("RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"),
)
"""Operators that give something else each time, even where all their inputs are constants."""


@dataclass(frozen=True, eq=False)
class Vetted:
    """What is wrong with a model before anything is known of its tensors.

    Attributes:
        faults: all that was found.
        is_fatal: whether no library may work on it whatever is left out.
        bad: names of the nodes that must be left out.
    """

    faults: tuple[Diagnostic, ...]
    is_fatal: bool
    bad: frozenset[str]


def vet(model: ModelProto) -> Vetted:
    """Look for what must not reach a library.

    That is data outside the file or of another size than its tensor, unknown operators, control
    flow, random numbers, tensors that nobody makes or that two make, and nodes that break ONNX's
    rules.
    """
    fatal = [*_external(model), *_broken(model), *_damaged(model)]
    left = [*calls_left(model)]
    calls = _named(left)
    unknown = [*left, *_unknown_nodes([n for n in model.graph.node if n.name not in calls])]
    faults = [*_unsourced(model.graph), *unknown]
    if not fatal:
        told = _named(unknown)
        faults += (fault for fault in ill_formed(model) if not told & {*fault.origin.nodes})
    return Vetted((*fatal, *faults), bool(fatal), _named(faults))


def _named(faults: list[Diagnostic]) -> frozenset[str]:
    return frozenset(name for fault in faults for name in fault.origin.nodes)


def _external(model: ModelProto) -> Iterator[Diagnostic]:
    from onnx import TensorProto

    names = sorted(
        {
            printable(tensor.name) or "(unnamed)"
            for tensor in _tensors(model.graph)
            if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data
        }
    )
    if names:
        yield Diagnostic(
            "external-data",
            f"all tensors must be inside the model file, not in another file: {', '.join(names)}",
            "save the model as one file: onnx.save(onnx.load(path), path)",
        )


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner)


def _unknown_nodes(nodes: list[NodeProto]) -> Iterator[Diagnostic]:
    control = [n for n in nodes if _holds_graph(n)]
    if control:
        yield _unsupported(control, "nodes must not hold graphs of their own", _EXPORT)
    random = [n for n in nodes if n.op_type in _RANDOM]
    if random:
        yield _unsupported(random, "operators must give the same each time", _EXPORT)
    strange = [n for n in nodes if not _holds_graph(n) and not _is_known(n)]
    known = ", ".join(repr(name) for name in DOMAINS if name)
    rule = f"operators must be ONNX's own or of {known}"
    hints = {node.name: _way_back(node) for node in strange}
    for hint in dict.fromkeys(hints.values()):
        yield _unsupported([n for n in strange if hints[n.name] == hint], rule, hint)


def _holds_graph(node: NodeProto) -> bool:
    return any(a.HasField("g") or a.graphs for a in node.attribute)


def _is_known(node: NodeProto) -> bool:
    from onnx import defs
    from qonnx.custom_op.registry import is_custom_op

    domain = DOMAINS.get(node.domain)
    if domain is None:
        return False
    return bool(is_custom_op(domain, node.op_type) if domain else defs.has(node.op_type))


def _way_back(node: NodeProto) -> str:
    """What to do about a node that another tool has made."""
    if node.domain.endswith("channels_last"):
        return (
            "give the model from before the channels-last step "
            "(qonnx's ConvertToChannelsLastAndClean)"
        )
    if node.domain.split(".")[0] == "finn":
        return "give the QONNX model from before FINN turned it into hardware layers"
    return _EXPORT


_EXPORT = "export the network in inference mode with brevitas.export.export_qonnx"


def _unsupported(nodes: list[NodeProto], rule: str, hint: str) -> Diagnostic:
    kinds = sorted({printable(f"{n.domain}.{n.op_type}".lstrip(".")) for n in nodes})
    origin = Origin(tuple(n.name for n in nodes))
    return Diagnostic("unsupported-op", f"{rule}, not {', '.join(kinds)}", hint, origin)


def _broken(model: ModelProto) -> Iterator[Diagnostic]:
    from onnx import defs

    graph = model.graph
    if len(graph.node) > MAX_NODES:
        yield _invalid(f"the graph must have at most {MAX_NODES} nodes, not {len(graph.node)}")
    if graph.sparse_initializer:
        yield _invalid("the model must not hold sparse tensors")
    if not any(DOMAINS.get(opset.domain) == "" for opset in model.opset_import):
        yield _invalid("the model must say which version of ONNX's operators it uses")
    newest = defs.onnx_opset_version()
    for opset in model.opset_import:
        if DOMAINS.get(opset.domain) == "" and not 1 <= opset.version <= newest:
            rule = f"must use a version of ONNX's operators from 1 to {newest}"
            yield _invalid(f"the model {rule}, not {opset.version}")


def _damaged(model: ModelProto) -> Iterator[Diagnostic]:
    """Tensors of more or fewer bytes than their shape has: onnx's shape inference trusts them."""
    for tensor in _tensors(model.graph):
        size = _bytes_of(tensor)
        if tensor.HasField("raw_data") and size is not None and len(tensor.raw_data) != size:
            name = printable(tensor.name) or "(unnamed)"
            rule = f"the data of tensor {name} {list(tensor.dims)} must have {size} bytes"
            yield _invalid(f"{rule}, not {len(tensor.raw_data)}")


def _bytes_of(tensor: TensorProto) -> int | None:
    """What a tensor's elements take; None where they have no fixed size."""
    from onnx import TensorProto as Types
    from onnx import helper

    kind, count = tensor.data_type, int(prod(tensor.dims))
    if kind == Types.STRING or kind not in helper.get_all_tensor_dtypes():
        return None
    if kind in (Types.INT4, Types.UINT4, Types.FLOAT4E2M1):
        return (count + 1) // 2
    return count * int(helper.tensor_dtype_to_np_dtype(kind).itemsize)


def _unsourced(graph: GraphProto) -> Iterator[Diagnostic]:
    """Tensors of two sources, with all nodes that make or read them, and tensors of none."""
    made: set[str] = {tensor.name for tensor in (*graph.input, *graph.initializer)}
    twice: dict[str, None] = {}
    for node in graph.node:
        for name in filter(None, node.output):
            if name in made:
                twice[name] = None
            made.add(name)
    wanted = [name for node in graph.node for name in node.input]
    missing = sorted({n for n in (*wanted, *(o.name for o in graph.output)) if n} - made)
    for names, count in (([*twice], "two"), (missing, "none")):
        if names:
            listed, odd = ", ".join(map(printable, names)), set(names)
            nodes = tuple(n.name for n in graph.node if odd & {*n.input, *n.output})
            rule = f"each tensor must have one source, not {count}: {listed}"
            yield _invalid(rule, Origin(nodes))


def _invalid(rule: str, origin: Origin | None = None) -> Diagnostic:
    hint = "export the model again; onnx.checker says more"
    return Diagnostic("model-invalid", rule, hint, origin or Origin())
