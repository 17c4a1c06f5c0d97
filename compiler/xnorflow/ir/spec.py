# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The IR's invariants, checked before and after every pass."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.ir.graph import Graph
from xnorflow.ir.host import HostInput, HostOutput
from xnorflow.ir.layer import ArgMax, Dense, Layer, MaxPool, Quantize, Window
from xnorflow.ir.ranges import dot_range, threshold_range
from xnorflow.ir.sweep import Sweep
from xnorflow.ir.types import BINARY, TensorType, ValueType, bits_for_range

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
        yield from ((f"layer {layer.name}", fault) for fault in _layer(layer))
    yield from (("host input", f) for f in _host_input(graph.host_input, _type(graph, graph.input)))
    out = _type(graph, graph.output)
    yield from (("host output", fault) for fault in _host_output(graph.host_output, out))
    yield from (("host output", fault) for fault in _coverage(graph))


def _type(graph: Graph, name: str) -> TensorType:
    return graph.tensors[name]


def _tensor(tensor: TensorType) -> Iterator[str]:
    if not tensor.shape or min(tensor.shape) < 1:
        yield f"shape must be positive, not {tensor.shape}"
    if not 1 <= tensor.value.bits <= _MAX_BITS:
        yield f"values must have 1 to {_MAX_BITS} bits, not {tensor.value.bits}"


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
        elif graph.tensors[layer.inputs[0]] != layer.in_type:
            yield place, f"its input type {layer.in_type} must be that of {layer.inputs[0]}"
        if layer.output in made:
            yield place, f"its output {layer.output} must have no other source"
        if graph.tensors.get(layer.output) != layer.out_type:
            yield place, f"its output type {layer.out_type} must be that of {layer.output}"
        made.add(layer.output)
    if graph.output not in made:
        yield "graph", f"the output {graph.output} must be made by a layer"
    if made != set(graph.tensors):
        yield "graph", f"tensors must be used: {sorted(set(graph.tensors) - made)}"


def _array(
    name: str, array: npt.NDArray[Any], dtype: type, shape: tuple[int, ...]
) -> Iterator[str]:
    if array.dtype != dtype or array.shape != shape:
        yield (
            f"{name} must be {np.dtype(dtype)} {list(shape)}, not {array.dtype} {list(array.shape)}"
        )
    elif not array.flags.c_contiguous:
        yield f"{name} must be contiguous"


def _layer(layer: Layer) -> Iterator[str]:
    if len(layer.inputs) != 1:
        yield f"it must read one tensor, not {len(layer.inputs)}"
    op, before, after = layer.op, layer.in_type, layer.out_type
    if isinstance(op, Quantize):
        yield from _quantize(op, before, after)
    elif isinstance(op, Dense):
        yield from _dense(op, before, after)
    elif isinstance(op, Window):
        yield from _sweep(op.sweep, before, after, before.channels * op.sweep.area)
        if not before.value.low <= op.fill <= before.value.high:
            yield f"fill must be {before.value.low} to {before.value.high}, not {op.fill}"
    elif isinstance(op, MaxPool):
        yield from _sweep(op.sweep, before, after, before.channels)
    else:
        yield from _argmax(op, before, after)


def _sweep(sweep: Sweep, before: TensorType, after: TensorType, channels: int) -> Iterator[str]:
    if len(before.shape) != 3:
        yield f"input must be an image [H, W, C], not {before}"
        return
    height, width, _ = before.shape
    top, left, bottom, right = sweep.pads
    if min(*sweep.kernel, *sweep.stride) < 1 or min(sweep.pads) < 0:
        yield f"kernel and stride must be positive and pads not negative, not {sweep}"
    elif max(top, bottom) >= sweep.kernel[0] or max(left, right) >= sweep.kernel[1]:
        yield f"pads must be smaller than the kernel, not {sweep}"
    elif height + top + bottom < sweep.kernel[0] or width + left + right < sweep.kernel[1]:
        yield f"the padded image must not be smaller than the kernel, not {before} for {sweep}"
    elif sweep != sweep.reached(height, width):
        yield f"pads must be reached by some position, not {sweep} on {before}"
    else:
        wanted = TensorType((*sweep.positions(height, width), channels), before.value)
        if after != wanted:
            yield f"output must be {wanted}, not {after}"


def _quantize(op: Quantize, before: TensorType, after: TensorType) -> Iterator[str]:
    if before.shape != after.shape:
        yield f"output shape must be {before.shape}, not {after.shape}"
    rows = 1 if op.is_uniform else before.elements
    levels = before.value.high - before.value.low + 1
    faults = list(_array("table", op.table, np.int32, (rows, levels)))
    yield from faults
    if not faults and not _within(op.table, after.value):
        yield f"table must hold {after.value} values"


def _dense(op: Dense, before: TensorType, after: TensorType) -> Iterator[str]:
    out, width = op.weights.shape
    yield from _array("weights", op.weights, np.uint8, (out, width))
    if op.weights.size and op.weights.max() > 1:
        yield "weights must be 0 or 1"
    if width == before.elements:  # one vector in; the outputs may be meant as an image
        shape = after.shape if after.elements == out else (out,)
    else:
        shape = (*before.shape[:-1], out)
        if width != before.channels:
            legal = " or ".join(map(str, sorted({before.channels, before.elements})))
            yield f"weights must have {legal} columns, not {width}"
            return
    if after.shape != shape:
        yield f"output shape must be {shape}, not {after.shape}"
    yield from _thresholds(op, before)
    dots = dot_range(width, before.value)
    wanted = bits_for_range(dots[0], dots[-1]) if op.thresholds is None else BINARY
    if after.value != wanted:
        yield f"output must be {wanted}, not {after.value}"


def _thresholds(op: Dense, before: TensorType) -> Iterator[str]:
    out, width = op.weights.shape
    pixels = before.elements // width
    if op.thresholds is None:
        if op.kinds is not None:
            yield "kinds must come with thresholds"
        return
    rows = op.thresholds.shape[:1] if op.kinds is not None else ()
    yield from _array("thresholds", op.thresholds, np.int32, (*rows, out))
    if op.kinds is not None:
        yield from _array("kinds", op.kinds, np.int32, (pixels,))
        if not _all_used(op.kinds, len(op.thresholds)):
            yield f"kinds must be numbers of rows, all of 0 to {len(op.thresholds) - 1}"
    limits = threshold_range(width, before.value)
    if op.thresholds.min() < limits[0] or op.thresholds.max() > limits[-1]:
        yield f"thresholds must be {limits[0]} to {limits[-1]}"


def _all_used(kinds: npt.NDArray[np.int32], rows: int) -> bool:
    """Whether every row is used, and no other."""
    if kinds.min() < 0 or kinds.max() >= rows:
        return False
    return bool(np.bincount(kinds, minlength=rows).all())


def _argmax(op: ArgMax, before: TensorType, after: TensorType) -> Iterator[str]:
    yield from _array("offsets", op.offsets, np.int32, (before.elements,))
    if after.elements != 1 or after.value != bits_for_range(0, before.elements - 1):
        yield f"output must be one index of {before.elements} classes, not {after}"


def _within(values: npt.NDArray[Any], value: ValueType) -> bool:
    return bool(values.min() >= value.low and values.max() <= value.high)


def _host_input(host: HostInput, entry: TensorType) -> Iterator[str]:
    if prod(host.shape) != entry.elements:
        yield f"shape {host.shape} must have {entry.elements} elements"
    if host.order is not None:
        yield from _array("order", host.order, np.int32, (entry.elements,))
        yield from _permutation(host.order)
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


def _permutation(order: npt.NDArray[np.int32]) -> Iterator[str]:
    if (np.sort(order) != np.arange(order.size)).any():
        yield "order must be a permutation"


def _host_output(host: HostOutput, result: TensorType) -> Iterator[str]:
    if host.table.dtype != np.float64 or host.table.ndim != 2:
        yield "table must be float64 [rows, values]"
    elif len(host.table) not in (1, result.elements):
        yield f"table must have one row or {result.elements}, not {len(host.table)}"
    elif not np.isfinite(host.table).all():
        yield "table must be finite"
    if host.order is not None:
        yield from _array("order", host.order, np.int32, (result.elements,))
        yield from _permutation(host.order)
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
    last = graph.layers[-1]
    values: range
    if isinstance(last.op, Dense) and last.op.thresholds is None:
        values = dot_range(last.op.width, last.in_type.value)
    elif isinstance(last.op, ArgMax):
        values = range(last.in_type.elements)
    else:
        values = range(last.out_type.value.low, last.out_type.value.high + 1)
    host = graph.host_output
    stated = (host.first, host.step, host.table.shape[1])
    wanted = (values.start, values.step, len(values))
    if stated != wanted:
        yield f"first, step and number of values must be {wanted}, not {stated}"
