# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Divisors, against their definition."""

from __future__ import annotations

import pytest

from xnorflow.hardware.divisors import divisors


@pytest.mark.parametrize("number", range(1, 200))
def test_divisors_divide(number: int) -> None:
    assert divisors(number) == tuple(k for k in range(1, number + 1) if number % k == 0)


def test_a_large_number_is_no_obstacle() -> None:
    assert len(divisors(1 << 40)) == 41
    assert divisors((1 << 31) - 1) == (1, (1 << 31) - 1)
