# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the graph can hold what enters, and its first quantiser tells the values apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.ir.input_spec import SCALE_HINT, TRANSFORM_HINT

if TYPE_CHECKING:
    from xnorflow.frontend.trace.input_type import Entry
    from xnorflow.ir.host import HostInput
    from xnorflow.ir.types import Ints

__all__ = ["check_entering", "unfit_range"]

_MIN_VALUES = 16
"""Inputs of fewer values have nothing to saturate for."""

_MIN_SIDE = 1 / 100
"""A bit that only this share of the values sets or clears most likely has another input."""


def check_entering(host: HostInput, entry: Entry, stored: Ints, table: npt.NDArray[Any]) -> None:
    """Refuse values that the graph cannot get.

    Args:
        host: how the host makes frames, with mean and deviation.
        entry: the input.
        stored: frames of all input values.
        table: what the graph gets for them, [values, ...].

    Raises:
        XnorflowError: ``input-scale``, ``input-transform`` or ``input-type``: it is not finite, or
            integers of the graph do not hold it.
    """
    if not np.isfinite(table).all():
        if host.mean or host.std:
            rule = f"mean and deviation must leave all inputs finite in {table.dtype}"
            fault = Diagnostic("input-transform", f"the input's {rule}", TRANSFORM_HINT)
            raise XnorflowError(fault)
        rule = f"leave all inputs finite in {table.dtype}, not be {host.scale:g}"
        raise XnorflowError(Diagnostic("input-scale", f"the input scale must {rule}", SCALE_HINT))
    wanted = stored * host.scale
    if table.dtype.kind != "f" and (table != wanted).any():
        bad = wanted[table != wanted].flat[0]
        raise XnorflowError(
            Diagnostic(
                "input-type" if host.scale == 1 else "input-scale",
                f"the model's {table.dtype} input must hold all values of {entry.type} with one "
                f"step worth {host.scale:g}, not all but {bad:g}",
                f"say with --input-type and --input-scale what {table.dtype} holds, or export the "
                "model with a float input",
            )
        )


def unfit_range(codes: Ints, entry: Entry, names: tuple[str, ...]) -> Diagnostic | None:
    """What is wrong with a quantiser that is constant, or saturates for most input values.

    Wrong are those that are so for every element. An error where the input's type or scale was
    assumed, else a warning.

    Args:
        codes: [values, elements]: for each input value, lowest first.
        entry: the input.
        names: the user's nodes.
    """
    found = _unfit(codes) if names else ""
    if not found:
        return None
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


def _unfit(codes: Ints) -> str:
    """What codes [values, elements] do for too many values; nothing where they tell them apart."""
    count = len(codes)
    levels = len(np.unique(codes))
    first, last = _changes(codes)
    moves = last > 0
    if not moves.any():
        return f"give one level for all {count} values"
    if count < _MIN_VALUES:
        return ""
    if levels == 2:
        share = np.minimum(first, count - first)[moves].max() / count
        same = f"give the same bit for {count - round(share * count)} of {count} values"
        return same if share <= _MIN_SIDE else ""
    inside = (last - first)[moves].max() / (count - 1)
    # With all levels equally wide, the outer two are 2 of them.
    few = inside < (levels - 2) / levels / 2
    return f"saturate for {1 - inside:.0%} of the {count} values" if few else ""


def _changes(codes: Ints) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """For each element the first and the last value with another code than the one below; or 0."""
    changed = np.diff(codes, axis=0) != 0
    first = np.where(changed.any(axis=0), changed.argmax(axis=0) + 1, 0)
    last = np.where(changed.any(axis=0), len(changed) - changed[::-1].argmax(axis=0), 0)
    return first, last
