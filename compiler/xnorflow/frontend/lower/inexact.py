# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What decides at values that the model itself computes with an error, where integers are exact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from xnorflow.diagnostics import Diagnostic, Origin, Severity
from xnorflow.frontend.evaluate.digits import Coarse, units

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.evaluate.coding import Coding
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels
    from xnorflow.ir.types import Ints

__all__ = ["ULPS", "coarse_average", "decisions", "inexact_function", "inexact_scores"]

ULPS = 4
"""Errors of sums, in units in the last place of the largest."""


def coarse_average(before: Coding, area: int, dtype: np.dtype[np.floating]) -> Coarse | None:
    """Why sums of ``area`` values are not exact in a float type; None where they are."""
    levels = before.levels(before.stored).astype(dtype)
    reach, unit = area * np.abs(levels).max(), units(levels).min()
    if area == 1 or reach <= unit * 2.0 ** (np.finfo(dtype).nmant + 1):
        return None
    return Coarse(
        f"the step {before.step:.6g} of what it averages is no power of two",
        "use quantisers whose scales are powers of two (0.0625, not 0.05) in front of an average",
    )


def decisions(
    layer: str,
    coarse: Coarse,
    chain: FunctionChain,
    values: Array,
    cells: Labels,
    kinds: Labels,
    codes: Ints,
    coding: Coding,
    names: tuple[str, ...],
) -> Iterator[Diagnostic]:
    """A warning where values that are a little off become other integers.

    Args:
        layer: neutral name of what makes the values.
        coarse: why they are off.
        chain: the functions behind.
        values: [K, R], ascending.
        cells: [R] that have them.
        kinds: [all cells]: which of R each is like, -1 where nobody reads it.
        codes: [K, R] that the chain makes of them.
        coding: of these.
        names: the user's nodes.
    """
    slack = ULPS * np.finfo(values.dtype).eps * np.abs(values).max(axis=0)
    differs = np.zeros(len(cells), dtype=bool)
    for moved in (values - slack, values + slack):
        inside = moved.clip(values.min(axis=0), values.max(axis=0)).astype(values.dtype)
        differs |= (_codes(chain.run(inside, cells)[-1], coding) != codes).any(axis=0)
    count = int(differs[kinds[kinds >= 0]].sum())
    if count:
        yield Diagnostic(
            "inexact-sums",
            f"{layer}: {count} of {len(kinds)} elements decide at a value that the model itself "
            f"computes with an error ({coarse.text}): there it may decide either way, as the order "
            "of adding has it, while the hardware's sums are exact",
            f"{coarse.remedy}; `xnorflow verify` counts the labels that differ",
            Origin(names),
            Severity.WARNING,
        )


def inexact_scores(layer: str, coarse: Coarse, names: tuple[str, ...]) -> Diagnostic:
    """A note where the model's own scores depend on the order in which it adds."""
    return Diagnostic(
        "inexact-sums",
        f"{layer}: the model computes its scores with an error ({coarse.text}): where two "
        "classes have equal scores, or nearly so, it may choose either; the hardware's sums "
        "are exact, and of equal scores the first wins",
        coarse.remedy,
        Origin(names),
        Severity.NOTE,
    )


def inexact_function(layer: str, coarse: Coarse, names: tuple[str, ...]) -> Diagnostic:
    """A warning where the model's own sums depend on the order in which it adds."""
    return Diagnostic(
        "inexact-sums",
        f"{layer}: the model computes its sums with an error ({coarse.text}): where one lies next "
        "to what decides, the model may decide either way, as the order of adding has it, while "
        "the hardware's sums are exact",
        f"{coarse.remedy}; `xnorflow verify` counts the labels that differ",
        Origin(names),
        Severity.WARNING,
    )


def _codes(results: Array, coding: Coding) -> Array:
    """The integers nearest to results."""
    if coding.value.is_bit:
        upper: Array = results > coding.middle
        return upper
    steps: Array = np.rint((results.astype(np.float64) - coding.middle) / coding.step)
    return steps
