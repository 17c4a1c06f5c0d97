# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Functions of more sums than a table holds: where they step, as sorted thresholds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError
from xnorflow.frontend.evaluate.outcomes import check_finite
from xnorflow.frontend.lower.functions import rows_of
from xnorflow.frontend.read.limits import too_large
from xnorflow.ir.limits import INT32
from xnorflow.ir.ops.multi_threshold import MultiThreshold
from xnorflow.ir.types import Ints, ValueType, bits_for_range

if TYPE_CHECKING:
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels

__all__ = ["Steps"]

_CHUNK = 1 << 22
"""Values evaluated at once: 16 MiB of float32."""
_MAX_VALUES = 1 << 32
"""Values evaluated in all; so many take ten minutes."""
_MAX_STEPS = 1 << 24
"""Of all elements that differ."""


_ENDS = (np.minimum, np.maximum)


@dataclass(frozen=True, eq=False)
class Steps:
    """Where functions of ascending sums take another value, element by element.

    Attributes:
        sums: of which they are functions.
        elements: [steps], ascending: which element steps, each of them at the first sum too.
        places: [steps], ascending for each element: the number of the sum.
        values: [steps]: the value from there on.
        pooled: for each pool between, [2, steps]: the least and the largest that it sees of an
            element from there up to its next step.
    """

    sums: range
    elements: Labels
    places: Labels
    values: Array
    pooled: tuple[Array, ...]

    @staticmethod
    def of(
        sums: range,
        count: int,
        function: Callable[[Labels], Sequence[Array]],
        names: tuple[str, ...],
    ) -> Steps:
        """Evaluate ``function``, which gives [K, count] in front of each pool and at the end.

        Args:
            sums: what it is a function of; it gets [K, 1] of them.
            count: of elements.
            function: as ``FunctionChain.run``.
            names: the user's nodes.

        Raises:
            XnorflowError: a value is not finite, or ``tensor-too-large``: there are too many sums
                or steps.
        """
        if len(sums) * count > _MAX_VALUES:
            sizes = (len(sums), count)
            raise too_large("sums of all elements that differ", sizes, names, _MAX_VALUES)
        found = [*_steps(sums, count, function, names)]
        elements, places, values, *pooled = (
            np.concatenate(own, axis=-1) for own in zip(*found, strict=True)
        )
        order = np.lexsort((places, elements))
        spans = tuple(own[:, order] for own in pooled)
        return Steps(sums, elements[order], places[order], values[order], spans)

    def thresholds(
        self, codes: Ints, value: ValueType, kinds: Labels, channels: int, names: tuple[str, ...]
    ) -> MultiThreshold:
        """The functions as sorted thresholds.

        Args:
            codes: [steps]: integers for the values.
            value: their type.
            kinds: [all cells]: which element each cell is like, -1 where nobody reads it.
            channels: of the cells.
            names: the user's nodes.

        Raises:
            XnorflowError: a function neither rises nor falls, or pixels differ.
        """
        low, high = (0, 1) if value.is_bit else (int(codes.min()), int(codes.max()))
        begins = np.flatnonzero(np.diff(self.elements, prepend=-1))
        rows = [
            self._row(places, own, low, high, names)
            for places, own in zip(
                np.split(self.places, begins[1:]), np.split(codes, begins[1:]), strict=True
            )
        ]
        table = np.array([[*row, falls] for row, falls in rows], dtype=np.int32)
        of_channels = rows_of(table, kinds, channels).reshape(-1, table.shape[1])
        if len(of_channels) > channels:
            raise _error("must be the same at all pixels of a channel", names)
        falls = np.ascontiguousarray(of_channels[:, -1].astype(np.uint8))
        return MultiThreshold(np.ascontiguousarray(of_channels[:, :-1]), falls, low)

    def _row(
        self, places: Labels, codes: Ints, low: int, high: int, names: tuple[str, ...]
    ) -> tuple[list[int], bool]:
        """Thresholds of an element, and whether it falls."""
        jumps = np.diff(codes)
        falls = bool((jumps < 0).any())
        if falls and (jumps > 0).any():
            raise _error("must rise or fall all the way", names)
        kind = bits_for_range(self.sums[0], self.sums[-1])
        if kind.high + 1 >= INT32:
            raise _error(f"must act on sums of at most 31 bits, not {kind}", names)
        always = high - int(codes[0]) if falls else int(codes[0]) - low
        never = int(codes[-1]) - low if falls else high - int(codes[-1])
        starts = self.sums.start + self.sums.step * places[1:]
        between = np.repeat(starts, np.abs(jumps)).tolist()
        return [kind.low] * always + between + [kind.high + 1] * never, falls


def _steps(
    sums: range,
    count: int,
    function: Callable[[Labels], Sequence[Array]],
    names: tuple[str, ...],
) -> Iterator[tuple[Array, ...]]:
    """Elements, places, values and what pools see of steps, chunk by chunk.

    With pools each chunk begins with a step, of which the value may be that of the one before.
    """
    rows, seen = max(1, _CHUNK // count), 0
    last = np.full((1, count), np.nan)
    for start in range(0, len(sums), rows):
        part = np.asarray(sums[start : start + rows], dtype=np.int64)
        *pools, results = function(part[:, np.newaxis])
        check_finite(results, names)
        changes = (results != np.concatenate([last, results[:-1]])).T
        if pools:
            changes[:, 0] = True
        element, place = np.nonzero(changes)
        seen += len(place)
        if seen > _MAX_STEPS:
            raise _error(f"must take fewer than {_MAX_STEPS} values in all", names)
        starts = np.flatnonzero(changes)
        spans = (np.stack([end.reduceat(own.T.ravel(), starts) for end in _ENDS]) for own in pools)
        yield element, start + place, results[place, element], *spans
        last = results[-1:]


def _error(rule: str, names: tuple[str, ...]) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "unsupported-activations",
            f"what is made of sums too many for a table {rule}",
            "use weights and activations of fewer bits, or a BatchNorm and a quantiser alone",
            Origin(names),
        )
    )
