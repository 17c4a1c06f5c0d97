# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""One element of each kind of what a chain acts on, and the values that it can take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Generic

import numpy as np

from xnorflow.frontend.evaluate.outcomes import Outcomes, watch
from xnorflow.frontend.evaluate.sources import Own
from xnorflow.frontend.read.limits import MAX_ELEMENTS, too_large
from xnorflow.frontend.trace.gather import merge
from xnorflow.frontend.trace.layout import inverse

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.evaluate.product import Product
    from xnorflow.frontend.evaluate.sources import Source
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.frontend.trace.layout import Layout

__all__ = ["Elements", "check_count", "kinds_of_cells", "rearranged"]

_MAX_SUMS = 1 << 32
"""Sums evaluated for one product; so many take ten minutes."""


def rearranged(product: Product, layout: Layout) -> Product:
    """The product of one vector with its rows in the order of ``layout``'s cells."""
    if (layout.cells == product.layout.cells).all():
        return replace(product, layout=layout)
    rows = inverse(layout.cells)[product.layout.cells]
    matrix, pads = product.matrix, product.padding
    bias = matrix.bias if matrix.bias is None else matrix.bias[rows]
    return replace(
        product,
        matrix=replace(matrix, bits=matrix.bits[rows], scale=matrix.scale[rows], bias=bias),
        bits=np.ascontiguousarray(product.bits[rows]),
        padding=replace(pads, offsets=pads.offsets[:, rows]),
        layout=layout,
        rows=product.rows[rows],
    )


def kinds_of_cells(labels: Labels) -> tuple[Labels, Labels]:
    """One cell of each label, and for each cell which of these is like it; -1 for unseen ones."""
    found, first, kind = np.unique(labels, return_index=True, return_inverse=True)
    unseen = int(found[0] < 0)
    return first[unseen:], kind - unseen


def check_count(values: int, kinds: int, names: tuple[str, ...]) -> None:
    """Refuse more values of elements that differ than are held at once; ``names`` are the nodes.

    Raises:
        XnorflowError: ``tensor-too-large``.
    """
    if values * kinds > MAX_ELEMENTS:
        raise too_large("values of all elements that differ", (values, kinds), names)


@dataclass(frozen=True, eq=False)
class Elements(Generic[Own]):
    """Elements of what a chain acts on that stand for all.

    Attributes:
        cells: [R]: a cell of each kind.
        kinds: [all cells]: which kind each is, -1 where nobody reads it.
        sums: the values that each kind can take.
        chain: what follows.
    """

    cells: Labels
    kinds: Labels
    sums: Own
    chain: FunctionChain

    @staticmethod
    def of(source: Source[Own], chain: FunctionChain) -> Elements[Own]:
        """Tell apart elements by the values that they take, and by what follows."""
        follows = chain.stages[0].labels[: source.layout.size]
        cells, kinds = kinds_of_cells(merge(source.labels, follows))
        return Elements(cells, kinds, source.domain(cells), chain)

    def outcomes(self, names: tuple[str, ...]) -> Outcomes:
        """What all sums become; ``names`` are the user's nodes.

        Raises:
            XnorflowError: a result is not finite, or there are too many sums.
        """
        sizes = int(self.sums.counts.max()), len(self.cells)
        if prod(sizes) > _MAX_SUMS:
            raise too_large("sums of all elements that differ", sizes, names, _MAX_SUMS)
        return watch(self.results(), names, self.numbers)

    def chosen(self, number: Labels) -> Elements[Own]:
        """The first of each group of elements that ``number`` [R] gives the same number."""
        first, group = kinds_of_cells(number)
        kinds = np.where(self.kinds < 0, -1, group[self.kinds])
        return Elements(self.cells[first], kinds, self.sums.chosen(first), self.chain)

    @property
    def numbers(self) -> Labels:
        """[R]: places of the elements in the graph's own tensor."""
        return inverse(self.chain.entry.cells)[self.cells]

    def results(self) -> Iterator[Array]:
        """What the chain gives for all sums, [K, R] in chunks, ascending dot products."""
        return (traces[-1] for traces in self.traces())

    def traces(self) -> Iterator[list[Array]]:
        """The same, and before it what is in front of each pool."""
        return (self.chain.run(sums, self.cells) for sums in self.sums.chunks())
