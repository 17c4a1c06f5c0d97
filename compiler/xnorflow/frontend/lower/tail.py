# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The last product: its chain becomes a table for the host, or bits where it has two levels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.elements import Elements
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.lower.finish import read_finish, rounding
from xnorflow.frontend.lower.inexact import inexact_scores
from xnorflow.frontend.lower.select import hardware_offsets, read_selection
from xnorflow.frontend.lower.thresholds import BinaryProduct
from xnorflow.frontend.trace.gather import numbered
from xnorflow.ir.host import HostOutput
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ranges import dot_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.evaluate.product import Product
    from xnorflow.frontend.evaluate.sources import Table
    from xnorflow.frontend.evaluate.sums import Sums
    from xnorflow.frontend.lower.select import Selection
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.frontend.trace.trace import Trace

__all__ = ["Tail", "lower_table", "lower_tail"]

_MAX_TABLE = 1 << 25
"""Entries of the host's table; a fully convolutional network has a row for each output."""


@dataclass(frozen=True, eq=False)
class Tail:
    """What ends the network.

    Attributes:
        dense: the last product.
        argmax: the choice of the best class in hardware, if any.
        host: what the host makes of the integers.
        notes: near ties, dead neurons.
    """

    dense: Dense
    argmax: ArgMax | None
    host: HostOutput
    notes: tuple[Diagnostic, ...] = ()


def lower_tail(
    network: Network,
    trace: Trace,
    product: Product,
    chain: FunctionChain,
    layer: str,
    names: tuple[str, ...],
) -> Tail:
    """Evaluate the nodes behind the last product on every reachable accumulator.

    Raises:
        XnorflowError: a result is not finite, or the choice at the end is not supported.
    """
    _check_computed(chain, names)
    selection = None if trace.choice is None else read_selection(network, trace.choice)
    steps, notes = read_finish(network, trace)
    elements = _unlike(product, Elements.of(product, chain))
    if chain.pools or (selection is None and _is_threshold(elements, names)):
        binary = BinaryProduct.observe(product, chain, layer, names)
        if binary is None:
            rule = "a MaxPool at the end must pool bits that switch once, not other activations"
            raise _error(rule, "end the network in front of the MaxPool", names)
        tail = _bits(network, trace, binary, selection)
    else:
        if not elements.sums.digits.is_exact:
            notes = (*notes, inexact_scores(layer, elements.sums.digits.coarse, names))
        is_last = not steps
        tail = _scores(network, trace, product, elements, selection, names, is_last=is_last)
    host = replace(tail.host, steps=steps)
    rounded = rounding(host, product.matrix.dtype, layer, network.origin(*trace.finish))
    return replace(tail, host=host, notes=(*tail.notes, *notes, *rounded))


def lower_table(
    network: Network, trace: Trace, table: Table, chain: FunctionChain, names: tuple[str, ...]
) -> tuple[HostOutput, tuple[Diagnostic, ...]]:
    """What the integers of a sum, a concatenation or an average at the end are worth.

    Raises:
        XnorflowError: a pool or a Pad follows, a result is not finite, or the choice is not
            supported.
    """
    _check_computed(chain, names)
    if chain.pools:
        rule = "a MaxPool at the end must pool bits of a product, not other activations"
        raise _error(rule, "end the network in front of the MaxPool", names)
    selection = None if trace.choice is None else read_selection(network, trace.choice)
    steps, notes = read_finish(network, trace)
    elements = Elements.of(table, chain)
    _check_table(len(elements.cells), len(table.stored), names)
    scores = np.concatenate(list(elements.results()))
    check_finite(scores, names, elements.numbers)
    cells = chain.end.cells
    rows = _rows(scores.T, elements.kinds[cells], names)
    if selection is not None:
        selection.check_plain()
        host = _chosen(selection, rows, table.stored, _order(cells))
    else:
        host = _host(network, trace, rows, table.stored, scores.dtype, _order(cells))
    host = replace(host, steps=steps)
    return host, (*notes, *rounding(host, scores.dtype, "the last layer", names))


def _check_computed(chain: FunctionChain, names: tuple[str, ...]) -> None:
    """Refuse constants among what leaves."""
    if chain.end.cells.max() >= chain.end.size:
        rule = "the output must hold computed elements, not constants that a Pad puts in"
        raise _error(rule, "end the network before the Pad", names)


def _scores(
    network: Network,
    trace: Trace,
    product: Product,
    elements: Elements[Sums],
    selection: Selection | None,
    names: tuple[str, ...],
    *,
    is_last: bool,
) -> Tail:
    """Values leave as integers, or the best of them where nothing else is to be done (is_last)."""
    dots = dot_range(product.bits.shape[1], product.coding.value)
    _check_table(len(elements.cells), len(dots), names)
    scores = np.concatenate(list(elements.results()))
    check_finite(scores, names, elements.numbers)
    table = _table(product, elements, scores)
    if selection is not None:
        return _selected(product, elements, table, selection, names, in_hardware=is_last)
    cells = elements.chain.end.cells
    rows = _rows(table, elements.kinds[cells], names)
    host = _host(network, trace, rows, dots, scores.dtype, _order(cells))
    return Tail(Dense(product.bits, None), None, host)


def _is_threshold(elements: Elements[Sums], names: tuple[str, ...]) -> bool:
    if len(np.unique(next(elements.results()))) > 2:
        return False
    outcomes = elements.outcomes(names)
    once = bool((outcomes.rises + outcomes.falls <= 1).all())
    values = int(elements.sums.counts.max())
    return len(outcomes.levels) == 2 and values > 2 and once


def _bits(
    network: Network, trace: Trace, binary: BinaryProduct, selection: Selection | None
) -> Tail:
    """Two levels leave as bits."""
    levels = np.array([[binary.outcomes.levels[0], binary.outcomes.levels[-1]]])
    cells = binary.chain.end.cells
    flips = binary.flips[cells][:, np.newaxis]
    table = np.where(flips, levels[:, ::-1], levels)
    dense, notes, order = binary.dense(), binary.notes(), _order(cells)
    if selection is not None:
        selection.check_plain()
        return Tail(dense, None, _chosen(selection, table, range(2), order), notes)
    dtype = binary.outcomes.first.dtype
    return Tail(dense, None, _host(network, trace, table, range(2), dtype, order), notes)


def _order(cells: Labels) -> npt.NDArray[np.int32] | None:
    still = (cells == np.arange(len(cells))).all()
    return None if still else cells.astype(np.int32)


def _unlike(product: Product, elements: Elements[Sums]) -> Elements[Sums]:
    """One of all elements that mean the same by the same integer."""
    sums, follows = elements.sums, elements.chain.stages[0].labels[elements.cells]
    agree = _agree(product)[sums.classes, sums.channels]
    return elements.chosen(numbered(np.column_stack([sums.constants, agree, follows]))[1])


def _agree(product: Product) -> npt.NDArray[np.int64]:
    """[classes, out]: lanes outside, stored as 0 as they are, that agree with a weight of 0."""
    outside = product.padding.outside.astype(np.int64)
    agree: npt.NDArray[np.int64] = outside @ (1 - product.bits.astype(np.int64)).T
    return agree


def _table(product: Product, elements: Elements[Sums], scores: Array) -> Array:
    """[R, values]: each element's score for each integer that the hardware may give.

    Integers that an element does not reach have the score of the nearest that it does.
    """
    width, value = product.bits.shape[1], product.coding.value
    numbers = np.arange(len(dot_range(width, value)))[:, np.newaxis]
    sums = elements.sums
    if value.is_bipolar:
        numbers = numbers - _agree(product)[sums.classes, sums.channels]
    else:
        numbers = numbers + dot_range(width, value)[0] - sums.lows
    table: Array = np.take_along_axis(scores, np.clip(numbers, 0, sums.counts - 1), axis=0).T
    return table


def _rows(table: Array, kinds: Labels, names: tuple[str, ...]) -> Array:
    """The table with a row for each output element, or one where all are equal."""
    if (table == table[:1]).all():
        return table[:1]
    _check_table(len(kinds), table.shape[1], names)
    return table[kinds]


def _check_table(elements: int, values: int, names: tuple[str, ...]) -> None:
    if elements * values > _MAX_TABLE:
        rule = (
            f"what the output's elements mean must fit a table of {_MAX_TABLE} entries, "
            f"not {elements} elements of {values} values"
        )
        raise _error(rule, "end the network in fewer pixels, or quantise the output", names)


def _error(rule: str, hint: str, names: tuple[str, ...]) -> XnorflowError:
    return XnorflowError(Diagnostic("unsupported-op", rule, hint, Origin(names)))


def _host(
    network: Network,
    trace: Trace,
    table: Array,
    values: range,
    dtype: np.dtype[np.generic],
    order: npt.NDArray[np.int32] | None,
) -> HostOutput:
    shape = _frame_shape(network, trace.output)
    return HostOutput(shape, dtype.name, _shared(table), values[0], values.step, order=order)


def _shared(table: Array) -> Array:
    """One row where all rows are equal, in float64."""
    if (table == table[:1]).all():
        table = table[:1]
    return np.ascontiguousarray(table, dtype=np.float64)


def _frame_shape(network: Network, tensor: str) -> tuple[int, ...]:
    """Shape of a tensor without its batch axis, where it still has one."""
    shape = network.shape(tensor)
    return shape[1:] if shape[:1] == (1,) else shape


def _chosen(
    selection: Selection, table: Array, values: range, order: npt.NDArray[np.int32] | None
) -> HostOutput:
    """The host makes the choice."""
    return HostOutput(
        selection.shape,
        selection.dtype,
        _shared(table),
        values[0],
        values.step,
        selection.top,
        order,
    )


def _selected(
    product: Product,
    elements: Elements[Sums],
    table: Array,
    selection: Selection,
    names: tuple[str, ...],
    *,
    in_hardware: bool,
) -> Tail:
    """The choice in hardware if it may and can be, else by the host."""
    cells = elements.chain.end.cells
    dots = dot_range(product.bits.shape[1], product.coding.value)
    bits, rows = product.bits, _rows(table, elements.kinds[cells], names)
    if (table[:, -1] < table[:, 0]).all():
        # Every score falls: inverted rows make it rise.
        bits, rows = 1 - bits, rows[:, ::-1]
    order, offsets = _order(cells), None
    if in_hardware and selection.top == 1 and order is None:
        found = hardware_offsets(rows, np.asarray(dots))
        offsets = None if found is None else np.broadcast_to(found, len(cells)).copy()
    if offsets is None:
        selection.check_plain()
        return Tail(Dense(bits, None), None, _chosen(selection, rows, dots, order))
    indices = selection.indices[np.newaxis].astype(np.float64)
    host = HostOutput(selection.shape, selection.dtype, indices, first=0, step=1)
    return Tail(Dense(bits, None), ArgMax(offsets), host)
