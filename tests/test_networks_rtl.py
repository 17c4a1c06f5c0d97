# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whole networks in Verilator, folded at random: bit-exact, and at the estimated interval."""

from __future__ import annotations

import pytest
from tests.fuzz.check import check_rtl
from tests.fuzz.hunt import bare, hold, sample
from tests.fuzz.strategies import SMALL_MLP, cases

COUNT, LEAST = 4, 3
STARTS = range(3)
STARTS_MLP = range(3, 5)
STARTS_CI = range(100, 110)
"""Of the slow ones, those that .ci/run chooses."""


@pytest.mark.parametrize("start", STARTS)
def test_random_networks_run_exactly(start: int) -> None:
    hold(cases(), check_rtl, start=start, count=COUNT, least=LEAST)


@pytest.mark.parametrize("start", STARTS_MLP)
def test_random_networks_without_images_run_exactly(start: int) -> None:
    hold(cases(SMALL_MLP), check_rtl, start=start, count=COUNT, least=LEAST)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(100, 150))
def test_more_random_networks_run_exactly(start: int) -> None:
    hold(cases(), check_rtl, start=start, count=COUNT, least=LEAST)


def test_at_least_40_networks_run_in_ci() -> None:
    """All starts draw other networks, the simplest aside, which ``least`` does not count."""
    drawn = [sample(cases(), start=start, count=COUNT) for start in (*STARTS, *STARTS_CI)]
    drawn += [sample(cases(SMALL_MLP), start=start, count=COUNT) for start in STARTS_MLP]
    networks = [{bare(case.network) for case in of_start} for of_start in drawn]
    shared = sum(map(len, networks)) - len(set.union(*networks))
    assert shared <= len(networks)
    assert LEAST * len(networks) >= 40
