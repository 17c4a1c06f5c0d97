# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The user's own node names: kept, completed where missing, remembered when nodes are folded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

__all__ = ["folded_names", "moving_nodes", "name_nodes", "numbered", "printable"]

_LONGEST = 200

_LONGEST_STEM = 190
"""Of a name that gets a number."""


def name_nodes(graph: GraphProto) -> None:
    """Give every node a name of its own, safe to print.

    Unnamed nodes are called ``<operator>_<number>``; where several have one name, from the second
    on ``_2``, ``_3`` and so on is put behind it.
    """
    names = [printable(node.name) for node in graph.node]
    taken, seen = set(names), {""}
    unused: dict[tuple[str, int], Iterator[str]] = {}
    for node, name in zip(graph.node, names, strict=True):
        if name in seen:
            stem, first = (name, 2) if name else (printable(node.op_type), 0)
            key = stem[:_LONGEST_STEM], first
            name = next(unused.setdefault(key, numbered(*key, taken)))
        seen.add(name)
        node.name = name


def numbered(stem: str, first: int, taken: set[str]) -> Iterator[str]:
    """Names that are not ``taken``, and are then."""
    for number in count(first):
        name = f"{stem}_{number}"
        if name not in taken:
            taken.add(name)
            yield name


def printable(name: str) -> str:
    """A name from the file, made safe for a terminal: one line, no control codes, bounded."""
    if not name.isprintable():
        name = name.encode("unicode_escape").decode("ascii")
    return name[:_LONGEST]


def folded_names(graph: GraphProto) -> dict[str, tuple[str, ...]]:
    """For each output of a node, the names of the nodes that compute the node's constants.

    Those nodes (a weight's quantiser, its Transpose) vanish when constants are folded.
    """
    producer = {name: node for node in graph.node for name in node.output if name}
    moving = _moving(graph)
    found = ((node, tuple(_ancestors(node, producer, moving))) for node in graph.node)
    return {name: names for node, names in found for name in node.output if name}


def moving_nodes(graph: GraphProto) -> Iterator[NodeProto]:
    """The nodes that act on frames, not on constants or sizes alone."""
    moving = _moving(graph)
    for node in graph.node:
        if node.op_type != "Shape" and moving & set(node.input):
            yield node


def _moving(graph: GraphProto) -> set[str]:
    """The tensors that depend on a frame's values."""
    constants = {tensor.name for tensor in graph.initializer}
    return _depends_on(graph.node, {tensor.name for tensor in graph.input} - constants)


def _depends_on(nodes: Iterable[NodeProto], frames: set[str]) -> set[str]:
    """All tensors that are computed from ``frames``, these too; a shape is none of them."""
    readers: dict[str, list[NodeProto]] = {}
    for node in nodes:
        if node.op_type != "Shape":
            for name in node.input:
                readers.setdefault(name, []).append(node)
    moving, todo = set(frames), list(frames)
    while todo:
        for node in readers.get(todo.pop(), ()):
            fresh = [name for name in node.output if name not in moving]
            moving.update(fresh)
            todo.extend(fresh)
    return moving


def _ancestors(node: NodeProto, producer: dict[str, NodeProto], moving: set[str]) -> list[str]:
    found: dict[str, None] = {}
    seen: set[str] = set()
    todo = [name for name in node.input if name not in moving]
    while todo:
        name = todo.pop()
        source = producer.get(name)
        if name in seen or source is None:
            continue
        seen.add(name)
        if source.op_type != "Constant":
            found[source.name] = None
        todo.extend(n for n in source.input if n not in moving)
    return list(reversed(found))
