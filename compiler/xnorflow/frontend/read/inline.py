# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Local functions of a model, replaced by their nodes; a small file must not unfold without end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.read.foreign import foreign
from xnorflow.frontend.read.limits import MAX_NODES
from xnorflow.frontend.read.names import name_nodes, printable

if TYPE_CHECKING:
    from onnx import FunctionProto, GraphProto, ModelProto, NodeProto

__all__ = ["Inlined", "calls_left", "inline_functions"]

_Key = tuple[str, str, str]
_HINT = "inline them with onnx.inliner.inline_local_functions, or export with optimize=True"


@dataclass(frozen=True, eq=False)
class Inlined:
    """A model without functions of its own, but for such as ``calls_left`` tells of.

    Attributes:
        model: the model; every node has a name of its own.
        calls: for the name of a node that was inside a function, the node that called it.
    """

    model: ModelProto
    calls: dict[str, NodeProto]


def inline_functions(model: ModelProto) -> Inlined:
    """Put the nodes of the model's functions in the places of their calls.

    What makes a call's first result has the call's name; of its other nodes that name, with the
    operator's behind it.

    Args:
        model: every node named.

    Raises:
        XnorflowError: ``model-invalid``: functions call each other in a circle, unfold into more
            nodes than a graph may have, or cannot be inlined.
    """
    if not model.functions:
        return Inlined(model, {})
    from onnx import inliner

    _check_size(model)
    with foreign("model-invalid", "onnx must be able to inline the model's functions, not:", _HINT):
        inlined = inliner.inline_local_functions(model)
    callers = _callers(model, inlined.graph)
    for number, call in callers.items():
        node = inlined.graph.node[number]
        makes_result = call.output[0] in node.output
        node.name = call.name if makes_result else f"{call.name}_{node.op_type}"
    name_nodes(inlined.graph)
    nodes = inlined.graph.node
    return Inlined(inlined, {nodes[number].name: call for number, call in callers.items()})


def _callers(model: ModelProto, inlined: GraphProto) -> dict[int, NodeProto]:
    """Numbers of the nodes that were inside a function and make its results, each with the call.

    Tensors of the model keep their names when functions are inlined; those of functions get new
    ones. So a call's nodes are those between its results and the model's other tensors.
    """
    functions = {_key(function) for function in model.functions}
    outside = {name for node in model.graph.node for name in (*node.input, *node.output)}
    maker = {name: number for number, n in enumerate(inlined.node) for name in n.output if name}
    found: dict[int, NodeProto] = {}
    for call in model.graph.node:
        todo = list(call.output) if _call(call) in functions else []
        while todo:
            number = maker.get(todo.pop())
            if number is not None and number not in found:
                found[number] = call
                todo.extend(name for name in inlined.node[number].input if name not in outside)
    return found


def calls_left(model: ModelProto) -> Iterator[Diagnostic]:
    """What keeps functions from being inlined that use other versions of operators.

    Args:
        model: from ``inline_functions``.
    """
    functions = {_key(function): function for function in model.functions}
    calls = [node for node in model.graph.node if _call(node) in functions]
    if not calls:
        return
    own = {opset.domain: opset.version for opset in model.opset_import}
    used = [opset for call in calls for opset in functions[_call(call)].opset_import]
    other = {(o.domain, o.version): own[o.domain] for o in used if o.domain in own}
    shown = ", ".join(
        f"{version} of {domain or 'ai.onnx'} where the model uses {wanted}"
        for (domain, version), wanted in other.items()
        if version != wanted
    )
    yield Diagnostic(
        "model-invalid",
        "the model's functions must use the same versions of operators as the model, "
        f"not {printable(shown)}",
        "export functions and model with one opset_version",
        Origin(tuple(node.name for node in calls)),
    )


def _check_size(model: ModelProto) -> None:
    functions = {_key(f): f for f in model.functions}
    sizes: dict[_Key, int] = {}
    for name in functions:
        _measure(name, functions, sizes)
    total = sum(sizes.get(_call(node), 1) for node in _nodes(model.graph.node))
    if total > MAX_NODES:
        rule = f"unfold into at most {MAX_NODES} nodes, not {total}"
        raise _error(rule, "let functions call fewer others")


def _measure(name: _Key, functions: dict[_Key, FunctionProto], sizes: dict[_Key, int]) -> None:
    """Count the nodes that a function unfolds into, those that it calls first."""
    open_calls = [name]
    while open_calls:
        now = open_calls[-1]
        called = [_call(node) for node in _nodes(functions[now].node)]
        unknown = [call for call in called if call in functions and call not in sizes]
        if not unknown:
            # Counts beyond the limit are all alike; exact ones could have millions of digits.
            sizes[now] = min(sum(sizes.get(call, 1) for call in called), MAX_NODES + 1)
            open_calls.pop()
        elif unknown[0] in open_calls:
            shown = printable(unknown[0][1])
            rule = "not call each other in a circle"
            raise _error(rule, "take the call out that closes it", Origin((shown,)))
        else:
            open_calls.append(unknown[0])


def _nodes(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    """Nodes, and those of the graphs that they hold."""
    todo = list(nodes)
    while todo:
        node = todo.pop()
        yield node
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                todo.extend(graph.node)


def _key(function: FunctionProto) -> _Key:
    return function.domain, function.name, function.overload


def _call(node: NodeProto) -> _Key:
    return node.domain, node.op_type, node.overload


def _error(rule: str, hint: str, origin: Origin | None = None) -> XnorflowError:
    text = f"the model's functions must {rule}"
    return XnorflowError(Diagnostic("model-invalid", text, hint, origin or Origin()))
