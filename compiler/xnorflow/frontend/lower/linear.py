# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A product of integer weights inside the network: exact sums, and the function behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain, arrange
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.elements import check_count, kinds_of_cells
from xnorflow.frontend.evaluate.outcomes import not_finite
from xnorflow.frontend.evaluate.product import Activations, arrive, reader_of
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.lower.encoding import encode
from xnorflow.frontend.lower.functions import MAX_BITS, Function, stored_codes, unspaced
from xnorflow.frontend.lower.inexact import inexact_function
from xnorflow.frontend.lower.parts import Made, Stored, straight
from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.lower.wide import Steps
from xnorflow.frontend.trace.gather import merge
from xnorflow.frontend.trace.layout import Reader, inverse
from xnorflow.ir.limits import INT32
from xnorflow.ir.ops.linear import Linear
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.integers import IntegerMatrix
    from xnorflow.frontend.evaluate.padding import Flags
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment
    from xnorflow.ir.ops.multi_threshold import MultiThreshold
    from xnorflow.ir.ops.window import Window

__all__ = ["IntegerProduct", "append_function", "as_plain", "place_integers"]

_MAX_SUMS = 1 << MAX_BITS
"""Of which functions are tables."""


@dataclass(frozen=True, eq=False)
class IntegerProduct:
    """A product of integer weights on what the hardware stores.

    Attributes:
        matrix: as the graph has it, its channels in the order of the op's rows.
        coding: of the input.
        op: the product.
        window: what brings a convolution's vectors together, if anything must.
        chain: what follows.
        image: of its results, or a vector where nobody sees an image.
        names: the user's nodes, without pools.
        window_names: the user's nodes that make windows.
    """

    matrix: IntegerMatrix
    coding: Coding
    op: Linear
    window: Window | None
    chain: FunctionChain
    image: tuple[int, ...]
    names: tuple[str, ...]
    window_names: tuple[str, ...]

    @property
    def sums(self) -> range:
        """All that it can give."""
        return self.op.sums(self.coding.value)

    @property
    def values(self) -> Array:
        """What the executor has for all sums, [sums, out]."""
        raw = np.asarray(self.sums, dtype=np.int64)[:, np.newaxis]
        return self.matrix.values(raw, self.coding, np.arange(len(self.op.weights)))

    def append(self, builder: GraphBuilder, tensor: str, index: int) -> str:
        """Append it as product ``index``, with what brings its vectors together; its tensor."""
        if self.window is not None:
            tensor = builder.window(tensor, f"window{index}", self.window, self.window_names)
        name = self.matrix.name(index)
        return builder.dense(tensor, name, self.op, self.image, None, self.names)


def place_integers(
    network: Network, segment: Segment, matrix: IntegerMatrix, before: Activations
) -> IntegerProduct:
    """The product of a segment behind ``before``, with its functions.

    Raises:
        XnorflowError: elements are not where hardware can multiply them, sums are too wide, or
            what lies beyond an image's edge is no level of the activations.
    """
    found = arrive(network, segment, matrix.weights, before)
    if found.around is not None and found.fill is None:
        rule = "must pad by a level of its activations, of which 0 is none here"
        raise _error(rule, "quantise them to levels with a 0 among them", network, segment)
    reader = reader_of(network, *segment.readers)
    layout = arrange(network, segment.chain, found.layout, reader)
    op = Linear(np.ascontiguousarray(found.weights.reshape(len(found.weights), -1)))
    if (layout.cells != found.layout.cells).any():
        rows = inverse(layout.cells)[found.layout.cells]
        op, matrix = Linear(op.weights[rows]), matrix.in_order(rows)
    chain = FunctionChain(network, segment.chain, layout)
    flat = reader in (Reader.VECTOR, Reader.OUTPUT) and layout.image[:2] == (1, 1)
    product = IntegerProduct(
        matrix,
        before.coding,
        op,
        found.window,
        chain,
        layout.image[2:] if flat and not chain.pools else layout.image,
        network.origin(segment.product, *chain.functions),
        network.origin(*before.pads, segment.product),
    )
    sums, reach = product.sums, matrix.reach(before.coding)
    wrong = ~(reach <= np.finfo(matrix.dtype).max)
    if wrong.any():
        raise not_finite(wrong[np.newaxis], reach[np.newaxis], network.origin(segment.product))
    if sums[0] < -INT32 or sums[-1] >= INT32:
        rule = f"must have sums that 32 bits hold, not from {sums[0]} to {sums[-1]}"
        hint = "multiply fewer elements, or integers of fewer bits"
        raise _error(rule, hint, network, segment)
    return product


def as_plain(builder: GraphBuilder, stored: Stored) -> Stored:
    """A tensor as integers that stand for themselves, which products of integer weights read.

    If it can be of which 0 is worth 0: then no sum has a part that does not come from what is read.
    """
    before = straight(builder, stored)
    coding = before.worth.coding
    numbers, step, middle = coding.value.code.of(coding.stored), coding.step, coding.middle
    whole = abs(middle / step) < 1 << MAX_BITS
    shift = round(middle / step) if whole else 0
    if shift and step * shift == middle:
        divisor = int(np.gcd.reduce(numbers + shift)) or 1
        numbers, step, middle = (numbers + shift) // divisor, step * divisor, 0.0
    elif coding.value.is_plain:
        return before
    value = bits_for_range(int(numbers[0]), int(numbers[-1]))
    plain = Coding(value, middle, step)
    op = Quantize(numbers.astype(np.int32)[np.newaxis])
    made = builder.quantize(before.tensor, op, value, plain.worth(before.worth.flips), ())
    return Stored(made, replace(before.worth, coding=plain))


def append_function(
    network: Network,
    builder: GraphBuilder,
    index: int,
    segment: Segment,
    matrix: IntegerMatrix,
    before: Stored,
) -> Made:
    """Append the product of a segment, number ``index``, and the function of its sums.

    Raises:
        XnorflowError: the product has no place in hardware, a result is not finite, results are
            not equally spaced integers, or as ``stored_codes``.
    """
    entry = as_plain(builder, before)
    product = place_integers(network, segment, matrix, entry.worth)
    chain, name = product.chain, matrix.name(index)
    names = network.origin(*chain.functions) or product.names
    coarse = matrix.coarse(product.coding)
    if len(product.sums) > _MAX_SUMS:
        op, coding, flips, notes = _thresholds(product, name, names)
    else:
        check_count(len(product.sums), len(product.op.weights), names)
        channels = np.arange(chain.entry.size) % len(product.op.weights)
        table = Table(chain.entry, product.sums, product.values, channels)
        found = Function.observe(table, chain, names)
        notes = () if coarse is None else tuple(found.decisions(name, coarse))
        codes, flips = found.flips()
        op, coding = found.quantize(codes), found.coding
    made = product.append(builder, entry.tensor, index)
    made = builder.quantize(made, op, coding.value, coding.worth(flips), names)
    made = builder.pools(made, f"pool{index}", chain, network)
    after = Activations(chain.end, *chain.padding(product.names), coding, flips)
    last = builder.layers[-1].name
    tap = Tap(name, last, names, segment.begin, chain, None, after, (), coarse)
    return Made(made, after, tap, notes)


def _thresholds(
    product: IntegerProduct, layer: str, names: tuple[str, ...]
) -> tuple[Quantize | MultiThreshold, Coding, Flags, tuple[Diagnostic, ...]]:
    """The function of more sums than a table holds, what it gives, which bits fall, and notes."""
    chain, count = product.chain, len(product.op.weights)
    follows = chain.stages[0].labels[: chain.entry.size]
    channels = np.arange(chain.entry.size) % count
    cells, kinds = kinds_of_cells(merge(channels, follows))

    def function(raw: npt.NDArray[np.int64]) -> list[Array]:
        return chain.run(product.matrix.values(raw, product.coding, channels[cells]), cells)

    steps = Steps.of(product.sums, len(cells), function, names)
    found = encode(steps.values[np.newaxis], names, MAX_BITS, chain.steps)
    if found is None:
        raise XnorflowError(unspaced(np.unique(steps.values), chain, names))
    codes, coding = found
    traces = [*steps.pooled, np.stack([steps.values] * 2)]
    codes, flips = stored_codes(
        chain, cells[steps.elements], traces, np.repeat(codes, 2, axis=0), coding, names
    )
    op = steps.thresholds(codes[0], coding.value, kinds, chain.entry.image[2], names)
    coarse = product.matrix.coarse(product.coding)
    notes = () if coarse is None else (inexact_function(layer, coarse, names),)
    return op, coding, flips, notes


def _error(rule: str, hint: str, network: Network, segment: Segment) -> XnorflowError:
    node = segment.product
    text = f"{node.op_type} of integer weights {rule}"
    return XnorflowError(Diagnostic("unsupported-op", text, hint, Origin(network.origin(node))))
