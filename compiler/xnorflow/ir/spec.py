# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The IR's invariants, checked before and after every pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import prod

import numpy as np

from xnorflow.ir.graph import Graph
from xnorflow.ir.host import HostInput, HostLine, HostOutput
from xnorflow.ir.layer import Layer
from xnorflow.ir.limits import INT32
from xnorflow.ir.ops.op import array_faults
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import TensorType

__all__ = ["SpecError", "check"]

_MAX_BITS = 32


class SpecError(AssertionError):
    """A stage of the compiler made an IR that breaks an invariant: a bug of ours."""


def check(graph: Graph) -> None:
    """Check every invariant.

    Raises:
        SpecError: with the layer and the first broken invariant.
    """
    for place, fault in _faults(graph):
        raise SpecError(f"{place}: {fault}")


def _faults(graph: Graph) -> Iterator[tuple[str, str]]:
    for name, tensor in graph.tensors.items():
        yield from (("tensor " + name, fault) for fault in _tensor(tensor))
    yield from _wiring(graph)
    for layer in graph.layers:
        yield from ((_place(layer), fault) for fault in _layer(layer))
    yield from _readers(graph)
    yield from _domains(graph)
    yield from (("host input", f) for f in _host_input(graph.host_input, _type(graph, graph.input)))
    out = _type(graph, graph.output)
    yield from (("host output", fault) for fault in _host_output(graph.host_output, out))
    yield from (("host output", fault) for fault in _coverage(graph))
    yield from _orders(graph)


def _type(graph: Graph, name: str) -> TensorType:
    return graph.tensors[name]


def _tensor(tensor: TensorType) -> Iterator[str]:
    if not tensor.shape or min(tensor.shape) < 1:
        yield f"shape must be positive, not {tensor.shape}"
    if not 1 <= tensor.value.bits <= _MAX_BITS:
        yield f"values must have 1 to {_MAX_BITS} bits, not {tensor.value.bits}"
    if not 1 <= tensor.value.code.step < INT32 or abs(tensor.value.code.offset) >= INT32:
        yield f"codes must rise, within 32 bits, not be {tensor.value.code}"
    if tensor.worth is not None and not np.isfinite([tensor.worth.scale, tensor.worth.zero]).all():
        yield f"worth must be finite, not {tensor.worth}"


def _wiring(graph: Graph) -> Iterator[tuple[str, str]]:
    if graph.input not in graph.tensors or graph.output not in graph.tensors:
        yield "graph", "input and output must have a type"
        return
    if not graph.layers:
        yield "graph", "there must be a layer"
    made, names = {graph.input}, set[str]()
    for layer in graph.layers:
        place = f"layer {layer.name}"
        if not layer.name.isidentifier() or layer.name in names:
            yield place, "its name must be a unique identifier"
        names.add(layer.name)
        if not layer.inputs or not made.issuperset(layer.inputs):
            yield place, f"its inputs {layer.inputs} must be made by earlier layers"
        else:
            types = tuple(graph.tensors[name] for name in layer.inputs)
            if len(types) == len(layer.in_types) and types != layer.in_types:
                shown = " and ".join(map(str, layer.in_types))
                yield place, f"its input type {shown} must be that of {', '.join(layer.inputs)}"
        if layer.output in made:
            yield place, f"its output {layer.output} must have no other source"
        if graph.tensors.get(layer.output) != layer.out_type:
            yield place, f"its output type {layer.out_type} must be that of {layer.output}"
        made.add(layer.output)
    if graph.output not in made - {graph.input}:
        yield "graph", f"the output {graph.output} must be made by a layer"
    if made != set(graph.tensors):
        yield "graph", f"tensors must be used: {sorted(set(graph.tensors) - made)}"


def _place(layer: Layer) -> str:
    """A layer by its name, one of several inputs by theirs too."""
    joined = f" of {' and '.join(layer.inputs)}" if layer.op.arity > 1 else ""
    return f"layer {layer.name}{joined}"


def _readers(graph: Graph) -> Iterator[tuple[str, str]]:
    """Every tensor is read, by a layer or, at the end, by the host; some so often and no more."""
    readers = Counter(name for layer in graph.layers for name in layer.inputs)
    if readers[graph.output]:
        yield "graph", f"the output {graph.output} must be read by no layer"
    readers[graph.output] += 1
    for layer in graph.layers:
        place, found, wanted = f"layer {layer.name}", readers[layer.output], layer.op.readers
        if not found:
            yield place, f"its output {layer.output} must be read"
        elif wanted not in (None, found):
            yield place, f"its output must be read {wanted} times, not {found}"


def _layer(layer: Layer) -> Iterator[str]:
    op = layer.op
    if not len(layer.inputs) == len(layer.in_types) == op.arity:
        yield f"the number of tensors it reads must be {op.arity}, not {len(layer.inputs)}"
        return
    yield from op.faults(layer.in_types, layer.out_type)


def _domains(graph: Graph) -> Iterator[tuple[str, str]]:
    """Tables of some values alone tell of all that the layer in front of them can give."""
    for layer in graph.layers:
        if not isinstance(layer.op, Quantize) or layer.op.domain is None:
            continue
        given, told = _given(graph, layer.inputs[0]), layer.op.domain
        steps = (given.start - told.start) % told.step == 0 and given.step % told.step == 0
        if not steps or given[0] < told[0] or given[-1] > told[-1]:
            yield f"layer {layer.name}", f"its domain {told} must hold all of {given}"


def _given(graph: Graph, tensor: str) -> range:
    """All integers that a tensor can hold, in equal steps."""
    makers = {layer.output: layer for layer in graph.layers}
    maker = makers.get(tensor)
    while maker is not None and maker.op.passes:
        tensor = maker.inputs[0]
        maker = makers.get(tensor)
    if maker is not None:
        return maker.op.results(maker.in_types, maker.out_type)
    value = _type(graph, tensor).value
    return range(value.low, value.high + 1)


def _host_input(host: HostInput, entry: TensorType) -> Iterator[str]:
    if prod(host.shape) != entry.elements:
        yield f"shape {host.shape} must have {entry.elements} elements"
    if host.levels is not None:
        count = entry.value.high - entry.value.low + 1
        if len(host.levels) != count or any(np.diff(host.levels) <= 0):
            yield f"levels must be {count} ascending integers, not {host.levels}"
    if not np.isfinite(host.scale) or host.scale == 0:
        yield f"scale must be finite and not 0, not {host.scale}"
    for name, numbers in (("mean", host.mean), ("std", host.std)):
        if len(numbers) > 1 and host.shape[host.channel_axis :][:1] != (len(numbers),):
            yield f"{name} must have one number, or one a channel of {host.shape}"
        if not np.isfinite(numbers).all() or (name == "std" and min(numbers, default=1) <= 0):
            yield f"{name} must be finite, a std above 0, not {numbers}"


def _host_output(host: HostOutput, result: TensorType) -> Iterator[str]:
    parts = [host.table]
    if isinstance(host.table, HostLine):
        parts = [host.table.scale[:, np.newaxis], host.table.offset[:, np.newaxis]]
    for table in parts:
        assert not isinstance(table, HostLine), "a line was taken apart"
        if table.dtype != np.float64 or table.ndim != 2:
            yield "table must be float64 [rows, values]"
        elif len(table) not in (1, result.elements):
            yield f"table must have one row or {result.elements}, not {len(table)}"
        elif not np.isfinite(table).all():
            yield "table must be finite"
    if isinstance(host.table, HostLine) and not host.table.scale.all():
        yield "the scale of a line must not be 0"
    count = result.elements
    for step in host.steps:
        if step.kind not in ("mean", "softmax", "log_softmax"):
            yield f"a step must be mean, softmax or log_softmax, not {step.kind}"
        if prod(step.shape) != count or not set(step.axes) <= set(range(len(step.shape))):
            yield f"a step must act on axes of {count} values, not {step.axes} of {step.shape}"
        count = step.elements
    if not 0 <= host.top <= count:
        yield f"top must be at most {count}, not {host.top}"
    if prod(host.shape) != (host.top or count):
        yield f"shape {host.shape} must have {host.top or count} elements"


def _coverage(graph: Graph) -> Iterator[str]:
    """The host's table must tell what every integer of the last layer means."""
    values, host = _given(graph, graph.output), graph.host_output
    stated = (host.first, host.step, host.count)
    wanted = (values.start, values.step, len(values))
    if stated != wanted:
        yield f"first, step and number of values must be {wanted}, not {stated}"


def _orders(graph: Graph) -> Iterator[tuple[str, str]]:
    """The orders of elements, of what enters and of what leaves."""
    ends = (
        ("host input", graph.host_input.order, graph.input),
        ("host output", graph.host_output.order, graph.output),
    )
    for place, order, name in ends:
        if order is None:
            continue
        for fault in array_faults("order", order, np.int32, (_type(graph, name).elements,)):
            yield place, fault
        if (np.sort(order) != np.arange(order.size)).any():
            yield place, "order must be a permutation"
