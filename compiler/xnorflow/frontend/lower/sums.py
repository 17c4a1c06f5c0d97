# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A product whose sums become more than thresholds tell: raw sums, and a function of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.elements import check_count, kinds_of_cells
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.evaluate.sources import Table
from xnorflow.frontend.lower.encoding import encode
from xnorflow.frontend.lower.functions import MAX_BITS, rows_of, stored_codes, unspaced
from xnorflow.frontend.lower.inexact import decisions
from xnorflow.frontend.trace.gather import merge, numbered
from xnorflow.ir.ops.dense import MAX_OFFSET, Dense
from xnorflow.ir.ops.quantize import Quantize

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.evaluate.digits import Coarse
    from xnorflow.frontend.evaluate.padding import Flags
    from xnorflow.frontend.evaluate.product import Product
    from xnorflow.frontend.read.network import Array

__all__ = ["SumFunction", "raw_sums"]

Integers = npt.NDArray[np.int64]

_MAX_FACTOR = 16


@dataclass(frozen=True, eq=False)
class SumFunction:
    """A product of raw sums that mean the same at all pixels, and a table of what they become.

    What lies beyond an image's edge, and what the middle of a coding adds, makes a sum mean another
    value at other pixels. So the hardware adds to each what makes up for that.

    Attributes:
        dense: the product.
        quantize: the function of its sums.
        coding: what the function's integers are worth.
        flips: for each cell behind the chain, whether its bit is stored inverted.
        notes: elements that decide at sums which the model computes with an error.
    """

    dense: Dense
    quantize: Quantize
    coding: Coding
    flips: Flags
    notes: tuple[Diagnostic, ...]

    @staticmethod
    def observe(
        product: Product, chain: FunctionChain, layer: str, names: tuple[str, ...]
    ) -> SumFunction:
        """Run the chain on all sums that the hardware can give.

        Raises:
            XnorflowError: a result is not finite, results are not equally spaced integers, pixels
                differ by more than a simple fraction of a sum's unit, or as ``stored_codes``.
        """
        dense = _dense(product, names)
        follows = chain.stages[0].labels[: product.layout.size]
        channels = np.arange(product.layout.size) % len(product.bits)
        cells, kinds = kinds_of_cells(merge(channels, follows))
        sums = dense.sums(product.coding.value)
        check_count(len(sums), len(cells), names)
        values = _values(product, dense, sums, channels[cells])
        traces = chain.run(values, cells)
        results = traces[-1]
        check_finite(results, names)
        found = encode(results, names, MAX_BITS, chain.steps)
        if found is None:
            raise XnorflowError(unspaced(np.unique(results), chain, names))
        codes, coding = found
        stored, flips = stored_codes(chain, cells, traces, codes, coding, names)
        rows = rows_of(stored.T, kinds, len(product.bits))
        digits, notes = product.domain(cells).digits, tuple[Diagnostic, ...]()
        if not digits.is_exact:
            close = decisions(
                layer, digits.coarse, chain, values, cells, kinds, codes, coding, names
            )
            notes = tuple(close)
        return SumFunction(dense, Quantize(rows, sums), coding, flips, notes)


def raw_sums(product: Product, names: tuple[str, ...]) -> tuple[Dense, Table, Coarse | None]:
    """A product of raw sums, what these are worth, and why the model has that with an error, if so.

    Raises:
        XnorflowError: a sum is not finite, or pixels differ by more than a simple fraction of a
            sum's unit.
    """
    dense, channels = _dense(product, names), np.arange(len(product.bits))
    sums = dense.sums(product.coding.value)
    values = _values(product, dense, sums, channels)
    check_finite(values, names)
    columns = np.arange(product.layout.size) % len(channels)
    digits = product.domain(channels).digits
    table = Table(product.layout, sums, values, columns)
    return dense, table, None if digits.is_exact else digits.coarse


def applied(chain: FunctionChain, sums: Table) -> Table:
    """The same stored sums, and what a chain without pools makes of their values.

    Raises:
        XnorflowError: a result is not finite.
    """
    follows = chain.stages[0].labels[: sums.layout.size]
    cells, kinds = kinds_of_cells(merge(sums.columns, follows))
    values = chain.run(sums.values[:, sums.columns[cells]], cells)[-1]
    return Table(chain.end, sums.stored, values, kinds)


def _dense(product: Product, names: tuple[str, ...]) -> Dense:
    """The product with offsets that make sums of all pixels mean the same.

    Raises:
        XnorflowError: they differ by more than a simple fraction of a sum's unit, or too much.
    """
    factor, meant = _shift(product, names)
    seen = np.zeros_like(meant)
    if product.coding.value.is_bipolar:
        # Lanes outside are stored as 0, so the hardware adds them as -1.
        outside = product.padding.outside.astype(np.int64)
        seen = outside @ (1 - 2 * product.bits.astype(np.int64)).T
    offsets = meant - factor * seen
    if np.abs(offsets).max() > MAX_OFFSET:
        raise XnorflowError(
            Diagnostic(
                "unsupported-op",
                f"what lies beyond the image's edge must add at most {MAX_OFFSET} steps to a sum, "
                f"not {np.abs(offsets).max()}",
                "pad by a level of the activations, or by 0",
                Origin(names),
            )
        )
    rows, number = numbered(offsets.astype(np.int32))
    if len(rows) > 1:
        kinds = number[product.padding.classes].astype(np.int32)
        return Dense(product.bits, None, kinds, rows, factor)
    return (
        Dense(product.bits, None, None, rows[0], factor)
        if rows.any()
        else Dense(product.bits, None)
    )


def _shift(product: Product, names: tuple[str, ...]) -> tuple[int, Integers]:
    """A factor, and [classes, out]: what sums, times that, are more than those of whole windows."""
    offsets = product.padding.offsets
    moved = (offsets - offsets[_whole(product)]) / product.coding.step
    for factor in range(1, _MAX_FACTOR + 1):
        if (factor * moved == np.rint(factor * moved)).all():
            return factor, np.rint(factor * moved).astype(np.int64)
    raise XnorflowError(
        Diagnostic(
            "unsupported-op",
            "what lies beyond the image's edge must be worth a simple fraction of a step of the "
            "activations, where more than one bit is made of the sums",
            "pad by a level of the activations, or by 0",
            Origin(names),
        )
    )


def _whole(product: Product) -> int:
    """The class of pixels that see least beyond the edge."""
    return int(np.argmin(product.padding.outside.sum(axis=1)))


def _values(product: Product, dense: Dense, sums: range, channels: Array) -> Array:
    """What the executor has for stored sums, [sums, R], as at the pixels that see it whole."""
    matrix, coding = product.matrix, product.coding
    dots = np.asarray(sums, dtype=np.float64)[:, np.newaxis] / dense.factor
    offsets = product.padding.offsets[_whole(product), channels]
    exact = matrix.scale[channels] * (coding.step * dots + offsets)
    return matrix.rounded(exact, channels)
