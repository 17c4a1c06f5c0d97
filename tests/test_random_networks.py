# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Random networks: the integer network gives exactly what qonnx's executor gives."""

from __future__ import annotations

import pytest
from tests.fuzz.check import check_golden
from tests.fuzz.hunt import bare, hold, sample
from tests.fuzz.strategies import MLP, lone_networks

COUNT = 42
LEAST = 36
STARTS = range(7)
STARTS_MLP = range(7, 9)


@pytest.mark.parametrize("start", STARTS)
def test_integers_equal_the_executor(start: int) -> None:
    hold(lone_networks(), check_golden, start=start, count=COUNT, least=LEAST)


@pytest.mark.parametrize("start", STARTS_MLP)
def test_integers_of_networks_without_images_equal_the_executor(start: int) -> None:
    hold(lone_networks(MLP), check_golden, start=start, count=COUNT, least=LEAST)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(100, 150))
def test_more_integers_equal_the_executor(start: int) -> None:
    hold(lone_networks(), check_golden, start=start, count=COUNT, least=LEAST)


def test_at_least_300_networks_equal_the_executor() -> None:
    """All starts draw other networks, the simplest aside, which ``least`` does not count."""
    drawn = [sample(lone_networks(), start=start, count=COUNT) for start in STARTS]
    drawn += [sample(lone_networks(MLP), start=start, count=COUNT) for start in STARTS_MLP]
    networks = [{bare(case.network) for case in of_start} for of_start in drawn]
    shared = sum(map(len, networks)) - len(set.union(*networks))
    assert shared <= len(networks)
    assert LEAST * len(networks) >= 300
