# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Arrays in the ONNX input's layout to frames of stored integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.host import HostInput
from xnorflow.ir.input_spec import InputType
from xnorflow.ir.types import Ints, TensorType

__all__ = ["input_levels", "to_frames"]

_BLOCK_ELEMENTS = 1 << 20
"""Elements checked at once, so that many frames take little more memory than their result."""


def to_frames(host: HostInput, in_type: TensorType, x: npt.NDArray[Any]) -> Ints:
    """Frames [n, elements] of stored integers from ``x`` [n, ...] in the ONNX input's layout.

    Raises:
        XnorflowError: wrong shape or dtype, or values that the input's type does not hold.
    """
    if x.shape[1:] != host.shape or x.ndim == 0 or len(x) == 0:
        wanted = ", ".join(map(str, ("frames", *host.shape)))
        given = ", ".join(map(str, x.shape))
        rule = f"must have shape [{wanted}], not [{given}]"
        raise _error("input-shape", rule, "put the frames along the first axis")
    if x.dtype.kind not in "biuf":
        rule = f"must hold integers, not {x.dtype}"
        raise _error("input-dtype", rule, "convert the array to uint8 or int32")
    rows = x.reshape(len(x), -1)
    frames = np.empty(rows.shape, dtype=np.int32)
    step = max(1, _BLOCK_ELEMENTS // rows.shape[1])
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        ordered = block if host.order is None else block[:, host.order]
        frames[start : start + step] = _stored(host, in_type, ordered, start)
    return frames


def _stored(host: HostInput, in_type: TensorType, x: npt.NDArray[Any], first: int) -> Ints:
    """The stored integers for rows of ``x``, of which the first is frame number ``first``."""
    value = in_type.value
    stored: Ints
    if host.levels is None:
        with np.errstate(invalid="ignore"):  # what int32 does not hold comes out as another value
            stored = x.astype(np.int32)
        wrong = (stored != x) | (stored < value.low) | (stored > value.high)
    else:
        levels = input_levels(host, in_type)
        place = np.searchsorted(levels, x).clip(0, len(levels) - 1)
        stored = (place + value.low).astype(np.int32)
        wrong = levels[place] != x
    if wrong.any():
        frame, element = np.argwhere(wrong)[0]
        if host.levels:
            wanted = "one of " + ", ".join(map(str, host.levels))
        else:
            wanted = f"integers from {value.low} to {value.high}"
        rule = f"must hold {wanted}, not {x[frame, element]} as in frame {first + frame}"
        raise _error("input-value", rule, _hint(host, in_type, x))
    return stored


def _hint(host: HostInput, in_type: TensorType, x: npt.NDArray[Any]) -> str:
    """How ``x`` becomes what the model was compiled for, or the model fit for ``x``."""
    kind = InputType(in_type.value, host.levels)
    hint = (
        f"the model was compiled for {kind} ({host.known_by}); if the arrays hold something else, "
        "compile it with --input-type and --input-scale"
    )
    if x.dtype.kind == "f" and host.levels is None:
        hint += f"; if they hold {_way_back(host, x)}"
    return hint


def _way_back(host: HostInput, x: npt.NDArray[Any]) -> str:
    """What real numbers ``x`` may be, and how integers come of them."""
    if host.scale == 1 and not host.mean and not host.std and np.abs(x).max() <= 1:
        return "pixels divided by 255, give the pixels: numpy.rint(x * 255)"
    real = "x * std" if host.std else "x"
    real = f"{real} + mean" if host.mean else real
    real = f"({real})" if host.mean or host.std else real
    given = "what the model itself takes" if host.mean or host.std else "real numbers"
    return f"{given}, give integers: numpy.rint({real} / {host.scale!r})"


def input_levels(host: HostInput, in_type: TensorType) -> Ints:
    """What the elements of ``x`` may be, ascending: the meaning of each stored integer."""
    value = in_type.value
    return np.asarray(host.levels or range(value.low, value.high + 1), dtype=np.int32)


def _error(code: str, rule: str, hint: str) -> XnorflowError:
    return XnorflowError(Diagnostic(code, f"the input {rule}", hint))
