# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A product of integer weights inside the network: exact sums, and the function behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain, arrange
from xnorflow.frontend.evaluate.elements import check_count, kinds_of_cells
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.evaluate.product import arrive, reader_of
from xnorflow.frontend.lower.functions import MAX_BITS, unspaced
from xnorflow.frontend.lower.inexact import inexact_function
from xnorflow.frontend.lower.wide import Steps
from xnorflow.frontend.trace.gather import merge
from xnorflow.frontend.trace.layout import Reader, inverse
from xnorflow.ir.limits import INT32
from xnorflow.ir.ops.linear import Linear

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.integers import IntegerMatrix
    from xnorflow.frontend.evaluate.product import Activations
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment
    from xnorflow.ir.ops.multi_threshold import MultiThreshold
    from xnorflow.ir.ops.quantize import Quantize
    from xnorflow.ir.ops.window import Window

__all__ = ["IntegerProduct", "LinearFunction", "place_integers"]

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
    sums = product.sums
    if sums[0] < -INT32 or sums[-1] >= INT32:
        rule = f"must have sums that 32 bits hold, not from {sums[0]} to {sums[-1]}"
        hint = "multiply fewer elements, or integers of fewer bits"
        raise _error(rule, hint, network, segment)
    return product


@dataclass(frozen=True, eq=False)
class LinearFunction:
    """What the sums of a product of integer weights become.

    Attributes:
        quantize: the function of its sums.
        coding: what the function's integers are worth.
        notes: that the model computes sums with an error, if it does.
    """

    quantize: Quantize | MultiThreshold
    coding: Coding
    notes: tuple[Diagnostic, ...]

    @staticmethod
    def observe(product: IntegerProduct, layer: str, names: tuple[str, ...]) -> LinearFunction:
        """Run the chain on all sums that the hardware can give.

        Args:
            product: the product.
            layer: its neutral name.
            names: the user's nodes.

        Raises:
            XnorflowError: a result is not finite, results are not equally spaced integers, or a
                pool is in the way.
        """
        chain, op, sums = product.chain, product.op, product.sums
        if chain.pools:
            pools = tuple(node.name for pool in chain.pools for node in pool.nodes)
            rule = "a MaxPool must not stand behind a product of integer weights"
            hint = "pool in front of the product, or train it with 1-bit weights"
            raise XnorflowError(Diagnostic("unsupported-op", rule, hint, Origin(pools)))
        follows = chain.stages[0].labels[: chain.entry.size]
        channels = np.arange(chain.entry.size) % len(op.weights)
        cells, kinds = kinds_of_cells(merge(channels, follows))

        def function(raw: npt.NDArray[np.int64]) -> Array:
            values = product.matrix.values(raw, product.coding, channels[cells])
            results = chain.run(values, cells)[-1]
            check_finite(results, names)
            return results

        steps = Steps.of(sums, len(cells), function, names)
        coarse = product.matrix.coarse(product.coding)
        notes = () if coarse is None else (inexact_function(layer, coarse, names),)
        made: tuple[Quantize | MultiThreshold, Coding] | None
        if len(sums) > _MAX_SUMS:
            made = steps.thresholds(names, chain.steps, kinds, len(op.weights))
        else:
            check_count(len(sums), len(cells), names)
            made = steps.table(names, chain.steps, kinds, len(op.weights))
        if made is None:
            raise XnorflowError(unspaced(np.unique(steps.values), chain, names))
        quantize, coding = made
        return LinearFunction(quantize, coding, notes)


def _error(rule: str, hint: str, network: Network, segment: Segment) -> XnorflowError:
    node = segment.product
    text = f"{node.op_type} of integer weights {rule}"
    return XnorflowError(Diagnostic("unsupported-op", text, hint, Origin(network.origin(node))))
