# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Sums, concatenations and averages of tensors that are stored: layers, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.evaluate.chain import FunctionChain
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.product import Activations
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.lower.addition import Addition
from xnorflow.frontend.lower.common_step import integers_of, joint_coding
from xnorflow.frontend.lower.functions import MAX_BITS
from xnorflow.frontend.lower.parts import Stored
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
from xnorflow.frontend.trace.operators import AVERAGE
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.types import Worth

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.read.network import Array, Network

__all__ = ["add", "average", "averages", "concat"]

_MAX_WINDOWS = 1 << 30
"""Elements of all windows of an average, a window for each sum; so many take half a minute."""
_CHUNK = 1 << 22
"""Elements of the windows that are averaged at once."""


def add(
    network: Network,
    node: NodeProto,
    tensors: tuple[str, ...],
    entries: tuple[Activations, ...],
    builder: GraphBuilder,
) -> tuple[str, Table, Coding]:
    """Append the sum of two stored tensors.

    Raises:
        XnorflowError: they are not elements of the same places, or as ``Addition.of``.
    """
    first, second = entries
    for one in entries:
        check_plain(network, node, one)
    layout = same_layout(network, node, first.layout, second.layout)
    found = Addition.of(network, node, first.coding, second.coding)
    coding = found.coding
    worth = Worth(coding.step, coding.middle)
    made, _ = builder.add((tensors[0], tensors[1]), found.op, worth, network.origin(node))
    cells = np.zeros(layout.size, dtype=np.int64)
    return made, Table(layout, found.sums, found.values[:, np.newaxis], cells), coding


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


def averages(
    network: Network, nodes: Sequence[NodeProto], before: Stored, builder: GraphBuilder
) -> Stored:
    """Append averages, with layout nodes between; each is worth what its sums are coded as.

    Raises:
        XnorflowError: as ``average``.
    """
    for is_average, some in groupby(nodes, lambda node: node.op_type in AVERAGE):
        if not is_average:
            chain = FunctionChain(network, [*some], before.worth.layout)
            before = replace(before, worth=replace(before.worth, layout=chain.end))
            continue
        for node in some:
            made, table, coding = average(network, node, before.tensor, before.worth, builder)
            flips = np.zeros(table.layout.size, dtype=bool)
            worth = Activations(table.layout, np.zeros(0), (), coding, flips)
            before = Stored(made, worth)
    return before


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
