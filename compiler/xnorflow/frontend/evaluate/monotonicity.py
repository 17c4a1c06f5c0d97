# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Pools of bits: whether what follows a pool rises with the pooled value, so that OR does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels

__all__ = ["Monotonicity"]


class Monotonicity:
    """How the functions behind each pool of a chain depend on what the pool gives.

    The largest value gives the upper of two levels where any value does, if these functions rise:
    the pool is an OR of bits. If they fall, the largest gives the lower level where any value
    does: an OR of inverted bits.
    """

    def __init__(
        self, chain: FunctionChain, levels: Sequence[float], names: tuple[str, ...]
    ) -> None:
        """Begin with no values seen.

        Args:
            chain: with at least one pool.
            levels: what it ends in, ascending.
            names: the user's nodes, for messages.
        """
        self._chain = chain
        self._levels = (levels[0], levels[-1])
        self._names = names
        # For each pool and each label behind it: ends of the values that give either level.
        self._lower = [_Span(stage.labels.max() + 1) for stage in chain.stages[1:]]
        self._upper = [_Span(stage.labels.max() + 1) for stage in chain.stages[1:]]
        self._constants = [self._see_constants(stage) for stage in range(len(chain.pools))]

    def watch(self, cells: Labels, traces: Iterable[list[Array]]) -> None:
        """Take note of values as of ``run`` for ``cells`` of the first stage, in chunks."""
        if not any(stage.steps for stage in self._chain.stages[1:]):
            both = np.repeat(np.array(self._levels)[:, np.newaxis], len(cells), axis=1)
            traces = [[both] * len(self._chain.stages)]
        self._see(cells, traces, 0)

    def _see(self, cells: Labels, traces: Iterable[list[Array]], stage: int) -> None:
        groups = self._groups(cells, stage)
        for values in traces:
            upper = values[-1] == self._levels[1]
            for number, group in enumerate(groups, start=stage):
                pooled = values[number - stage]
                self._lower[number].see(group, pooled, ~upper)
                self._upper[number].see(group, pooled, upper)

    def flips(self, cells: Labels) -> npt.NDArray[np.bool_]:
        """Which bits must be stored inverted: for each label of the last stage.

        Args:
            cells: of the first stage, those whose values were seen.

        Raises:
            XnorflowError: functions behind a pool neither rise nor fall, or pools disagree, or
                see constants that are not what they drop.
        """
        modes = [self._modes(pool) for pool in range(len(self._lower))]
        count = self._chain.stages[-1].labels.max() + 1
        rising, falling = np.zeros((2, count), dtype=bool)
        starts = [(0, cells), *((stage, found) for stage, (found, _) in enumerate(self._constants))]
        for stage, found in starts:
            groups = self._groups(found, stage)
            for group, mode in zip(groups, modes[stage:], strict=True):
                rising[groups[-1][mode[group] > 0]] = True
                falling[groups[-1][mode[group] < 0]] = True
        if (rising & falling).any():
            raise self._error(
                "unsupported-op",
                "pools of one chain must either all be followed by functions that rise or all by "
                "functions that fall, not by both",
            )
        for stage, (found, upper) in enumerate(self._constants):
            for group, mode in zip(self._groups(found, stage), modes[stage:], strict=True):
                if (mode[group] * np.where(upper, 1, -1) > 0).any():
                    raise self._error(
                        "unsupported-op",
                        "a Pad before a MaxPool must put in values that never decide, not values "
                        "that exceed what is computed",
                    )
        flips: npt.NDArray[np.bool_] = falling
        return flips

    def _see_constants(self, stage: int) -> tuple[Labels, npt.NDArray[np.bool_]]:
        """Constants that Pads put into a stage: their cells, and whether they end in the upper."""
        cells, traces = self._chain.constants(stage)
        if not cells.size:
            return cells, np.zeros(0, dtype=bool)
        if not np.isin(traces[-1], self._levels).all():
            raise self._error(
                "unsupported-activations",
                "what a Pad puts in front of a MaxPool must end in one of the two levels of "
                f"the activations, {self._levels[0]:g} and {self._levels[1]:g}, not in others",
            )
        self._see(cells, [traces], stage)
        return cells, traces[-1][0] == self._levels[1]

    def _groups(self, cells: Labels, stage: int) -> list[Labels]:
        """For each pool from ``stage`` on, the labels behind it of what ``cells`` become."""
        groups = []
        behind = self._chain.stages[stage + 1 :]
        for pool, after in zip(self._chain.pools[stage:], behind, strict=True):
            cells = pool.seen[cells]
            groups.append(after.labels[cells])
        return groups

    def _modes(self, pool: int) -> npt.NDArray[np.int64]:
        """For each label behind a pool: 1 if the functions rise, -1 if they fall, 0 if neither."""
        lower, upper = self._lower[pool], self._upper[pool]
        both = lower.seen & upper.seen
        rises, falls = both & (lower.high < upper.low), both & (upper.high < lower.low)
        if (both & ~rises & ~falls).any():
            raise self._error(
                "non-monotone",
                "what follows a MaxPool must rise or fall with the pooled value, not both",
            )
        return rises.astype(np.int64) - falls

    def _error(self, code: str, rule: str) -> XnorflowError:
        hint = "put the MaxPool directly before or behind the quantiser, padded by the lowest value"
        return XnorflowError(Diagnostic(code, rule, hint, Origin(self._names)))


class _Span:
    """Smallest and largest of the values seen of each label."""

    def __init__(self, count: int) -> None:
        self.low = np.full(count, np.inf)
        self.high = np.full(count, -np.inf)

    @property
    def seen(self) -> npt.NDArray[np.bool_]:
        return self.low <= self.high

    def see(self, group: Labels, values: Array, which: Array) -> None:
        """Take note of the ``values`` [K, R] of labels ``group`` [R] that ``which`` marks."""
        lowest = np.where(which, values, np.inf).min(axis=0)
        highest = np.where(which, values, -np.inf).max(axis=0)
        np.minimum.at(self.low, group, lowest)
        np.maximum.at(self.high, group, highest)
