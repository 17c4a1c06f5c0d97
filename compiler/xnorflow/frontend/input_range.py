# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the first quantiser tells the input's values apart, or the assumed type is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.ir.diagnostics import Diagnostic, Origin, Severity

if TYPE_CHECKING:
    from xnorflow.frontend.input_type import Entry
    from xnorflow.ir.layer import Ints

__all__ = ["unfit_range"]

_MIN_VALUES = 16
"""Inputs of fewer values have nothing to saturate for."""

_MIN_SIDE = 1 / 100
"""A bit that only this share of the values sets or clears most likely has another input."""


def unfit_range(codes: Ints, entry: Entry, names: tuple[str, ...]) -> Diagnostic | None:
    """What is wrong with a quantiser that is constant, or saturates for most input values.

    Wrong are those that are so for every element. An error where the input's type or scale was
    assumed, else a warning.

    Args:
        codes: [values, elements]: for each input value, lowest first.
        entry: the input.
        names: the user's nodes.
    """
    if not names:
        return None
    count = len(codes)
    levels = len(np.unique(codes))
    first, last = _changes(codes)
    moves = last > 0
    if not moves.any():
        found = f"give one level for all {count} values"
    elif count < _MIN_VALUES:
        return None
    elif levels == 2:
        share = np.minimum(first, count - first)[moves].max() / count
        if share > _MIN_SIDE:
            return None
        found = f"give the same bit for {count - round(share * count)} of {count} values"
    else:
        inside = (last - first)[moves].max() / (count - 1)
        # With all levels equally wide, the outer two are 2 of them.
        if inside >= (levels - 2) / levels / 2:
            return None
        found = f"saturate for {1 - inside:.0%} of the {count} values"
    step = f"one step worth {entry.scale:g}"
    return Diagnostic(
        "input-saturates",
        f"the first quantiser must tell the input's values apart, not {found} of {entry.type}, "
        f"{step} ({entry.known_by})",
        "say what enters with --input-type (uint8, int8, bipolar, ...) and what one step is worth "
        "with --input-scale (1/255, ...); where it is meant to be so, give both as they are",
        Origin(names),
        Severity.ERROR if entry.assumed else Severity.WARNING,
    )


def _changes(codes: Ints) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each element the first and the last value with another code than the one below; or 0."""
    changed = np.diff(codes, axis=0) != 0
    first = np.where(changed.any(axis=0), changed.argmax(axis=0) + 1, 0)
    last = np.where(changed.any(axis=0), len(changed) - changed[::-1].argmax(axis=0), 0)
    return first, last
