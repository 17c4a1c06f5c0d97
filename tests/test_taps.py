# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Layer by layer, the integer network holds what the executor computes in between."""

from __future__ import annotations

import pytest
from tests.fuzz.hunt import hold
from tests.fuzz.strategies import MLP, lone_networks
from tests.fuzz.taps import check_taps

COUNT = 20
LEAST = 16


@pytest.mark.parametrize("start", range(700, 703))
def test_each_layer_of_random_networks_equals_the_executor(start: int) -> None:
    hold(lone_networks(), check_taps, start=start, count=COUNT, least=LEAST)


def test_each_layer_of_networks_without_images_equals_the_executor() -> None:
    hold(lone_networks(MLP), check_taps, start=703, count=COUNT, least=LEAST)
