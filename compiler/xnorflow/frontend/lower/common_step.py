# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Steps that two codings have in common: for what is added, and for what stands side by side."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.ir.types import bits_for_range

__all__ = ["common_step", "integers_of", "joint_coding"]

_MAX_FACTOR = 1 << 16

Ints = npt.NDArray[np.int64]


def common_step(first: Coding, second: Coding) -> tuple[float, tuple[int, int]] | None:
    """The largest step of which both steps are multiples, and how often each has it, if any."""
    ratio = Fraction(first.step / second.step).limit_denominator(_MAX_FACTOR)
    factors = (ratio.numerator, ratio.denominator)
    exact = ratio and first.step * ratio.denominator == second.step * ratio.numerator
    if not exact or max(factors) > _MAX_FACTOR:
        return None
    return first.step / ratio.numerator, factors


def joint_coding(first: Coding, second: Coding, most_bits: int) -> Coding | None:
    """One that has the levels of both; None where it would take more bits."""
    if first == second:
        return first
    found = common_step(first, second)
    if found is None:
        return None
    unit, _ = found
    shift = Fraction((second.middle - first.middle) / unit).limit_denominator(_MAX_FACTOR)
    fine = Coding(first.value.plain, first.middle, unit / shift.denominator)
    numbers = np.concatenate([integers_of(one, fine) for one in (first, second)])
    coarse = int(np.gcd.reduce(numbers - numbers[0])) or 1
    base = 0 if numbers[0] % coarse == 0 else int(numbers[0])
    ends = (int(end - base) // coarse for end in (numbers.min(), numbers.max()))
    value = bits_for_range(*ends)
    joint = Coding(value, fine.middle + base * fine.step, coarse * fine.step)
    return joint if value.bits <= most_bits else None


def integers_of(coding: Coding, wanted: Coding) -> Ints:
    """For each of a coding's integers that of another plain one which is worth as much, nearly."""
    levels = coding.levels(coding.stored)
    return np.rint((levels - wanted.middle) / wanted.step).astype(np.int64)
