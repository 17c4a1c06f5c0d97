# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Local functions of a model, replaced by their nodes; a small file must not unfold without end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from xnorflow.frontend.foreign import foreign
from xnorflow.frontend.limits import MAX_NODES
from xnorflow.frontend.names import printable
from xnorflow.ir.diagnostics import Diagnostic, Origin, XnorflowError

if TYPE_CHECKING:
    from onnx import FunctionProto, ModelProto, NodeProto

__all__ = ["inline_functions"]

_Key = tuple[str, str, str]
_HINT = "inline them with onnx.inliner.inline_local_functions, or export with optimize=True"


def inline_functions(model: ModelProto) -> ModelProto:
    """The model without functions of its own; whoever makes a call's result has the call's name.

    Raises:
        XnorflowError: ``model-invalid``: functions call each other in a circle, unfold into more
            nodes than a graph may have, or cannot be inlined.
    """
    if not model.functions:
        return model
    from onnx import inliner

    _check_size(model)
    calls = {name: node.name for node in model.graph.node for name in node.output}
    with foreign("model-invalid", "onnx must be able to inline the model's functions, not:", _HINT):
        inlined = inliner.inline_local_functions(model)
    for node in inlined.graph.node:
        if not node.name:
            node.name = next((calls[name] for name in node.output if calls.get(name)), "")
    return inlined


def _check_size(model: ModelProto) -> None:
    functions = {_key(f): f for f in model.functions}
    sizes: dict[_Key, int] = {}
    for name in functions:
        _measure(name, functions, sizes)
    total = sum(sizes.get(_call(node), 1) for node in _nodes(model.graph.node))
    if total > MAX_NODES:
        raise _error(f"unfold into at most {MAX_NODES} nodes, not {total}")


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
            raise _error("not call each other in a circle", Origin((shown,)))
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


def _error(rule: str, origin: Origin | None = None) -> XnorflowError:
    text = f"the model's functions must {rule}"
    return XnorflowError(Diagnostic("model-invalid", text, _HINT, origin or Origin()))
