# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Functions of one integer: what a chain makes of every stored integer becomes a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.elements import Elements, check_count
from xnorflow.frontend.evaluate.monotonicity import Monotonicity
from xnorflow.frontend.evaluate.order import check_order
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

__all__ = ["MAX_BITS", "Function", "pooled_as_stored", "rows_of", "stored_codes", "unspaced"]

MAX_BITS = 16
"""Of stored integers inside the network."""


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
                ``most_bits``, or there are too many.
        """
        elements, traces = _evaluated(source, chain, names)
        check_finite(traces[-1], names, elements.numbers)
        found = encode(traces[-1], names, most_bits, chain.steps)
        if found is None:
            raise XnorflowError((refusal or unspaced)(np.unique(traces[-1]), chain, names))
        codes, coding = found
        return Function(source, chain, elements, traces, codes, coding, names)

    def flips(self) -> tuple[Ints, Flags]:
        """Codes as stored in front of pools, and which cells behind them are stored inverted.

        Raises:
            XnorflowError: as ``stored_codes``.
        """
        return stored_codes(
            self.chain, self.elements.cells, self.traces, self.codes, self.coding, self.names
        )

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


def stored_codes(
    chain: FunctionChain,
    cells: Labels,
    traces: Sequence[Array],
    codes: Ints,
    coding: Coding,
    names: tuple[str, ...],
) -> tuple[Ints, Flags]:
    """Codes as stored in front of a chain's pools, and which cells behind it are stored inverted.

    Args:
        chain: the functions.
        cells: [R]: of the first stage.
        traces: [K, R] in front of each pool, and at the end.
        codes: [K, R] of the last of these.
        coding: what codes are worth.
        names: the user's nodes.

    Raises:
        XnorflowError: functions behind a pool neither rise nor fall, or fall and integers are
            pooled; or a Pad in front of a pool decides.
    """
    if not chain.pools or not coding.value.is_bit:
        check_order(chain, cells, traces)
        return codes, np.zeros(chain.end.size, dtype=bool)
    levels = np.unique(traces[-1]).tolist()
    monotonicity = Monotonicity(chain, levels, names)
    monotonicity.watch(cells, [[*traces]])
    flips = monotonicity.flips(cells)
    stored: Ints = codes ^ flips[chain.final_labels(cells)]
    return stored, flips[chain.stages[-1].labels[: chain.end.size]]


def pooled_as_stored(source: Table, chain: FunctionChain, names: tuple[str, ...]) -> Flags:
    """Which cells behind pools of integers as they are stored are stored inverted: none.

    Raises:
        XnorflowError: a Pad in front of a pool decides, or there are too many integers; ``names``
            are the user's nodes.
    """
    if any(stage.pads for stage in chain.stages[:-1]):
        elements, traces = _evaluated(source, chain, names)
        check_order(chain, elements.cells, traces)
    return np.zeros(chain.end.size, dtype=bool)


def _evaluated(
    source: Table, chain: FunctionChain, names: tuple[str, ...]
) -> tuple[Elements[TableDomain], list[Array]]:
    """One element of each kind; for all its values [K, R] in front of each pool, and at the end."""
    elements = Elements.of(source, chain)
    check_count(len(source.values), len(elements.cells), names)
    parts = [*elements.traces()]
    return elements, [np.concatenate(own) for own in zip(*parts, strict=True)]


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
    """Rows [1, channels or cells, values] of kinds of cells, as few as suffice.

    Cells that nobody reads, of kind -1, get the row of one of their channel that somebody does.
    """
    if (table == table[:1]).all():
        return np.ascontiguousarray(table[:1], dtype=np.int32)
    pixels = kinds.reshape(-1, channels)
    pixels = np.where(pixels < 0, pixels.max(axis=0), pixels)
    rows = table[pixels[0]] if (pixels == pixels[0]).all() else table[pixels.ravel()]
    return np.ascontiguousarray(rows, dtype=np.int32)
