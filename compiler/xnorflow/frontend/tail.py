# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The last product: its chain becomes a table for the host, or a threshold where it is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.chain import Chain
from xnorflow.frontend.coding import Coding, accumulator_chunks
from xnorflow.frontend.outcomes import check_finite, watch
from xnorflow.frontend.select import Selection, hardware_offsets, read_selection
from xnorflow.frontend.switching import Switching
from xnorflow.frontend.weights import Matrix
from xnorflow.ir.diagnostics import Diagnostic
from xnorflow.ir.graph import HostOutput
from xnorflow.ir.layer import ArgMax, Dense
from xnorflow.ir.ranges import dot_range

if TYPE_CHECKING:
    from xnorflow.frontend.network import Array, Network
    from xnorflow.frontend.trace import Trace

__all__ = ["Tail", "lower_tail"]


@dataclass(frozen=True, eq=False)
class Tail:
    """What ends the network.

    Attributes:
        dense: the last product, rows in the output's order.
        argmax: the choice of the best class in hardware, if any.
        host: what the host makes of the integers.
        notes: near ties, dead neurons.
    """

    dense: Dense
    argmax: ArgMax | None
    host: HostOutput
    notes: tuple[Diagnostic, ...] = ()


def lower_tail(network: Network, trace: Trace, matrix: Matrix, coding: Coding, layer: str) -> Tail:
    """Evaluate the nodes behind the last product on every reachable accumulator.

    Raises:
        XnorflowError: a result is not finite, or the choice at the end is not supported.
    """
    segment = trace.segments[-1]
    chain = Chain(network, segment.chain, segment.matrix.output[0])
    names = network.origin(segment.matrix, *segment.chain)
    scores = np.concatenate([chain(sums) for sums in accumulator_chunks(matrix, coding)])
    check_finite(scores, names)
    if trace.choice is not None:
        selection = read_selection(network, trace.choice)
        return _selected(matrix, coding, chain, scores, selection)
    switching = Switching(matrix, coding, chain, watch([scores], names), layer, names)
    if _is_threshold(switching, len(scores)):
        low, high = switching.outcomes.levels
        host = _host(network, trace, np.array([[low, high]]), range(2), scores.dtype)
        return Tail(_reorder(switching.dense(), chain), None, host, switching.notes())
    dots = dot_range(matrix.bits.shape[1], coding.value)
    host = _host(network, trace, scores.T[chain.source], dots, scores.dtype)
    return Tail(_reorder(Dense(matrix.bits, None), chain), None, host)


def _is_threshold(switching: Switching, values: int) -> bool:
    outcomes = switching.outcomes
    once = bool((outcomes.rises + outcomes.falls <= 1).all())
    return len(outcomes.levels) == 2 and values > 2 and once


def _reorder(dense: Dense, chain: Chain) -> Dense:
    thresholds = None if dense.thresholds is None else dense.thresholds[chain.source]
    return Dense(dense.weights[chain.source], thresholds)


def _host(
    network: Network, trace: Trace, table: Array, values: range, dtype: np.dtype[np.generic]
) -> HostOutput:
    return HostOutput(
        frame_shape(network, trace.output),
        dtype.name,
        _shared(table),
        first=values[0],
        step=values.step,
    )


def _shared(table: Array) -> Array:
    """One row where all rows are equal, in float64."""
    if (table == table[:1]).all():
        table = table[:1]
    return np.ascontiguousarray(table, dtype=np.float64)


def frame_shape(network: Network, tensor: str) -> tuple[int, ...]:
    """Shape of a tensor without its batch axis, where it still has one."""
    shape = network.shape(tensor)
    return shape[1:] if shape[:1] == (1,) else shape


def _selected(
    matrix: Matrix, coding: Coding, chain: Chain, scores: Array, selection: Selection
) -> Tail:
    """Rows per class in the order of the choice's axis; the choice in hardware if it can be."""
    dots = np.asarray(dot_range(matrix.bits.shape[1], coding.value))
    bits, table = matrix.bits[chain.source], scores.T[chain.source]
    if (table[:, -1] < table[:, 0]).all():
        # Every score falls: inverted rows make it rise.
        bits, table = 1 - bits, table[:, ::-1]
    offsets = hardware_offsets(table, dots) if selection.top == 1 else None
    shape, dtype = selection.shape, selection.dtype
    if offsets is not None:
        indices = selection.indices[np.newaxis].astype(np.float64)
        host = HostOutput(shape, dtype, indices, first=0, step=1)
        return Tail(Dense(bits, None), ArgMax(offsets), host)
    selection.check_plain()
    step = int(dots[1] - dots[0])
    host = HostOutput(shape, dtype, _shared(table), int(dots[0]), step, top=selection.top)
    return Tail(Dense(bits, None), None, host)
