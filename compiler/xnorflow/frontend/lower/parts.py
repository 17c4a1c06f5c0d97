# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Tensors that are stored between layers, and products between such tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from xnorflow.frontend.evaluate.chain import FunctionChain, arrange
from xnorflow.frontend.evaluate.elements import rearranged
from xnorflow.frontend.evaluate.product import Activations, Product, place, reader_of
from xnorflow.frontend.lower.functions import rows_of
from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.trace.layout import Reader
from xnorflow.ir.ops.quantize import Quantize

if TYPE_CHECKING:
    from xnorflow.diagnostics import Diagnostic
    from xnorflow.frontend.evaluate.digits import Coarse
    from xnorflow.frontend.evaluate.sources import Table
    from xnorflow.frontend.evaluate.weights import Matrix
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.read.network import Network
    from xnorflow.frontend.trace.segments import Segment
    from xnorflow.frontend.trace.trace import Trace
    from xnorflow.ir.ops.dense import Dense
    from xnorflow.ir.types import Worth

__all__ = ["Entry", "Made", "Part", "RawSums", "Stored", "straight"]


@dataclass(frozen=True, eq=False)
class Stored:
    """Activations that are stored.

    Attributes:
        tensor: the IR's.
        worth: what that is worth.
    """

    tensor: str
    worth: Activations


@dataclass(frozen=True, eq=False)
class RawSums:
    """A product's sums that are stored as they are.

    Attributes:
        tensor: the IR's.
        table: what they are worth to the model, in each channel another value as a rule.
        coarse: why the model computes these with an error, if so.
    """

    tensor: str
    table: Table
    coarse: Coarse | None


Entry: TypeAlias = "Stored | RawSums"
"""What a segment reads."""


@dataclass(frozen=True, eq=False)
class Made:
    """Activations that layers make which were appended.

    Attributes:
        tensor: the IR's.
        worth: what that is worth.
        tap: where it can be compared.
        notes: what to tell the user.
    """

    tensor: str
    worth: Activations
    tap: Tap
    notes: tuple[Diagnostic, ...]


def straight(builder: GraphBuilder, stored: Stored) -> Stored:
    """A tensor with its bits as they are, for which those that are inverted are inverted."""
    worth = stored.worth
    if not worth.flips.any():
        return stored
    rows = np.array([[0, 1], [1, 0]], dtype=np.int32)
    op = Quantize(rows_of(rows, worth.flips.astype(np.int64), worth.layout.image[2]))
    plain = replace(worth, flips=np.zeros_like(worth.flips))
    own = worth.coding.worth(plain.flips)
    made = builder.quantize(stored.tensor, op, worth.coding.value, own, ())
    return Stored(made, plain)


@dataclass(frozen=True, eq=False)
class Part:
    """A product in its place, and what follows.

    Attributes:
        index: number of the product.
        segment: as traced.
        tensor: the IR's tensor that it reads.
        product: the product.
        chain: what follows.
        reader: how the chain's result is read.
        names: the user's nodes, without pools.
        window_names: the user's nodes that make windows.
    """

    index: int
    segment: Segment
    tensor: str
    product: Product
    chain: FunctionChain
    reader: Reader
    names: tuple[str, ...]
    window_names: tuple[str, ...]

    @staticmethod
    def of(network: Network, index: int, segment: Segment, matrix: Matrix, before: Stored) -> Part:
        """The product of a segment, its sums in the order in which its chain is read."""
        product = place(network, segment, matrix, before.worth)
        reader = reader_of(network, *segment.readers)
        layout = arrange(network, segment.chain, product.layout, reader)
        product = rearranged(product, layout)
        chain = FunctionChain(network, segment.chain, layout)
        names = network.origin(*segment.means, segment.product, *chain.functions)
        window = network.origin(*before.worth.pads, *segment.means, segment.product)
        return Part(index, segment, before.tensor, product, chain, reader, names, window)

    @property
    def name(self) -> str:
        """Neutral name of the product's layer."""
        kind = "conv" if self.product.matrix.bits.ndim == 4 else "dense"
        return f"{kind}{self.index}"

    def append(self, builder: GraphBuilder, dense: Dense, worth: Worth | None = None) -> str:
        """Append the product, with what brings its vectors together; the tensor that it makes."""
        tensor = self.tensor
        if self.product.window is not None:
            window = self.product.window
            tensor = builder.window(tensor, f"window{self.index}", window, self.window_names)
        image: tuple[int, ...] = self.product.layout.image
        flat = self.reader in (Reader.VECTOR, Reader.OUTPUT) and not self.chain.pools
        if flat and image[:2] == (1, 1):
            image = image[2:]
        return builder.dense(tensor, self.name, dense, image, worth, self.names)

    def pools(self, network: Network, builder: GraphBuilder, tensor: str) -> str:
        """Append the pools behind it."""
        return builder.pools(tensor, f"pool{self.index}", self.chain, network)

    def tap(self, path: Trace, builder: GraphBuilder, after: Activations | None) -> Tap:
        """Where the result can be compared, when its layers were appended last."""
        sums, made = self.segment.product.output[0], builder.layers[-1].name
        finish = path.finish if after is None else ()
        return Tap(self.name, made, self.names, sums, self.chain, self.product, after, finish)
