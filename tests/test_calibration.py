# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A sample of what benchmarks/calibrate.py does, small enough for every run of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import pytest

from sim.calibration import TARGETS, Point, measure
from sim.case import Case
from sim.grid import DRAWS, draw
from xnorflow.ir.kernel import Resources
from xnorflow.kernels import adapters, kernels

SEED, POINTS, MOST_LUT = 9, 4, 350
PRODUCTS = ("xnor_mvu", "int_mvu")


def sample(kernel: str) -> list[Case]:
    cases = draw(kernel, POINTS, SEED)
    return [case for case in cases if case.estimate("xc7").lut <= MOST_LUT]


@pytest.mark.parametrize("names", [PRODUCTS, sorted({*DRAWS} - {*PRODUCTS})], ids=["mvu", "others"])
def test_estimates_hold_where_chance_falls(names: Sequence[str]) -> None:
    """A run of Yosys for several kernels: each takes seconds to start."""
    cases = [sample(name) for name in names]
    assert min(map(len, cases)) >= 2
    points = measure(list(chain.from_iterable(cases)), "xc7")
    missed = [point for point in points if not point.meets(TARGETS["xc7"])]
    assert not missed, "\n".join(map(str, missed))


def test_every_grid_is_of_a_kernel() -> None:
    assert set(DRAWS) <= {*kernels(), *adapters()}


def test_a_seed_draws_the_same_points_again() -> None:
    first, again, other = (list(map(str, draw("xnor_mvu", 20, seed))) for seed in (3, 3, 4))
    assert first == again
    assert first != other
    assert len(set(first)) == 20


@pytest.mark.parametrize(
    ("estimated", "close"),
    [
        (Resources(400, 100, 3), True),
        (Resources(440, 115, 3), True),
        (Resources(360, 85, 3), True),
        (Resources(441, 100, 3), False),
        (Resources(400, 116, 3), False),
        (Resources(400, 100, 4), False),
        (Resources(400, 100, 3, 1), False),
    ],
)
def test_an_estimate_that_is_off_misses(estimated: Resources, close: bool) -> None:
    point = Point("here", estimated, Resources(400, 100, 3))
    assert point.meets(TARGETS["xc7"]) == close


def test_small_units_may_miss_by_a_handful() -> None:
    def meets(lut: int) -> bool:
        return Point("here", Resources(lut), Resources(20)).meets(TARGETS["xc7"])

    assert meets(35)
    assert not meets(36)
