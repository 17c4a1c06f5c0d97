# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Bits of a sum of two tensors of which one has no equal steps: a product's scaled sums.

Where x, of few levels, is added to v and a sign is taken of both, the sign is 1 for the levels of
x from some one on. How many these are is an integer for v, and the sign is 1 where that and the
number of x's level are together at least as many as there are levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.elements import check_count, kinds_of_cells
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.evaluate.product import Activations
from xnorflow.frontend.lower.functions import rows_of
from xnorflow.frontend.lower.inexact import inexact_function
from xnorflow.frontend.lower.parts import Made, RawSums, Stored
from xnorflow.frontend.lower.places import check_plain, same_layout
from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.trace.gather import merge
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.padding import Flags
    from xnorflow.frontend.evaluate.sources import Table
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.lower.parts import Entry
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment

__all__ = ["Decision", "append_decision"]

_MAX_LEVELS = 1 << 8
"""Of what is added."""


@dataclass(frozen=True, eq=False)
class Decision:
    """Bits that a sum decides.

    Attributes:
        count: the number of levels of ``other`` at which a bit is 1, for each sum of the product.
        other: of what is added.
        coding: of the bits.
        flips: bool [cells]: which of them fall with the sum, and are stored inverted.
        names: the user's nodes.
    """

    count: Quantize
    other: Coding
    coding: Coding
    flips: Flags
    names: tuple[str, ...]

    @staticmethod
    def observe(
        table: Table, other: Coding, chain: FunctionChain, names: tuple[str, ...]
    ) -> Decision:
        """Run the chain on the sums of all values with all levels.

        Args:
            table: the product's sums and what these are worth in front of the addition.
            other: of what is added.
            chain: what follows.
            names: the user's nodes.

        Raises:
            XnorflowError: a result is not finite, results are no bits, a function turns, or there
                are too many levels.
        """
        levels = other.levels(other.stored).astype(table.values.dtype)
        if len(levels) > _MAX_LEVELS or chain.pools:
            raise _error(names)
        follows = chain.stages[0].labels[: table.layout.size]
        cells, kinds = kinds_of_cells(merge(table.columns, follows))
        check_count(len(table.values) * len(levels), len(cells), names)
        values = table.values[:, table.columns[cells]]
        results = np.stack([chain.run(values + level, cells)[-1] for level in levels])
        check_finite(results.reshape(-1, len(cells)), names)
        bits = np.unique(results)
        if len(bits) != 2:
            raise _error(names)
        upper = results == bits[-1]
        falls = _falls(upper, names)
        count = (upper ^ falls).sum(axis=0)
        rows = rows_of(count.T, kinds, table.layout.image[2])
        coding = Coding.of_bits(float(bits[0]), float(bits[-1]))
        return Decision(Quantize(rows, table.stored), other, coding, falls[kinds], names)

    def append(self, builder: GraphBuilder, tensor: str, other: str) -> str:
        """Append it behind the product's raw sums and what is added; the tensor of bits."""
        levels, code = len(self.other.stored), self.other.value.code
        value = bits_for_range(0, levels)
        made = builder.quantize(tensor, self.count, value, None, self.names)
        made, sums = builder.add((made, other), Add((code.step, 1)), None, self.names)
        least = code.step * levels + int(code.of(self.other.stored[:1])[0])
        table = (np.asarray(sums) >= least).astype(np.int32)
        own = Quantize(table[np.newaxis], sums)
        worth = self.coding.worth(self.flips)
        return builder.quantize(made, own, self.coding.value, worth, self.names)


def append_decision(
    network: Network, builder: GraphBuilder, segment: Segment, entries: Sequence[Entry]
) -> Made:
    """Append the sum that a segment begins with and its sign; one of ``entries`` is raw sums.

    Raises:
        XnorflowError: as ``Decision.observe``, or they are not elements of the same places.
    """
    count = len(builder.layers)
    real, other = sorted(entries, key=lambda entry: isinstance(entry, Stored))
    assert isinstance(real, RawSums), "one of them is a product's results"
    assert segment.source is not None, "a sum has a node"
    names = network.origin(*segment.nodes)
    if isinstance(other, RawSums):
        raise _error(names)
    check_plain(network, segment.source, other.worth)
    layout = same_layout(network, segment.source, real.table.layout, other.worth.layout)
    chain = FunctionChain(network, segment.chain, layout)
    found = Decision.observe(real.table, other.worth.coding, chain, names)
    notes = tuple[Diagnostic, ...]()
    if real.coarse is not None:
        notes = (inexact_function(builder.layers[-1].name, real.coarse, names),)
    tensor = found.append(builder, real.tensor, other.tensor)
    after = Activations(chain.end, *chain.padding(names), found.coding, found.flips)
    first, made = builder.layers[count].name, builder.layers[-1].name
    tap = Tap(first, made, names, segment.begin, chain, None, after, (), real.coarse)
    return Made(tensor, after, tap, notes)


def _falls(upper: Array, names: tuple[str, ...]) -> Flags:
    """[R]: which bits [levels, sums, R] fall with the level, where others rise.

    Raises:
        XnorflowError: one does neither.
    """
    steps = np.diff(upper.astype(np.int8), axis=0)
    falls, rises = (np.any(side, axis=(0, 1)) for side in (steps < 0, steps > 0))
    if np.any(falls & rises):
        raise _error(names)
    return np.asarray(falls)


def _error(names: tuple[str, ...]) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "unsupported-activations",
            "the sum of a product's results as they are and of other activations must be followed "
            f"by one sign, which rises or falls, of activations of at most {_MAX_LEVELS} levels",
            "quantise the product's results with one scale for all channels "
            "(brevitas.nn.QuantIdentity), in front of a shortcut too",
            Origin(names),
        )
    )
