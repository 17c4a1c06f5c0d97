# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Functions of one integer: what a chain makes of every stored integer becomes a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.elements import Elements, check_count
from xnorflow.frontend.evaluate.monotonicity import Monotonicity
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.lower.encoding import encode
from xnorflow.frontend.lower.inexact import decisions
from xnorflow.frontend.trace.operators import QUANTISERS
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import Ints

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.evaluate.digits import Coarse
    from xnorflow.frontend.evaluate.padding import Flags
    from xnorflow.frontend.evaluate.sources import Table, TableDomain
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels

__all__ = ["MAX_BITS", "POOL_HINT", "Function", "rows_of", "unspaced"]

MAX_BITS = 16
"""Of stored integers inside the network."""

POOL_HINT = (
    "put a 1-bit quantiser directly before or behind the MaxPool, and monotone functions alone (no "
    "Abs, no even Pow) in front of it; or pool integers by AveragePool"
)
"""What to do about a MaxPool of anything but bits."""


@dataclass(frozen=True, eq=False)
class Function:
    """What a chain makes of the values of what it acts on.

    Attributes:
        source: what it acts on.
        chain: the functions.
        elements: one of each kind.
        traces: [K, R] in front of each pool, and at the end.
        codes: int32 [K, R]: the stored integers that stand for the results.
        coding: what these are worth.
        names: the user's nodes.
    """

    source: Table
    chain: FunctionChain
    elements: Elements[TableDomain]
    traces: list[Array]
    codes: Ints
    coding: Coding
    names: tuple[str, ...]

    @staticmethod
    def observe(
        source: Table,
        chain: FunctionChain,
        names: tuple[str, ...],
        most_bits: int = MAX_BITS,
        refusal: Callable[[Array, FunctionChain, tuple[str, ...]], Diagnostic] | None = None,
    ) -> Function:
        """Run the chain on all values.

        Args:
            source: what it acts on.
            chain: the functions.
            names: the user's nodes.
            most_bits: of the integers that stand for the results.
            refusal: what to say of values [n] that such integers cannot stand for.

        Raises:
            XnorflowError: a result is not finite, results are not equally spaced integers of
                ``most_bits``, there are too many, or pools are in the way.
        """
        elements = Elements.of(source, chain)
        check_count(len(source.values), len(elements.cells), names)
        parts = [*elements.traces()]
        traces = [np.concatenate(own) for own in zip(*parts, strict=True)]
        check_finite(traces[-1], names, elements.numbers)
        found = encode(traces[-1], names, most_bits, chain.steps)
        if found is None:
            raise XnorflowError((refusal or unspaced)(np.unique(traces[-1]), chain, names))
        codes, coding = found
        if chain.pools and not coding.value.is_bit:
            pools = tuple(node.name for pool in chain.pools for node in pool.nodes)
            rule = f"a MaxPool must pool bits, not {coding.value}"
            raise XnorflowError(Diagnostic("unsupported-op", rule, POOL_HINT, Origin(pools)))
        return Function(source, chain, elements, traces, codes, coding, names)

    def flips(self) -> tuple[Ints, Flags]:
        """Codes as stored in front of pools, and which cells behind them are stored inverted.

        Raises:
            XnorflowError: functions behind a pool neither rise nor fall.
        """
        if not self.chain.pools:
            return self.codes, np.zeros(self.chain.end.size, dtype=bool)
        levels = np.unique(self.traces[-1]).tolist()
        monotonicity = Monotonicity(self.chain, levels, self.names)
        monotonicity.watch(self.elements.cells, [self.traces])
        flips = monotonicity.flips(self.elements.cells)
        stored: Ints = self.codes ^ flips[self.chain.final_labels(self.elements.cells)]
        return stored, flips[self.chain.stages[-1].labels[: self.chain.end.size]]

    def decisions(self, layer: str, coarse: Coarse) -> Iterator[Diagnostic]:
        """What decides within the error of values that the model computes with one."""
        elements, names = self.elements, self.names
        values = np.concatenate([*elements.sums.chunks()])
        yield from decisions(
            layer,
            coarse,
            self.chain,
            values,
            elements.cells,
            elements.kinds,
            self.codes,
            self.coding,
            names,
        )

    def quantize(self, codes: Ints) -> Quantize:
        """The table's integers to these codes."""
        rows = rows_of(codes.T, self.elements.kinds, self.chain.entry.image[2])
        return Quantize(rows, self.source.stored)


def unspaced(values: Array, chain: FunctionChain, names: tuple[str, ...]) -> Diagnostic:
    """What is wrong with activations [n] that integers cannot stand for; it names quantisers."""
    quantisers = tuple(node.name for node in chain.nodes if node.op_type in QUANTISERS)
    return Diagnostic(
        "unsupported-activations",
        f"activations must be a bit or equally spaced integers of at most {MAX_BITS} bits, not "
        f"{len(values)} values from {values[0]:g} to {values[-1]:g}",
        "quantise them with one scale for all channels (brevitas.nn.QuantIdentity), in front of a "
        "shortcut too",
        Origin(quantisers or names),
    )


def rows_of(table: Ints, kinds: Labels, channels: int) -> Ints:
    """Rows [1, channels or cells, values] of kinds of cells, as few as suffice."""
    if (table == table[:1]).all():
        return np.ascontiguousarray(table[:1], dtype=np.int32)
    pixels = kinds.reshape(-1, channels)
    rows = table[pixels[0]] if (pixels == pixels[0]).all() else table[kinds]
    return np.ascontiguousarray(rows, dtype=np.int32)
