# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The input: its integer type, its order, and the functions in front of all else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain, arrange
from xnorflow.frontend.evaluate.product import Activations, reader_of
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.lower.functions import Function, rows_of
from xnorflow.frontend.read.limits import MAX_ELEMENTS, too_large
from xnorflow.frontend.read.names import printable
from xnorflow.frontend.trace.gather import merge
from xnorflow.frontend.trace.input_range import check_entering, unfit_range
from xnorflow.frontend.trace.input_type import Entry, read_input
from xnorflow.frontend.trace.layout import Layout, inverse
from xnorflow.ir.host import HostInput
from xnorflow.ir.input_spec import InputSpec
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import Ints, TensorType

if TYPE_CHECKING:
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment
    from xnorflow.frontend.trace.trace import Trace

__all__ = ["Head", "host_input", "lower_head"]

_MAX_BITS = 9


@dataclass(frozen=True, eq=False)
class Head:
    """What happens to what enters.

    Attributes:
        host: how the host makes frames.
        in_type: type of a frame.
        quantize: what the hardware does to its integers.
        chain: the functions, for their pools.
        after: what is stored then.
        notes: near ties.
    """

    host: HostInput
    in_type: TensorType
    quantize: Quantize
    chain: FunctionChain
    after: Activations
    notes: tuple[Diagnostic, ...]


def lower_head(network: Network, trace: Trace, given: InputSpec) -> Head:
    """Evaluate the first functions on every integer that the input can hold.

    Raises:
        XnorflowError: no supported integer type, a quantiser that does not fit what was assumed of
            the input, or results that few bits cannot code.
    """
    entry = read_input(network, trace.first_nodes, given)
    nodes = trace.head.chain
    arranged = _arranged(network, trace.head)
    chain = FunctionChain(network, nodes, arranged)
    names = network.origin(*nodes) or (printable(network.input),)
    order = inverse(arranged.cells)
    shape = network.shape(network.input)[1:]
    still = (order == np.arange(arranged.size)).all()
    host = host_input(shape, None if still else order.astype(np.int32), entry, given)
    table = _table(network, host, entry, chain, names)
    found = Function.observe(table, chain, names, _MAX_BITS, _unquantised)
    unfit = unfit_range(found.codes, entry, network.origin(*nodes))
    if unfit is not None and unfit.severity is Severity.ERROR:
        raise XnorflowError(unfit)
    notes = _near_ties(found)
    codes, flips = found.flips()
    image = (arranged.size,) if arranged.is_free else arranged.image
    rows = rows_of(codes.T, found.elements.kinds, image[-1])
    return Head(
        host,
        TensorType(image, entry.type.value),
        Quantize(rows),
        chain,
        Activations(chain.end, *chain.padding(names), found.coding, flips),
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


def _table(
    network: Network, host: HostInput, entry: Entry, chain: FunctionChain, names: tuple[str, ...]
) -> Table:
    """What the graph gets for all stored integers, channel by channel where they differ."""
    order = inverse(chain.entry.cells)
    columns, unit = np.zeros(len(order), dtype=np.int64), [1] * len(host.shape)
    count = max(len(host.mean), len(host.std))
    if count > 1:
        axis = host.channel_axis
        columns, unit[axis] = np.indices(host.shape)[axis].ravel()[order], count
    value = entry.type.value
    stored = np.asarray(entry.type.levels or range(value.low, value.high + 1))
    labels = merge(chain.stages[0].labels[: chain.entry.size], columns)
    kinds = len(np.unique(labels[labels >= 0]))
    if len(stored) * kinds > MAX_ELEMENTS:
        sizes = len(stored), kinds
        raise too_large("integers of the input for elements that differ", sizes, names)
    frames = np.ones((len(stored), *unit), dtype=np.int64) * stored.reshape(-1, *[1] * len(unit))
    with np.errstate(all="ignore"):
        values = host.graph_values(frames, network.dtype(network.input))
    check_entering(host, entry, frames, values)
    whole = range(value.low, value.high + 1)
    return Table(chain.entry, whole, values.reshape(len(stored), -1), columns)


def _arranged(network: Network, head: Segment) -> Layout:
    """The input in the order in which the first to see an image wants it, or channels last."""
    shape = network.shape(network.input)
    plain = Layout.of_vector(shape)
    found = arrange(network, head.chain, plain, reader_of(network, *head.readers))
    if not found.is_free or len(shape) != 4:
        return found
    return Layout(shape, plain.image, Layout.of_image(shape).cells, is_free=True)


def _unquantised(values: Array, _: FunctionChain, names: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        "unquantised-input",
        f"the values that enter the first layer must be a bit or equally spaced integers of "
        f"at most {_MAX_BITS} bits, not {len(values)} values from {values[0]:g} to "
        f"{values[-1]:g}",
        "quantise the input in the model (brevitas.nn.QuantIdentity before the first layer)",
        Origin(names),
    )


def _near_ties(found: Function) -> tuple[Diagnostic, ...]:
    elements, coding, chain = found.elements, found.coding, found.chain
    values = np.concatenate([*elements.sums.chunks()])
    if not chain.nodes or values.dtype != np.float32:
        return ()
    try:
        exact = chain.run(values, elements.cells, double=True)[-1]
    except XnorflowError:
        return ()
    level = (exact - coding.middle) / coding.step
    again = level > 0 if coding.value.is_bipolar else np.rint(level)
    kinds = elements.kinds
    differs = int((again != found.codes).any(axis=0)[kinds[kinds >= 0]].sum())
    if not differs:
        return ()
    return (
        Diagnostic(
            "near-tie",
            f"input quantiser: {differs} of {len(kinds)} elements switch within float32 "
            "rounding error of an input value",
            "the executor's own rounding decides there; the hardware does the same",
            Origin(found.names),
            Severity.NOTE,
        ),
    )
