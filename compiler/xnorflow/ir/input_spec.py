# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the user says of the network's input: its type, and what its integers are worth."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.ir.types import BIPOLAR, ValueType

__all__ = ["MAX_INPUT_BITS", "SCALE_HINT", "TRANSFORM_HINT", "InputSpec", "InputType", "input_spec"]

MAX_INPUT_BITS = 12
"""The widest integers that the first quantiser takes; a table has a row for each."""

SCALE_HINT = "say what one step of the stored integer is worth, e.g. --input-scale 1/255"
TRANSFORM_HINT = "give what the training's transform has, e.g. --input-mean 0.5 --input-std 0.25"

_MAX_CHANNELS = 1 << 12


@dataclass(frozen=True)
class InputType:
    """A type of stored integers, and the values that the user's data hold for them.

    Attributes:
        value: of the stored integers.
        levels: the user's value of each stored integer, lowest first; None where they are the same.
    """

    value: ValueType
    levels: tuple[int, ...] | None = None

    @staticmethod
    def named(name: str) -> InputType | None:
        """The type called ``bipolar``, ``binary``, ``uintN`` or ``intN``, if there is one."""
        if name.lower() == "bipolar":
            return InputType(BIPOLAR, (-1, 1))
        if name.lower() == "binary":
            return InputType(ValueType(1))
        match = re.fullmatch(r"(u?)int([1-9][0-9]?)", name.lower())
        if match is None or int(match[2]) > MAX_INPUT_BITS:
            return None
        return InputType(ValueType(int(match[2]), signed=not match[1]))

    def __str__(self) -> str:
        if self.levels is not None:
            return "bipolar"
        return f"{'int' if self.value.signed else 'uint'}{self.value.bits}"


@dataclass(frozen=True)
class InputSpec:
    """What the user says of the input; what is None or empty is read off the model, or assumed.

    The graph gets (x * scale - mean) / std for a stored value x, each step rounded to the type of
    its input.

    Attributes:
        type: of the stored integers.
        scale: what one step of them is worth.
        mean: subtracted, one number or one a channel.
        std: divides, likewise.
    """

    type: InputType | None = None
    scale: float | None = None
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()


def input_spec(
    type: str | None = None,  # noqa: A002 - as the option is called
    scale: float | None = None,
    mean: float | Sequence[float] | None = None,
    std: float | Sequence[float] | None = None,
) -> InputSpec:
    """An InputSpec from what a caller of ``xnorflow.compile`` gives.

    Raises:
        XnorflowError: ``input-type``, ``input-scale`` or ``input-transform``.
    """
    kind = None if type is None else InputType.named(type) if isinstance(type, str) else None
    if type is not None and kind is None:
        raise _error(
            "input-type",
            f"the input's type must be bipolar, binary, or uintN or intN of at most "
            f"{MAX_INPUT_BITS} bits, not {ascii(type)[:60]}",
            "say what the arrays hold, e.g. --input-type uint8 for pixels",
        )
    if scale is not None and not _is_number(scale):
        raise _error(
            "input-scale",
            f"the input scale must be a finite number other than 0, not {scale!a:.60}",
            SCALE_HINT,
        )
    means = _numbers("mean", mean)
    stds = _numbers("standard deviation", std, lowest=0.0)
    if means and stds and 1 not in (len(means), len(stds)) and len(means) != len(stds):
        rule = f"as many means as standard deviations, not {len(means)} and {len(stds)}"
        raise _transform_error(f"the input must have {rule}")
    return InputSpec(kind, None if scale is None else float(scale), means, stds)


def _is_number(value: object) -> bool:
    return 0 < abs(_as_float(value)) <= sys.float_info.max


def _as_float(value: object) -> float:
    """A number, or not-a-number for what is none; of an endless integer infinity."""
    if not isinstance(value, Real):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _numbers(what: str, given: object, lowest: float = -sys.float_info.max) -> tuple[float, ...]:
    if given is None:
        return ()
    items: Sequence[object] = [given]
    if isinstance(given, np.ndarray):
        items = [*np.ravel(given)]
    elif isinstance(given, Sequence) and not isinstance(given, str | bytes | bytearray):
        items = given
    listed = [_as_float(item) for item in items]
    good = all(lowest <= value <= sys.float_info.max for value in listed)
    if not good or not 0 < len(listed) <= _MAX_CHANNELS or (lowest == 0 and 0 in listed):
        rule = f"a finite number{' above 0' if lowest == 0 else ''}, or one a channel"
        raise _transform_error(f"the input's {what} must be {rule}, not {ascii(given)[:60]}")
    return tuple(listed)


def _transform_error(rule: str) -> XnorflowError:
    return _error("input-transform", rule, TRANSFORM_HINT)


def _error(code: str, rule: str, hint: str) -> XnorflowError:
    return XnorflowError(Diagnostic(code, rule, hint))
