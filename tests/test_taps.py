# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Layer by layer, the integer network holds what the executor computes in between."""

from __future__ import annotations

import numpy as np
import pytest
from tests.fuzz.build import build
from tests.fuzz.hunt import hold
from tests.fuzz.network import Dense, Input, Network, Scalar, Sign
from tests.fuzz.strategies import BRANCHED, MLP, lone_networks
from tests.fuzz.taps import check_taps, referenced

COUNT = 20
LEAST = 16


@pytest.mark.parametrize("start", range(700, 703))
def test_each_layer_of_random_networks_equals_the_executor(start: int) -> None:
    hold(lone_networks(), check_taps, start=start, count=COUNT, least=LEAST)


def test_each_layer_of_networks_without_images_equals_the_executor() -> None:
    hold(lone_networks(MLP), check_taps, start=703, count=COUNT, least=LEAST)


def test_each_layer_of_networks_that_branch_equals_the_executor() -> None:
    hold(lone_networks(BRANCHED), check_taps, start=704, count=COUNT, least=LEAST)


def test_a_level_that_never_changes_is_held_as_it_is() -> None:
    """What is off by less than half of it would pass where there is a second level."""
    steps = (Dense(5, seed=1), Scalar("clip", 1), Sign("where", 190), Sign("bipolar"), Dense(3))
    built = build(Network(Input((6,), "BIPOLAR"), steps))
    with referenced(built) as (_, reference):
        layers = {layer.name: layer for layer in reference.graph.layers}
        taps = {tap: tap.after for tap in reference.taps if tap.after is not None}
        (tap,) = (tap for tap, after in taps.items() if after.coding.is_constant)
        stored = np.ones(layers[tap.made].out_type.elements, np.int32)
        level = tap.worth(stored)
        assert np.unique(level).size == 1
        assert not tap.differs(stored, level.astype(np.float32)).any()
        assert tap.differs(stored, level * 1.1).all()
