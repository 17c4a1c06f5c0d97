# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Sums, concatenations and averages of tensors that are stored: layers, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.lower.common_step import common_step, integers_of, joint_coding
from xnorflow.frontend.lower.functions import MAX_BITS
from xnorflow.frontend.lower.places import (
    check_as_made,
    check_plain,
    join_error,
    same_layout,
    side_by_side,
)
from xnorflow.frontend.read.limits import too_large
from xnorflow.frontend.trace.execute import execute
from xnorflow.frontend.trace.images import image_shape, read_sweep
from xnorflow.frontend.trace.layout import Layout
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.types import Worth

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.evaluate.product import Activations
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.read.network import Array, Network

__all__ = ["add", "average", "concat"]

_MAX_SUM_BITS = 20
"""Of a sum, also where another one follows."""
_MAX_WINDOWS = 1 << 30
"""Elements of all windows of an average, a window for each sum; so many take half a minute."""
_CHUNK = 1 << 22
"""Elements of the windows that are averaged at once."""
_MAX_PAIRS = 1 << 22
"""Pairs of levels that are added one by one, to see what the executor makes of them."""


def add(
    network: Network,
    node: NodeProto,
    tensors: tuple[str, ...],
    entries: tuple[Activations, ...],
    builder: GraphBuilder,
) -> tuple[str, Table, Coding]:
    """Append the sum of two stored tensors.

    Raises:
        XnorflowError: they are not elements of the same places, or their steps have no common one.
    """
    first, second = entries
    for one in entries:
        check_plain(network, node, one)
    layout = same_layout(network, node, first.layout, second.layout)
    codings = (first.coding, second.coding)
    found = common_step(*codings)
    if found is None:
        rule = (
            "must add values of which one step is a multiple of the other, or both of a third, "
            f"not steps of {first.coding.step:.9g} and {second.coding.step:.9g}"
        )
        raise join_error(
            network, node, rule, "quantise both by scales whose ratio is a small fraction"
        )
    unit, factors = found
    middle = first.coding.middle + second.coding.middle
    names = network.origin(node)
    pair = (tensors[0], tensors[1])
    made, sums = builder.add(pair, Add(factors), Worth(unit, middle), names)
    if len(sums) > 1 << _MAX_SUM_BITS:
        rule = f"must have sums of at most {_MAX_SUM_BITS} bits, not from {sums[0]} to {sums[-1]}"
        raise join_error(network, node, rule, "quantise both to fewer bits, or by nearer scales")
    coding = Coding(builder.tensors[made].value, middle, unit)
    values = _added(network, node, codings, factors, sums, coding)
    cells = np.zeros(layout.size, dtype=np.int64)
    return made, Table(layout, sums, values[:, np.newaxis], cells), coding


def concat(
    network: Network,
    node: NodeProto,
    tensors: tuple[str, ...],
    entries: tuple[Activations, ...],
    builder: GraphBuilder,
) -> tuple[str, Table, Coding]:
    """Append the concatenation of stored tensors, whose pixels get the channels of all.

    Raises:
        XnorflowError: their images differ in size, or their values have no common step.
    """
    for one in entries:
        check_plain(network, node, one)
    layout = side_by_side(network, node, [one.layout for one in entries])
    coding = _one_coding(network, node, [one.coding for one in entries])
    made, *others = (
        _recoded(tensor, one.coding, coding, builder, network.origin(node))
        for tensor, one in zip(tensors, entries, strict=True)
    )
    for other in others:
        made = builder.concat((made, other), network.origin(node))
    return made, _as_coded(network, node, layout, coding), coding


def average(
    network: Network, node: NodeProto, tensor: str, before: Activations, builder: GraphBuilder
) -> tuple[str, Table, Coding]:
    """Append the sums of windows, of which averages are a function; nothing for windows of one.

    Raises:
        XnorflowError: windows have pads, or the image is not as it was made.
    """
    sweep = read_sweep(network, node)
    check_as_made(network, node, before, "average")
    if any(sweep.pads):
        rule = f"must have no pads, not {[*sweep.pads]}"
        raise join_error(network, node, rule, "average without padding, with ceil_mode=False")
    coding, area = before.coding, sweep.area
    layout = Layout.of_image(network.shape(node.output[0]))
    if area == 1 and layout.size == before.layout.size:
        return tensor, _as_coded(network, node, layout, coding), coding
    names = network.origin(node)
    worth = Worth(coding.step / area, coding.middle)
    made = builder.sum_pool(tensor, SumPool(sweep), worth, names)
    after = Coding(builder.tensors[made].value, coding.middle, coding.step / area)
    value = coding.value
    low, high = (area * value.code.of(end) for end in (value.low, value.high))
    sums = range(low, high + 1, value.code.step)
    if len(sums) * area > _MAX_WINDOWS:
        raise too_large("windows for all sums", (len(sums), area), names, _MAX_WINDOWS)
    windows = _windows(network, node, coding, sweep.kernel)
    values = np.concatenate([execute(network, [node], some).ravel() for some in windows])
    columns = np.zeros(layout.size, dtype=np.int64)
    return made, Table(layout, sums, values[:, np.newaxis], columns), after


def _as_coded(network: Network, node: NodeProto, layout: Layout, coding: Coding) -> Table:
    """The values of what is stored as it is worth."""
    stored = range(coding.value.low, coding.value.high + 1)
    return Table.coded(layout, coding, stored, _floats(network, node))


def _windows(
    network: Network, node: NodeProto, coding: Coding, kernel: tuple[int, int]
) -> Iterator[Array]:
    """A window for each sum of its elements, ascending: [some sums, 1, ...]."""
    value, area = coding.value, kernel[0] * kernel[1]
    shape = network.shape(node.input[0])
    _, height, width = image_shape(shape)
    assert (height, width) >= kernel, "a window lies in the image"
    sides = kernel if len(shape) == 4 else kernel[1:]
    dtype, end = network.dtype(node.input[0]), area * (value.high - value.low) + 1
    rows = max(1, _CHUNK // area)
    for start in range(0, end, rows):
        steps = np.arange(start, min(start + rows, end))[:, np.newaxis]
        stored = value.low + (steps + np.arange(area)) // area
        yield coding.levels(stored).astype(dtype).reshape(len(steps), 1, *sides)


def _added(
    network: Network,
    node: NodeProto,
    codings: tuple[Coding, Coding],
    factors: tuple[int, int],
    sums: range,
    coding: Coding,
) -> Array:
    """What the executor has for each sum of stored integers.

    Raises:
        XnorflowError: its own sums depend on the integers that are added.
    """
    dtype = _floats(network, node)
    exact = coding.middle + coding.step * np.asarray(sums, dtype=np.float64)
    rounded: Array = exact.astype(dtype)
    if (rounded == exact).all() and all(_holds(one, dtype) for one in codings):
        return rounded
    if np.prod([len(one.stored) for one in codings]) <= _MAX_PAIRS:
        first, second = (one.levels(one.stored).astype(dtype) for one in codings)
        pairs = first[:, np.newaxis] + second
        one, other = (
            factor * own.value.code.of(own.stored)
            for factor, own in zip(factors, codings, strict=True)
        )
        places = (one[:, np.newaxis] + other - sums.start) // sums.step
        low, high = np.full((2, len(sums)), rounded, dtype=dtype)
        low[places.ravel()] = high[places.ravel()] = pairs.ravel()
        np.minimum.at(low, places, pairs)
        np.maximum.at(high, places, pairs)
        if (low == high).all():
            found_sums: Array = low
            return found_sums
    rule = f"must add values whose sums {dtype} holds, not steps of {codings[0].step:.9g} and "
    hint = "use scales that are powers of two (0.0625, not 0.05) in front of a sum"
    raise join_error(network, node, f"{rule}{codings[1].step:.9g}", hint)


def _holds(coding: Coding, dtype: np.dtype[np.floating]) -> bool:
    """Whether a float type has all levels of a coding."""
    levels = coding.levels(coding.stored)
    return bool((levels.astype(dtype) == levels).all())


def _one_coding(network: Network, node: NodeProto, codings: Sequence[Coding]) -> Coding:
    """One that has the levels of all.

    Raises:
        XnorflowError: they have no common step, or its integers take too many bits.
    """
    dtype, joint = _floats(network, node), codings[0]
    for other in codings[1:]:
        found = joint_coding(joint, other, MAX_BITS)
        if found is None or not all(_has_levels(found, one, dtype) for one in (joint, other)):
            rule = (
                f"must join values in equal steps of at most {MAX_BITS} bits together, not "
                f"steps of {joint.step:.9g} and {other.step:.9g}"
            )
            raise join_error(network, node, rule, "quantise both by the same scale")
        joint = found
    return joint


def _has_levels(joint: Coding, coding: Coding, dtype: np.dtype[np.floating]) -> bool:
    """Whether a coding gives just the levels of another one in a float type."""
    again = coding.stored if coding == joint else integers_of(coding, joint)
    levels = coding.levels(coding.stored).astype(dtype)
    return bool((joint.levels(again).astype(dtype) == levels).all())


def _recoded(
    tensor: str, coding: Coding, wanted: Coding, builder: GraphBuilder, nodes: tuple[str, ...]
) -> str:
    """The tensor as another coding stores it: itself, or what a function of each integer makes."""
    if coding == wanted:
        return tensor
    op = Quantize(integers_of(coding, wanted).astype(np.int32)[np.newaxis])
    return builder.quantize(tensor, op, wanted.value, Worth(wanted.step, wanted.middle), nodes)


def _floats(network: Network, node: NodeProto) -> np.dtype[np.floating]:
    found: np.dtype[np.floating] = network.dtype(node.output[0])
    return found
