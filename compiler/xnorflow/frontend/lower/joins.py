# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Sums, concatenations and averages of tensors that are stored: layers, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.trace.execute import execute
from xnorflow.frontend.trace.images import image_shape, read_sweep
from xnorflow.frontend.trace.layout import Layout
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sum_pool import SumPool
from xnorflow.ir.types import Worth, bits_for_range

if TYPE_CHECKING:
    from onnx import NodeProto

    from xnorflow.frontend.evaluate.product import Activations
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.read.network import Array, Network

__all__ = ["add", "average", "concat"]

_MAX_FACTOR = 1 << 16
_MAX_BITS = 16
"""Of integers beside one another."""
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
    one, other = first.coding, second.coding
    unit, factors = _common(network, node, one, other)
    middle = one.middle + other.middle
    names = network.origin(node)
    pair = (tensors[0], tensors[1])
    made, sums = builder.add(pair, Add(factors), Worth(unit, middle), names)
    coding = Coding(builder.tensors[made].value, middle, unit)
    values = _added(network, node, (one, other), factors, sums, coding)
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
        plain = Layout.of_image(one.layout.shape)
        _check_plain(network, node, one)
        if one.layout.image != plain.image or (one.layout.cells != plain.cells).any():
            raise _error(network, node, "must join images as they were made", _ORDER_HINT)
    codings = [one.coding for one in entries]
    coding = _one_coding(network, node, codings)
    made, *others = (
        _recoded(tensor, own, coding, builder, network.origin(node))
        for tensor, own in zip(tensors, codings, strict=True)
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
    _check_plain(network, node, before)
    plain = Layout.of_image(before.layout.shape)
    if before.layout.image != plain.image or (before.layout.cells != plain.cells).any():
        raise _error(network, node, "must average an image as it was made", _ORDER_HINT)
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
    values = coding.middle + coding.step * value.code.of(stored)
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
    numbers = [np.arange(one.value.low, one.value.high + 1) for one in codings]
    if np.prod([len(own) for own in numbers]) <= _MAX_PAIRS:
        found = [
            (one.middle + one.step * one.value.code.of(own)).astype(dtype)
            for one, own in zip(codings, numbers, strict=True)
        ]
        pairs = found[0][:, np.newaxis] + found[1]
        whole = sum(
            factor * one.value.code.of(own).reshape(shape)
            for factor, one, own, shape in zip(
                factors, codings, numbers, ((-1, 1), (1, -1)), strict=True
            )
        )
        places = (np.asarray(whole) - sums.start) // sums.step
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
    stored = np.arange(coding.value.low, coding.value.high + 1)
    levels = coding.middle + coding.step * coding.value.code.of(stored)
    return bool((levels.astype(dtype) == levels).all())


def _common(
    network: Network, node: NodeProto, first: Coding, second: Coding
) -> tuple[float, tuple[int, int]]:
    """The largest step of which both steps are multiples, and how often each has it."""
    ratio = Fraction(first.step / second.step).limit_denominator(_MAX_FACTOR)
    factors = (ratio.numerator, ratio.denominator)
    unit = first.step / ratio.numerator if ratio else 0.0
    exact = ratio and first.step * ratio.denominator == second.step * ratio.numerator
    if not exact or max(factors) > _MAX_FACTOR:
        rule = (
            "must add values of which one step is a multiple of the other, or both of a third, "
            f"not steps of {first.step:.9g} and {second.step:.9g}"
        )
        raise _error(network, node, rule, "quantise both by scales whose ratio is a small fraction")
    return unit, factors


def _one_coding(network: Network, node: NodeProto, codings: Sequence[Coding]) -> Coding:
    """One that has the levels of all.

    Raises:
        XnorflowError: integers of their common step take too many bits.
    """
    first, *others = codings
    for other in others:
        if other == first:
            continue
        one, two = _levels(first), _levels(other)
        unit = _common_divisor(one[1] - one[0], two[1] - two[0], abs(one[0] - two[0]))
        middle = Fraction(first.middle)
        middle = middle if (one[0] - middle) % unit == 0 else one[0]
        ends = [int((level - middle) / unit) for level in (one[0], one[-1], two[0], two[-1])]
        value = bits_for_range(min(ends), max(ends))
        if value.bits > _MAX_BITS:
            rule = (
                f"must join values in equal steps of at most {_MAX_BITS} bits together, not "
                f"steps of {first.step:.9g} and {other.step:.9g}"
            )
            raise _error(network, node, rule, "quantise both by the same scale")
        first = Coding(value, float(middle), float(unit))
    return first


def _levels(coding: Coding) -> tuple[Fraction, Fraction, Fraction]:
    """What the lowest stored integer, the next one and the highest are worth."""
    value = coding.value
    numbers = value.code.of(np.array([value.low, value.low + 1, value.high]))
    low, next_, high = (
        Fraction(coding.middle) + int(number) * Fraction(coding.step) for number in numbers
    )
    return low, next_, high


def _common_divisor(*numbers: Fraction) -> Fraction:
    """The largest number of which all are multiples."""
    below = lcm(*(number.denominator for number in numbers))
    return Fraction(gcd(*(int(number * below) for number in numbers)), below)


def _recoded(
    tensor: str, coding: Coding, wanted: Coding, builder: GraphBuilder, nodes: tuple[str, ...]
) -> str:
    """The tensor as another coding stores it: itself, or what a function of each integer makes."""
    if coding == wanted:
        return tensor
    low, high = coding.value.low, coding.value.high
    numbers = [int(n) for n in coding.value.code.of(np.arange(low, high + 1))]
    levels = (Fraction(coding.middle) + n * Fraction(coding.step) for n in numbers)
    middle, step = Fraction(wanted.middle), Fraction(wanted.step)
    table = [int((level - middle) / step) for level in levels]
    op = Quantize(np.array([table], dtype=np.int32))
    return builder.quantize(tensor, op, wanted.value, Worth(wanted.step, wanted.middle), nodes)


def _same_layout(
    network: Network, node: NodeProto, first: Activations, second: Activations
) -> Layout:
    for one in (first, second):
        _check_plain(network, node, one)
    same = first.layout.image == second.layout.image and first.layout.shape == second.layout.shape
    if not same or (first.layout.cells != second.layout.cells).any():
        shapes = f"{list(first.layout.shape)} and {list(second.layout.shape)}"
        rule = f"must add tensors of the same elements in the same order, not {shapes}"
        raise _error(network, node, rule, _ORDER_HINT)
    return first.layout


def _check_plain(network: Network, node: NodeProto, one: Activations) -> None:
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
