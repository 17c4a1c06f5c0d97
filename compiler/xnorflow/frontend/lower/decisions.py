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
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.chain import FunctionChain
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.elements import Elements, check_count
from xnorflow.frontend.evaluate.monotonicity import Monotonicity
from xnorflow.frontend.evaluate.outcomes import MAX_LEVELS, Outcomes, watch
from xnorflow.frontend.evaluate.product import Activations
from xnorflow.frontend.lower.functions import rows_of
from xnorflow.frontend.lower.inexact import inexact_function
from xnorflow.frontend.lower.parts import Made, RawSums, Stored
from xnorflow.frontend.lower.places import check_plain, same_layout
from xnorflow.frontend.lower.sums import applied, raw_sums
from xnorflow.frontend.lower.taps import Tap
from xnorflow.frontend.read.limits import too_large
from xnorflow.frontend.trace.operators import QUANTISERS
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.padding import Flags
    from xnorflow.frontend.evaluate.sources import Table, TableDomain
    from xnorflow.frontend.lower.graph_builder import GraphBuilder
    from xnorflow.frontend.lower.parts import Entry, Part
    from xnorflow.frontend.read.network import Array, Network
    from xnorflow.frontend.trace.segments import Segment

__all__ = ["Decision", "append_decision", "takes_sign"]

_MAX_LEVELS = 1 << 8
"""Of what is added."""
_MAX_SUMS = 1 << 32
"""Sums evaluated, of all elements that differ with all levels; so many take ten minutes."""


@dataclass(frozen=True, eq=False)
class Decision:
    """Bits that a sum decides.

    Attributes:
        count: the number of levels of ``other`` at which a bit is 1, for each sum of the product.
        other: of what is added.
        turned: bool [1, channels or cells, 1]: which bits are stored as 1 where the count is too
            small.
        coding: of the bits.
        flips: bool [cells]: which of them, behind the pools, are stored inverted.
        names: the user's nodes.
    """

    count: Quantize
    other: Coding
    turned: Flags
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
            XnorflowError: a result is not finite, results are no bits, a function turns, there are
                too many levels or sums, or as ``Monotonicity.flips``.
        """
        levels = other.levels(other.stored).astype(table.values.dtype)
        if len(levels) > _MAX_LEVELS:
            rule = f"must be of at most {_MAX_LEVELS} levels of these, not of {len(levels)}"
            raise _error(rule, "quantise the activations to at most 8 bits", names)
        elements = Elements.of(table, chain)
        sizes = (len(table.values), len(levels), len(elements.cells))
        check_count(sizes[0], sizes[2], names)
        if prod(sizes) > _MAX_SUMS:
            raise too_large("sums of all elements that differ", sizes, names, _MAX_SUMS)
        found = [_watch(elements, values, levels, names) for values in elements.sums.chunks()]
        bits = np.unique([bit for outcomes in found for bit in outcomes.levels])
        if len(bits) > 2:
            rule = f"must become two values, not {_count(bits)} from {bits[0]:g} to {bits[-1]:g}"
            raise _error(rule, "take a sign of the sum that is the same for all channels", names)
        first, switch, rises, falls = (
            np.concatenate(parts).reshape(-1, len(elements.cells))
            for parts in zip(*((o.first, o.switch, o.rises, o.falls) for o in found), strict=True)
        )
        downwards = np.asarray(falls.any(axis=0))
        if (downwards & rises.any(axis=0)).any():
            rule = "must be followed by functions that rise or fall with it all the way, not turn"
            raise _error(rule, "take the sign of the sum itself, or of a BatchNorm of it", names)
        last = first == np.where(downwards, bits[0], bits[-1])
        count = np.where(switch > 0, len(levels) - switch, len(levels) * last)
        inverted, flips = downwards, downwards[elements.kinds]
        if chain.pools:
            inverted, flips = _pooled(elements, levels, bits, names)
        channels = table.layout.image[2]
        turned = rows_of((inverted ^ downwards)[:, np.newaxis], elements.kinds, channels)
        rows = rows_of(count.T, elements.kinds, channels)
        fault = Coding.far_apart(float(bits[0]), float(bits[-1]), names)
        if fault is not None:
            raise XnorflowError(fault)
        coding = Coding.of_bits(float(bits[0]), float(bits[-1]))
        op = Quantize(rows, table.stored)
        return Decision(op, other, turned.astype(bool), coding, flips, names)

    def append(self, builder: GraphBuilder, tensor: str, other: str) -> str:
        """Append it behind the product's raw sums and what is added; bits in front of pools."""
        levels, code = len(self.other.stored), self.other.value.code
        value = bits_for_range(0, levels)
        made = builder.quantize(tensor, self.count, value, None, self.names)
        made, sums = builder.add((made, other), Add((code.step, 1)), None, self.names)
        least = code.step * levels + int(code.of(self.other.stored[:1])[0])
        table = ((np.asarray(sums) >= least) ^ self.turned).astype(np.int32)
        own = Quantize(table, sums)
        worth = self.coding.worth(self.flips)
        return builder.quantize(made, own, self.coding.value, worth, self.names)


def takes_sign(network: Network, join: Segment, part: Part) -> bool:
    """Whether a sum is followed by a sign: a node for it, or what makes one of the results alone.

    The latter is a guess, since nothing is known here of what is added to these.
    """
    first = next((node.op_type for node in join.chain if node.op_type in QUANTISERS), "")
    if first in ("BipolarQuant", "Sign"):
        return True
    try:
        _, sums, _ = raw_sums(part.product, part.names)
        table = applied(part.chain, sums)
        elements = Elements.of(table, FunctionChain(network, join.chain, table.layout))
        found = elements.outcomes(network.origin(*join.nodes))
    except XnorflowError:
        return False
    return len(found.levels) <= 2 or bool((found.rises + found.falls <= 1).all())


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
        rule = "must be of activations, not of another product's results as they are"
        hint = f"quantise one of both to at most {_MAX_LEVELS} levels (brevitas.nn.QuantIdentity)"
        raise _error(rule, hint, names)
    check_plain(network, segment.source, other.worth)
    layout = same_layout(network, segment.source, real.table.layout, other.worth.layout)
    chain = FunctionChain(network, segment.chain, layout)
    found = Decision.observe(real.table, other.worth.coding, chain, names)
    notes = tuple[Diagnostic, ...]()
    if real.coarse is not None:
        notes = (inexact_function(builder.layers[-1].name, real.coarse, names),)
    tensor = found.append(builder, real.tensor, other.tensor)
    tensor = builder.pools(tensor, f"quantize_pool{builder.number(Quantize)}", chain, network)
    after = Activations(chain.end, *chain.padding(names), found.coding, found.flips)
    first, made = builder.layers[count].name, builder.layers[-1].name
    tap = Tap(first, made, names, segment.begin, chain, None, after, (), real.coarse)
    return Made(tensor, after, tap, notes)


def _watch(
    elements: Elements[TableDomain], values: Array, levels: Array, names: tuple[str, ...]
) -> Outcomes:
    """What each sum [K, R] of the product becomes as the level that is added rises: [K * R]."""
    results = (elements.chain.run(values + level, elements.cells)[-1] for level in levels)
    numbers = np.tile(elements.numbers, len(values))
    return watch((one.reshape(1, -1) for one in results), names, numbers)


def _pooled(
    elements: Elements[TableDomain], levels: Array, bits: Array, names: tuple[str, ...]
) -> tuple[Flags, Flags]:
    """Which bits are stored inverted so that pools are ORs: of elements [R], and behind the pools.

    Raises:
        XnorflowError: as ``Monotonicity.flips``.
    """
    chain, cells = elements.chain, elements.cells
    monotonicity = Monotonicity(chain, bits.tolist(), names)
    for values in elements.sums.chunks():
        monotonicity.watch(cells, (chain.run(values + level, cells) for level in levels))
    flips = monotonicity.flips(cells)
    return flips[chain.final_labels(cells)], flips[chain.stages[-1].labels[: chain.end.size]]


def _count(bits: Array) -> str:
    """How many values there are; more than some are not told apart."""
    return f"{len(bits)}" if len(bits) <= MAX_LEVELS else f"more than {MAX_LEVELS}"


def _error(rule: str, hint: str, names: tuple[str, ...]) -> XnorflowError:
    text = f"the sum of a product's results as they are and of other activations {rule}"
    other = (
        "or quantise the product's results with one scale for all channels "
        "(brevitas.nn.QuantIdentity), in front of a shortcut too"
    )
    return XnorflowError(
        Diagnostic("unsupported-activations", text, f"{hint}; {other}", Origin(names))
    )
