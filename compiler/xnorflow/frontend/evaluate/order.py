# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Pools of integers: nothing behind one may fall, so that the largest value stays the largest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels

__all__ = ["check_order"]


def check_order(chain: FunctionChain, cells: Labels, traces: Sequence[Array]) -> None:
    """Refuse pools that would give another integer behind the chain's functions than before them.

    Args:
        chain: with any number of pools.
        cells: [R]: of the first stage.
        traces: [K, R] in front of each pool and at the end, as of ``chain.run``.

    Raises:
        XnorflowError: functions behind a pool fall somewhere, or a Pad in front of one decides.
    """
    for number, pool in enumerate(chain.pools):
        behind = chain.stages[number + 1]
        cells = pool.seen[cells]
        labels, names = behind.labels[cells], chain.origin_from(number)
        if any(stage.steps for stage in chain.stages[number + 1 :]):
            _check_rising(labels, traces[number], traces[-1], names)
        fixed, constants = chain.constants(number)
        if fixed.size:
            lowest = np.full(behind.labels.max() + 1, np.inf)
            np.minimum.at(lowest, labels, traces[number].min(axis=0))
            own = behind.labels[pool.seen[fixed]]
            if (constants[0][0] > lowest[own]).any():
                raise _decides(names)


def _check_rising(labels: Labels, values: Array, results: Array, names: tuple[str, ...]) -> None:
    """Refuse elements of one label whose results [K, R] do not rise with their values [K, R]."""
    for columns in _groups(labels):
        own = values[:, columns].ravel()
        order = np.argsort(own, kind="stable")
        if (np.diff(results[:, columns].ravel()[order]) < 0).any():
            raise XnorflowError(
                Diagnostic(
                    "non-monotone",
                    "what follows a MaxPool of integers must rise with the pooled value, not fall",
                    "put the MaxPool behind the quantiser, or keep the scales (gamma) of a "
                    "BatchNorm behind it positive",
                    Origin(names),
                )
            )


def _groups(labels: Labels) -> Iterator[Labels]:
    """Places of equal labels."""
    order = np.argsort(labels, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _decides(names: tuple[str, ...]) -> XnorflowError:
    return XnorflowError(
        Diagnostic(
            "unsupported-op",
            "a Pad before a MaxPool of integers must put in values that never decide, not values "
            "that exceed what is computed",
            "let the MaxPool pad (padding=1), which it does by minus infinity",
            Origin(names),
        )
    )
