# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Which tensors of the model the integer network's layers stand for, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.frontend.evaluate.sums import Sums
from xnorflow.frontend.trace.layout import inverse
from xnorflow.frontend.trace.operators import AVERAGE

if TYPE_CHECKING:
    import numpy.typing as npt
    from onnx import NodeProto

    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.evaluate.digits import Coarse, Digits
    from xnorflow.frontend.evaluate.product import Activations, Product
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.ir.types import Ints

__all__ = ["Tap"]

_SAME = 1e-5
"""Where all activations are one value: how near a value counts as that."""


@dataclass(frozen=True, eq=False)
class Tap:
    """A place where the model and the integer network can be held against each other.

    Attributes:
        layer: name of the layer that computes: a product, a function or a join of integers.
        made: name of the layer that gives the integers: the same, or the last one that the user's
            functions became.
        names: the user's nodes.
        sums: the model's tensor that enters ``chain``.
        chain: the user's functions up to the tap.
        product: the product of 1-bit weights whose sums these are; None where it is none.
        after: what the integers are worth; None at the end, where the host's table tells.
        finish: nodes behind the chain at the end, but for the choice: the host does them.
        coarse: why the model's own values may be off where ``product`` does not tell; None where
            they are exact.
    """

    layer: str
    made: str
    names: tuple[str, ...]
    sums: str
    chain: FunctionChain
    product: Product | None
    after: Activations | None
    finish: tuple[NodeProto, ...] = ()
    coarse: Coarse | None = None

    @property
    def tensor(self) -> str:
        """The model's tensor behind the chain."""
        return str(self.chain.nodes[-1].output[0]) if self.chain.nodes else self.sums

    def worth(self, stored: Ints) -> npt.NDArray[np.float64]:
        """What a frame's stored integers [elements] are worth, in the order of the tensor."""
        assert self.after is not None, "the host's table tells what the end is worth"
        coding, flips = self.after.coding, self.after.flips
        values = np.concatenate([coding.levels(stored ^ flips), self.after.values])
        found: npt.NDArray[np.float64] = values[self.after.layout.cells]
        return found

    def differs(self, stored: Ints, tensor: Array) -> npt.NDArray[np.bool_]:
        """For each element of the model's tensor, whether it is nearer to another integer."""
        assert self.after is not None, "the host's table tells what the end is worth"
        coding = self.after.coding
        slack = abs(coding.step) / 2
        if coding.is_constant:
            slack = _SAME * float(np.abs(coding.levels(np.array([coding.value.high]))[0]))
        near: npt.NDArray[np.bool_] = np.abs(self.worth(stored) - tensor.ravel()) <= slack
        return ~near

    @cached_property
    def _whole(self) -> Sums:
        """The sums of all cells of the product's result."""
        product = self._product
        pixels, channels = np.divmod(np.arange(product.layout.size), len(product.bits))
        classes = product.padding.classes[pixels]
        return Sums(product.matrix, product.coding, product.padding, classes, channels)

    @property
    def _product(self) -> Product:
        assert self.product is not None, "sums are those of a product"
        return self.product

    @property
    def digits(self) -> Digits:
        """What partial sums of the product need of the model's float type."""
        return self._whole.digits

    def exact_sums(self, vectors: Ints) -> Array:
        """What a frame's sums are by exact arithmetic, rounded once: [cells].

        Args:
            vectors: stored integers [elements] that the product reads, windows included.
        """
        product, sums = self._product, self._whole
        rows = vectors.reshape(-1, product.bits.shape[1]).astype(np.float64)  # integers stay exact
        s = product.coding.value.code.of(rows)
        s[product.padding.outside[product.padding.classes]] = 0
        dots = (s @ (2.0 * product.bits.T - 1)).ravel().astype(np.int64)
        exact: Array = sums.at(((dots - sums.lows) // sums.step)[np.newaxis])[0]
        return exact

    def model_sums(self, tensor: Array) -> Array:
        """The model's sums [cells] from its tensor ``sums``."""
        cells: Array = tensor.ravel()[inverse(self.chain.entry.cells)]
        return cells

    def deciding(self, exact: Array, model: Array) -> Labels:
        """Cells of the product's result that end otherwise for the model's sums than for ours."""
        cells = np.flatnonzero(self.chain.stages[0].labels[: len(exact)] >= 0)
        ends = self.chain.run(np.stack([exact, model])[:, cells], cells)[-1]
        found: Labels = cells[ends[0] != ends[1]]
        return found

    def ending_at(self, cells: Labels, element: int) -> Labels:
        """Those of ``cells`` of the product's result that enter an element of the tensor."""
        ends = cells
        for pool in self.chain.pools:
            ends = pool.seen[ends]
        found: Labels = cells[ends == self.chain.end.cells[element]]
        return found

    def scores(self, exact: Array) -> Array | None:
        """What exact sums become at the end of the chain, in the order of the tensor.

        None where pools are on the way, and where averages follow, whose scores are others.
        """
        if self.chain.pools or any(node.op_type in AVERAGE for node in self.finish):
            return None
        cells = np.arange(len(exact))
        scores: Array = self.chain.run(exact[np.newaxis], cells)[-1][0][self.chain.end.cells]
        return scores

    def place(self, cell: int) -> str:
        """What a cell of the product's result is to the user."""
        product = self._product
        pixel, row = divmod(int(cell), len(product.bits))
        channel = int(product.rows[row])
        if len(product.padding.classes) == 1:
            return f"neuron {channel}"
        down, across = divmod(pixel, product.layout.image[1])
        return f"channel {channel} at row {down}, column {across}"
