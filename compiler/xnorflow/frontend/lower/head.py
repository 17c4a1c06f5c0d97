# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The input: its integer type, its order, and the quantiser in front of the first layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain, arrange
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.elements import kinds_of_cells
from xnorflow.frontend.evaluate.monotonicity import Monotonicity
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.evaluate.product import Activations, reader_of
from xnorflow.frontend.read.limits import MAX_ELEMENTS, too_large
from xnorflow.frontend.read.names import printable
from xnorflow.frontend.trace.gather import merge
from xnorflow.frontend.trace.input_range import check_entering, unfit_range
from xnorflow.frontend.trace.input_type import Entry, read_input
from xnorflow.frontend.trace.layout import Layout, inverse
from xnorflow.ir.host import HostInput
from xnorflow.ir.input_spec import InputSpec
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import Ints, TensorType, bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.padding import Flags
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.frontend.trace.trace import Trace

__all__ = ["Head", "host_input", "lower_head"]

_MAX_BITS = 8


@dataclass(frozen=True, eq=False)
class Head:
    """What happens before the first matrix product.

    Attributes:
        host: how the host makes frames.
        in_type: type of a frame.
        quantize: what the hardware does to its integers.
        chain: the functions, for their pools.
        after: what enters the first product.
        notes: near ties.
    """

    host: HostInput
    in_type: TensorType
    quantize: Quantize
    chain: FunctionChain
    after: Activations
    notes: tuple[Diagnostic, ...]


def lower_head(network: Network, trace: Trace, given: InputSpec) -> Head:
    """Evaluate the nodes before the first product on every integer that the input can hold.

    Raises:
        XnorflowError: no supported integer type, a quantiser that does not fit what was assumed of
            the input, or results that few bits cannot code.
    """
    entry = read_input(network, trace.first_nodes, given)
    arranged = _arranged(network, trace)
    chain = FunctionChain(network, trace.head, arranged)
    names = network.origin(*trace.head) or (printable(network.input),)
    order = inverse(arranged.cells)
    shape = network.shape(network.input)[1:]
    still = (order == np.arange(arranged.size)).all()
    host = host_input(shape, None if still else order.astype(np.int32), entry, given)
    cells, kinds, values = _values(network, host, entry, chain, names)
    traces = chain.run(values, cells)
    check_finite(traces[-1], names, order[cells])
    codes, coding = _encode(traces[-1], names)
    unfit = unfit_range(codes, entry, network.origin(*trace.head))
    if unfit is not None and unfit.severity is Severity.ERROR:
        raise XnorflowError(unfit)
    notes = _near_ties(chain, values, cells, kinds, codes, coding, names)
    flips = np.zeros(chain.end.size, dtype=bool)
    if chain.pools:
        codes, flips = _pooled(chain, cells, traces, codes, coding, names)
    image = (arranged.size,) if arranged.is_free else arranged.image
    return Head(
        host,
        TensorType(image, entry.type.value),
        Quantize(_table(codes, kinds)),
        chain,
        Activations(chain.end, *chain.padding(names), coding, flips),
        notes if unfit is None else (unfit, *notes),
    )


def host_input(
    shape: tuple[int, ...], order: Ints | None, entry: Entry, given: InputSpec
) -> HostInput:
    """How the host makes frames of ``shape`` of what enters."""
    return HostInput(
        shape,
        order,
        entry.scale,
        entry.type.levels,
        given.mean,
        given.std,
        entry.known_by,
        entry.assumed,
        entry.channel_axis,
    )


def _values(
    network: Network, host: HostInput, entry: Entry, chain: FunctionChain, names: tuple[str, ...]
) -> tuple[Labels, Labels, Array]:
    """A cell of each kind, the kind of each cell, and all values that enter at these cells.

    Returns:
        [R], [cells], and [input values, R] as the graph gets them.
    """
    labels, order = chain.stages[0].labels[: chain.entry.size], inverse(chain.entry.cells)
    channel, unit = np.zeros(len(order), dtype=np.int64), [1] * len(host.shape)
    count = max(len(host.mean), len(host.std))
    if count > 1:
        axis = host.channel_axis
        channel, unit[axis] = np.indices(host.shape)[axis].ravel()[order], count
        labels = merge(labels, channel)
    cells, kinds = kinds_of_cells(labels)
    value = entry.type.value
    stored = np.asarray(entry.type.levels or range(value.low, value.high + 1))
    if len(stored) * len(cells) > MAX_ELEMENTS:
        sizes = len(stored), len(cells)
        raise too_large("integers of the input for elements that differ", sizes, names)
    frames = np.ones((len(stored), *unit), dtype=np.int64) * stored.reshape(-1, *[1] * len(unit))
    with np.errstate(all="ignore"):
        table = host.graph_values(frames, network.dtype(network.input))
    check_entering(host, entry, frames, table)
    return cells, kinds, table.reshape(len(stored), -1)[:, channel[cells]]


def _arranged(network: Network, trace: Trace) -> Layout:
    """The input in the order in which the first to see an image wants it, or channels last."""
    shape = network.shape(network.input)
    plain = Layout.of_vector(shape)
    found = arrange(network, trace.head, plain, reader_of(network, trace.segments[0].matrix))
    if not found.is_free or len(shape) != 4:
        return found
    return Layout(shape, plain.image, Layout.of_image(shape).cells, is_free=True)


def _pooled(
    chain: FunctionChain,
    cells: Labels,
    traces: list[Array],
    codes: Ints,
    coding: Coding,
    names: tuple[str, ...],
) -> tuple[Ints, Flags]:
    """Codes as stored in front of pools, and which bits behind them are stored inverted."""
    if not coding.value.is_bit:
        pools = tuple(node.name for pool in chain.pools for node in pool.nodes)
        raise XnorflowError(
            Diagnostic(
                "unsupported-op",
                f"a MaxPool in front of the first product must pool bits, not {coding.value}",
                "pool behind the first convolution",
                Origin(pools),
            )
        )
    monotonicity = Monotonicity(chain, np.unique(traces[-1]).tolist(), names)
    monotonicity.watch(cells, [traces])
    flips = monotonicity.flips(cells)
    stored: Ints = codes ^ flips[chain.final_labels(cells)]
    return stored, flips[chain.stages[-1].labels[: chain.end.size]]


def _table(codes: Ints, kinds: Labels) -> Ints:
    """One row where all elements are alike, else one for each."""
    table = codes.T if (codes == codes[:, :1]).all() else codes.T[kinds]
    return np.ascontiguousarray(table[:1] if len(table) and (table == table[:1]).all() else table)


def _encode(results: Array, names: tuple[str, ...]) -> tuple[Ints, Coding]:
    """Integers for the values [levels, elements], and what they are worth."""
    values = np.unique(results.astype(np.float64))
    if len(values) <= 2:
        low, high = float(values[0]), float(values[-1])
        fault = Coding.far_apart(low, high, names)
        if fault is not None:
            raise XnorflowError(fault)
        coding = Coding.of_bits(low, high)
        return (results == values[-1]).astype(np.int32), coding
    slack = 4 * np.finfo(np.float32).eps * np.abs(values).max()
    # The coarsest step that all differences are multiples of; not all multiples need occur.
    for count in range(len(values) - 1, 1 << _MAX_BITS):
        step = (values[-1] - values[0]) / count
        for offset in (0.0, float(values[0])):
            codes = np.rint((values - offset) / step)
            value = bits_for_range(int(codes[0]), int(codes[-1]))
            fits = np.abs(offset + step * codes - values).max() <= slack < step / 4
            if fits and value.bits <= _MAX_BITS:
                coding = Coding(value, offset, float(step))
                return np.rint((results - offset) / step).astype(np.int32), coding
    raise XnorflowError(
        Diagnostic(
            "unquantised-input",
            f"the values that enter the first layer must be a bit or equally spaced integers of "
            f"at most {_MAX_BITS} bits, not {len(values)} values from {values[0]:g} to "
            f"{values[-1]:g}",
            "quantise the input in the model (brevitas.nn.QuantIdentity before the first layer)",
            Origin(names),
        )
    )


def _near_ties(
    chain: FunctionChain,
    values: Array,
    cells: Labels,
    kinds: Labels,
    codes: Ints,
    coding: Coding,
    names: tuple[str, ...],
) -> tuple[Diagnostic, ...]:
    if not chain.nodes or values.dtype != np.float32 or not coding.step:
        return ()
    try:
        exact = chain.run(values, cells, double=True)[-1]
    except XnorflowError:
        return ()
    level = (exact - coding.middle) / coding.step
    again = level > 0 if coding.value.is_bipolar else np.rint(level)
    differs = int((again != codes).any(axis=0)[kinds[kinds >= 0]].sum())
    if not differs:
        return ()
    return (
        Diagnostic(
            "near-tie",
            f"input quantiser: {differs} of {len(kinds)} elements switch within float32 "
            "rounding error of an input value",
            "the executor's own rounding decides there; the hardware does the same",
            Origin(names),
            Severity.NOTE,
        ),
    )
