# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whole networks in Verilator, folded at random: bit-exact, and at the estimated interval."""

from __future__ import annotations

import pytest
from tests.fuzz.check import check_rtl
from tests.fuzz.hunt import hold
from tests.fuzz.strategies import SMALL_MLP, cases


@pytest.mark.parametrize("start", range(4))
def test_random_networks_run_exactly(start: int) -> None:
    hold(cases(), check_rtl, start=start, count=2)


def test_random_networks_without_images_run_exactly() -> None:
    hold(cases(SMALL_MLP), check_rtl, start=0, count=3)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(100, 150))
def test_more_random_networks_run_exactly(start: int) -> None:
    hold(cases(), check_rtl, start=start, count=4)
