# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Give every tensor that is read several times a fork: in hardware a stream has one reader.

Before: a tensor may have any number of readers. After: those of forks have several, as many as
there are copies, and all others one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.types import TensorType
from xnorflow.passes.pass_type import Pass

__all__ = ["INSERT_FORKS"]


def _apply(graph: Graph) -> Graph:
    shared = _shared(graph)
    if not shared:
        return graph
    copied = dict(zip(shared, _free_names("copies", graph.tensors), strict=False))
    names = dict(zip(shared, _free_names("fork", (x.name for x in graph.layers)), strict=False))
    tensors, layers = dict(graph.tensors), list[Layer]()

    def fork(tensor: str) -> None:
        if tensor in shared:
            kind = tensors[copied[tensor]] = tensors[tensor]
            layers.append(_fork(names[tensor], tensor, copied[tensor], kind, shared[tensor]))

    fork(graph.input)
    for layer in graph.layers:
        layers.append(replace(layer, inputs=tuple(copied.get(name, name) for name in layer.inputs)))
        fork(layer.output)
    return replace(graph, tensors=tensors, layers=tuple(layers))


def _shared(graph: Graph) -> dict[str, int]:
    """How many readers those tensors have that have several, but for copies; in their order."""
    readers = Counter(name for layer in graph.layers for name in layer.inputs)
    forks = {layer.output for layer in graph.layers if isinstance(layer.op, Fork)}
    made = (graph.input, *(layer.output for layer in graph.layers))
    return {name: readers[name] for name in made if readers[name] > 1 and name not in forks}


def _free_names(stem: str, taken: Iterable[str]) -> Iterator[str]:
    """Names with numbers that nothing has yet."""
    known, number = set(taken), 0
    while True:
        if (name := f"{stem}{number}") not in known:
            yield name
        number += 1


def _fork(name: str, source: str, output: str, kind: TensorType, copies: int) -> Layer:
    return Layer(name, Fork(copies), (source,), output, (kind,), kind)


def _faults(graph: Graph) -> Iterator[str]:
    for name, readers in _shared(graph).items():
        yield f"tensor {name} must have one reader, or a fork, not {readers} readers"


INSERT_FORKS = Pass(
    "insert-forks", "tensors that are read several times get a fork", _apply, _faults
)
