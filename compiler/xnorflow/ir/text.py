# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The IR as text, for people and for diffs: equal graphs give equal text."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.ir.graph import Graph
from xnorflow.ir.host import HostLine
from xnorflow.ir.layer import Layer
from xnorflow.ir.types import TensorType

__all__ = ["text_of"]

_SHOWN = 16


def text_of(graph: Graph) -> str:
    """The whole graph, a line a fact; large arrays as first values, range and digest."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    yield f"model {graph.model.name} sha256 {graph.model.sha256}"
    entry, host = graph.tensors[graph.input], graph.host_input
    yield f"input {graph.input}: {entry}"
    yield from _worth(entry)
    yield f"  from {_shape(host.shape)}, scale {host.scale!r}"
    if host.levels is not None:
        yield f"  levels {host.levels}"
    if host.mean or host.std:
        yield f"  mean {host.mean}, std {host.std} along axis {host.channel_axis}"
    yield f"  {host.known_by}{', assumed' * host.assumed}"
    if host.order is not None:
        yield f"  order {_array(host.order)}"
    for layer in graph.layers:
        yield from _layer(layer)
    result = graph.host_output
    yield f"output {graph.output}: {graph.tensors[graph.output]}"
    yield f"  to {_shape(result.shape)} {result.dtype}" + (f", top {result.top}" * bool(result.top))
    if result.order is not None:
        yield f"  order {_array(result.order)}"
    for step in result.steps:
        yield f"  {step.kind} over axes {step.axes} of {_shape(step.shape)}"
    yield f"  table from {result.first} step {result.step}: {_meaning(result.table)}"
    for note in graph.notes:
        yield f"note {note.code}: {note.message}"


def _meaning(table: npt.NDArray[np.float64] | HostLine) -> str:
    if isinstance(table, HostLine):
        parts = f"{_array(table.scale)} times each, {_array(table.offset)} added"
        return f"{table.count} values, {parts}"
    return _array(table)


def _layer(layer: Layer) -> Iterator[str]:
    kind = type(layer.op).__name__
    before = ", ".join(map(str, layer.in_types))
    yield (
        f"{layer.name} = {kind}({', '.join(layer.inputs)}): "
        f"{before} -> {layer.output}: {layer.out_type}"
    )
    yield from _worth(layer.out_type)
    if layer.origin.nodes:
        yield f"  from {', '.join(layer.origin.nodes)}"
    for name, value in layer.op.facts():
        yield f"  {name} {value if isinstance(value, str) else _array(value)}"


def _worth(tensor: TensorType) -> Iterator[str]:
    if tensor.worth is not None:
        yield f"  worth {tensor.meaning}"


def _shape(shape: tuple[int, ...]) -> str:
    return f"[{'x'.join(map(str, shape))}]"


def _array(array: npt.NDArray[Any]) -> str:
    flat = array.ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    runs = np.diff(np.append(starts, flat.size))
    shown = zip(flat[starts[:_SHOWN]], runs, strict=False)
    values = ", ".join(f"{value:g}" + f" x{run}" * bool(run > 1) for value, run in shown)
    more = ", ..." if len(starts) > _SHOWN else ""
    digest = sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]
    limits = f"{array.min():g} to {array.max():g}"
    return f"{array.dtype}{_shape(array.shape)} {{{values}{more}}} {limits} #{digest}"
