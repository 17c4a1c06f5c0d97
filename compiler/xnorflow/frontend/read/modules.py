# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The PyTorch modules that nodes come from, as far as the exporter left their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from xnorflow.diagnostics import Diagnostic, Origin
from xnorflow.frontend.read.limits import MAX_NODES
from xnorflow.frontend.read.names import printable
from xnorflow.ir.layer import Layer

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

__all__ = ["module_paths", "with_modules"]

_Placed = TypeVar("_Placed", Diagnostic, Layer)

_SCOPES = "pkg.torch.onnx.name_scopes"
_LONGEST = 10_000
"""Of a list of scopes, in characters: far above what modules nest."""

_STRING = r"""(?:'[^'\\\0\n]*'|"[^"\\\0\n]*")"""
_STRINGS = re.compile(rf"\[(?:{_STRING}(?:,\s*{_STRING})*)?\]")
"""A list of plain strings, as Python writes it."""

_PARAMETER = re.compile(r"([\w.]+)\.(weight|bias|running_mean|running_var)")
_QUANTISER = re.compile(
    r"(^|\.)\w+_quant\.(export_handler|activation_impl|fused_activation_quant_proxy)\b.*"
)
"""What Brevitas keeps inside of a layer."""


def module_paths(graph: GraphProto, calls: Mapping[str, NodeProto]) -> dict[str, str]:
    """For each node's name the module that it comes from, as ``named_modules`` calls it.

    Nodes that belong to no module, or of which that is not known, are left out. The sources, the
    surest first: the scopes that PyTorch's newer exporter notes beside a node; the node's name,
    where it is a path of the older exporter; the names of the parameters that the node reads.

    Args:
        graph: without functions.
        calls: for names of nodes that were inside a function, its call, whose module is surer.
    """
    constants = {tensor.name for tensor in graph.initializer}
    found = {}
    for node in islice(graph.node, MAX_NODES):
        call = calls.get(node.name, node)
        path = _path(call, constants) or _path(node, constants)
        if path:
            found[node.name] = path
    return found


def with_modules(items: Iterable[_Placed], paths: Mapping[str, str]) -> tuple[_Placed, ...]:
    """Diagnostics or layers, whose origins also name the modules of their nodes, each once."""
    return tuple(replace(item, origin=_with_modules(item.origin, paths)) for item in items)


def _with_modules(origin: Origin, paths: Mapping[str, str]) -> Origin:
    found = dict.fromkeys(paths[name] for name in origin.nodes if name in paths)
    return replace(origin, modules=tuple(found))


def _path(node: NodeProto, constants: set[str]) -> str:
    found = _by_scopes(node) or _by_name(node.name) or _by_parameters(node, constants)
    return printable(_QUANTISER.sub("", found))


def _by_scopes(node: NodeProto) -> str:
    """The last scope with a name; the one behind it is the operation's."""
    text = next((entry.value for entry in node.metadata_props if entry.key == _SCOPES), "")
    if len(text) > _LONGEST or not _STRINGS.fullmatch(text):
        return ""
    scopes = [scope[1:-1] for scope in re.findall(_STRING, text)]
    return next((scope for scope in reversed(scopes[:-1]) if scope), "")


def _by_name(name: str) -> str:
    """From ``/features/features.0/Conv`` to ``features.0``.

    A scope is a module's name in the module around it; where that is a number only, the name
    of the module around it stands in front.
    """
    first, *scopes = name.split("/")[:-1] or [name]
    return _joined(scopes) if not first else ""


def _joined(scopes: Sequence[str]) -> str:
    path: list[str] = []
    for scope in scopes:
        if path and re.fullmatch(re.escape(path[-1]) + r"(\.\d+)+", scope):
            path.pop()
        path.append(scope)
    return ".".join(path)


def _by_parameters(node: NodeProto, constants: set[str]) -> str:
    """The module whose parameter is the first one that the node reads."""
    matches = (_PARAMETER.fullmatch(name) for name in node.input if name in constants)
    return next((match[1] for match in matches if match), "")
