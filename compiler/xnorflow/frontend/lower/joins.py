# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Sums, concatenations and averages of tensors that are stored: layers, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.lower.common_step import common_step, integers_of, joint_coding
from xnorflow.frontend.lower.functions import MAX_BITS
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

__all__ = ["add", "average", "check_plain", "concat"]

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
    layout = _same_layout(network, node, first, second)
    codings = (first.coding, second.coding)
    found = common_step(*codings)
    if found is None:
        rule = (
            "must add values of which one step is a multiple of the other, or both of a third, "
            f"not steps of {first.coding.step:.9g} and {second.coding.step:.9g}"
        )
        raise _error(network, node, rule, "quantise both by scales whose ratio is a small fraction")
    unit, factors = found
    middle = first.coding.middle + second.coding.middle
    names = network.origin(node)
    pair = (tensors[0], tensors[1])
    made, sums = builder.add(pair, Add(factors), Worth(unit, middle), names)
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
    """Append the concatenation of stored tensors along their channels.

    Raises:
        XnorflowError: they are joined along other axes, or their values have no common step.
    """
    axis = next((a.i for a in node.attribute if a.name == "axis"), 0)
    shape = network.shape(node.output[0])
    if axis % len(shape) != 1:
        rule = f"must join channels, axis 1, not axis {axis} of {list(shape)}"
        raise _error(network, node, rule, "join computed tensors along their channels alone")
    for one in entries:
        _check_as_made(network, node, one, "join")
    coding = _one_coding(network, node, [one.coding for one in entries])
    made, *others = (
        _recoded(tensor, one.coding, coding, builder, network.origin(node))
        for tensor, one in zip(tensors, entries, strict=True)
    )
    for other in others:
        made = builder.concat((made, other), network.origin(node))
    stored = range(coding.value.low, coding.value.high + 1)
    layout = Layout.of_image(shape)
    return made, Table.coded(layout, coding, stored, _floats(network, node)), coding


def average(
    network: Network, node: NodeProto, tensor: str, before: Activations, builder: GraphBuilder
) -> tuple[str, Table, Coding]:
    """Append the sums of windows, of which averages are a function.

    Raises:
        XnorflowError: windows have pads, or the image is not as it was made.
    """
    sweep = read_sweep(network, node)
    _check_as_made(network, node, before, "average")
    if any(sweep.pads):
        rule = f"must have no pads, not {[*sweep.pads]}"
        raise _error(network, node, rule, "average without padding, with ceil_mode=False")
    coding, area = before.coding, sweep.area
    names = network.origin(node)
    worth = Worth(coding.step / area, coding.middle)
    made = builder.sum_pool(tensor, SumPool(sweep), worth, names)
    after = Coding(builder.tensors[made].value, coding.middle, coding.step / area)
    value = coding.value
    low, high = (area * value.code.of(end) for end in (value.low, value.high))
    sums = range(low, high + 1, value.code.step)
    values = execute(network, [node], _windows(network, node, coding, sweep.kernel)).ravel()
    layout = Layout.of_image(network.shape(node.output[0]))
    columns = np.zeros(layout.size, dtype=np.int64)
    return made, Table(layout, sums, values[:, np.newaxis], columns), after


_ORDER_HINT = "rearrange or pad elements elsewhere than in front of a join or an average"


def _windows(network: Network, node: NodeProto, coding: Coding, kernel: tuple[int, int]) -> Array:
    """A window [sums, 1, ...] for each sum of its elements."""
    value, area = coding.value, kernel[0] * kernel[1]
    steps = np.arange(area * (value.high - value.low) + 1)[:, np.newaxis]
    stored = value.low + (steps + np.arange(area)) // area
    values = coding.levels(stored)
    _, height, width = image_shape(network.shape(node.input[0]))
    sides = kernel if len(network.shape(node.input[0])) == 4 else kernel[1:]
    assert (height, width) >= kernel, "a window lies in the image"
    return values.astype(network.dtype(node.input[0])).reshape(len(steps), 1, *sides)


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
    raise _error(network, node, f"{rule}{codings[1].step:.9g}", hint)


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
            raise _error(network, node, rule, "quantise both by the same scale")
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


def _same_layout(
    network: Network, node: NodeProto, first: Activations, second: Activations
) -> Layout:
    for one in (first, second):
        check_plain(network, node, one)
    same = first.layout.image == second.layout.image and first.layout.shape == second.layout.shape
    if not same or (first.layout.cells != second.layout.cells).any():
        shapes = f"{list(first.layout.shape)} and {list(second.layout.shape)}"
        rule = f"must add tensors of the same elements in the same order, not {shapes}"
        raise _error(network, node, rule, _ORDER_HINT)
    return first.layout


def _check_as_made(network: Network, node: NodeProto, one: Activations, verb: str) -> None:
    """Refuse anything but a whole image in its own order."""
    check_plain(network, node, one)
    plain = Layout.of_image(one.layout.shape)
    if one.layout.image != plain.image or (one.layout.cells != plain.cells).any():
        raise _error(network, node, f"must {verb} an image as it was made", _ORDER_HINT)


def check_plain(network: Network, node: NodeProto, one: Activations) -> None:
    """Refuse constants that a Pad put around an image."""
    if one.layout.cells.max() >= one.layout.size:
        rule = "must read computed elements alone, not constants that a Pad puts in"
        raise _error(network, node, rule, "pad in front of a Conv or MaxPool alone", *one.pads)


def _floats(network: Network, node: NodeProto) -> np.dtype[np.floating]:
    found: np.dtype[np.floating] = network.dtype(node.output[0])
    return found


def _error(
    network: Network, node: NodeProto, rule: str, hint: str, *others: NodeProto
) -> XnorflowError:
    origin = Origin(network.origin(*others, node))
    return XnorflowError(Diagnostic("unsupported-op", f"{node.op_type} {rule}", hint, origin))
