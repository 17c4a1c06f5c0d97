# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a chain makes of ascending accumulators: its levels, and where each element switches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, XnorflowError

if TYPE_CHECKING:
    from xnorflow.frontend.read.network import Array

__all__ = ["MAX_LEVELS", "Outcomes", "check_finite", "makes", "not_finite", "watch"]

MAX_LEVELS = 256
"""Distinct values are counted up to here; more are not told apart from this many + 1."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What each element does as its accumulator rises.

    Attributes:
        levels: distinct values over all elements, ascending.
        first: [elements]: value at the lowest accumulator.
        rises: int [elements]: how often the value goes up.
        falls: int [elements]: how often it goes down.
        switch: int [elements]: number of the first accumulator with another value, or 0.
    """

    levels: tuple[float, ...]
    first: Array
    rises: npt.NDArray[np.int64]
    falls: npt.NDArray[np.int64]
    switch: npt.NDArray[np.int64]


def watch(
    chunks: Iterable[Array], nodes: tuple[str, ...], numbers: Array | None = None
) -> Outcomes:
    """Reduce results [K, elements], given in chunks of rows, lowest accumulator first.

    Args:
        chunks: the results.
        nodes: for messages.
        numbers: what messages call the elements, if not by their place.

    Raises:
        XnorflowError: a result is infinite or not a number; ``nodes`` are named.
    """
    levels: set[float] = set()
    before: Array | None = None
    row = 0
    for chunk in chunks:
        check_finite(chunk, nodes, numbers)
        _collect(levels, chunk)
        if before is None:
            first = before = chunk[0]
            rises, falls, switch = np.zeros((3, chunk.shape[1]), dtype=np.int64)
        joined = np.concatenate([before[np.newaxis], chunk])
        up, down = joined[1:] > joined[:-1], joined[1:] < joined[:-1]
        changed = up | down
        fresh = (rises + falls == 0) & changed.any(axis=0)
        switch[fresh] = row + changed.argmax(axis=0)[fresh]
        rises += up.sum(axis=0)
        falls += down.sum(axis=0)
        before = chunk[-1]
        row += len(chunk)
    return Outcomes(tuple(sorted(levels)), first, rises, falls, switch)


def _collect(levels: set[float], chunk: Array) -> None:
    low, high = chunk.min(), chunk.max()
    levels.update((float(low), float(high)))
    if len(levels) <= MAX_LEVELS and not ((chunk == low) | (chunk == high)).all():
        levels.update(np.unique(chunk)[: MAX_LEVELS + 1].tolist())


def check_finite(values: Array, nodes: tuple[str, ...], numbers: Array | None = None) -> None:
    """Refuse infinities and NaN among results [K, elements], called by ``numbers`` if given.

    Raises:
        XnorflowError: naming the first bad element.
    """
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise not_finite(wrong, values, nodes, numbers)


def makes(before: Array, values: Array, constants: Iterable[Array]) -> npt.NDArray[np.bool_]:
    """Which of ``values`` [K, elements], a function of ``before``, are its own infinities and NaN.

    Those that an infinite constant gives are meant, such as a score that is masked out.
    """
    own = np.isnan(values) & ~np.isnan(before)
    if all(np.isfinite(constant).all() for constant in constants):
        own |= np.isinf(values) & np.isfinite(before)
    return own


def not_finite(
    wrong: npt.NDArray[np.bool_],
    values: Array,
    nodes: tuple[str, ...],
    numbers: Array | None = None,
) -> XnorflowError:
    """What to say of ``values`` [K, elements] of which some are ``wrong``."""
    row, element = np.argwhere(wrong)[0]
    shown = element if numbers is None else numbers[element]
    return XnorflowError(
        Diagnostic(
            "not-finite",
            f"every result must be a finite number, not {values[row, element]} "
            f"as for element {shown}",
            "look for a division by zero, a negative variance or an overflow in these nodes' "
            "constants",
            Origin(nodes),
        )
    )
