# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Random networks: the integer network gives exactly what qonnx's executor gives."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.fuzz import network
from tests.fuzz.check import check_golden
from tests.fuzz.hunt import hold, sample
from tests.fuzz.network import Case, from_json, to_json
from tests.fuzz.strategies import MLP, cases, lone_networks

COUNT = 40


@pytest.mark.parametrize("start", range(7))
def test_integers_equal_the_executor(start: int) -> None:
    hold(lone_networks(), check_golden, start=start, count=COUNT)


@pytest.mark.parametrize("start", range(2))
def test_integers_of_networks_without_images_equal_the_executor(start: int) -> None:
    hold(lone_networks(MLP), check_golden, start=start, count=COUNT)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(100, 150))
def test_more_integers_equal_the_executor(start: int) -> None:
    hold(lone_networks(), check_golden, start=start, count=COUNT)


# what is drawn


def test_every_kind_of_step_is_drawn() -> None:
    steps = Counter(
        (type(step).__name__, getattr(step, "kind", ""))
        for case in sample(lone_networks(), start=0, count=400)
        for step in case.network.steps
    )
    kinds = {
        "Scalar": network.SCALARS,
        "Sign": network.SIGNS,
        "Flatten": network.FLATTENS,
        "Prepare": network.PREPARES,
        "Quantise": ("quant", "thresholds"),
    }
    wanted = {(name, kind) for name, of_name in kinds.items() for kind in of_name}
    wanted |= {(name, "") for name in ("Conv", "Dense", "Pool", "Pad", "Shuffle", "Choose")}
    assert wanted == set(steps)


def test_a_case_can_be_kept() -> None:
    drawn = sample(cases(), start=0, count=100)
    assert len(drawn) > 90
    for case in drawn:
        assert from_json(to_json(case)) == case


def test_what_has_its_default_is_not_kept() -> None:
    case = Case(network.Network(network.Input((3,)), (network.Dense(2),)))
    content = to_json(case)["network"]
    assert content["input"] == {"shape": (3,)}
    assert content["steps"] == [{"op": "dense", "width": 2}]
