# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A sample of what benchmarks/calibrate.py does, small enough for every run of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import pytest

from sim.calibration import LARGE, TARGETS, Point, measure
from sim.case import Case
from sim.grid import draw, draws
from xnorflow.hardware.catalog import adapters, kernels
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families.ecp5 import ECP5
from xnorflow.hardware.families.xc7 import XC7
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources

SEED, POINTS = 9, 6
MOST_BITS = 1200
"""Bits of a beat read times bits of one written: units of up to some hundred LUTs."""
PRODUCTS = ("xnor_mvu", "int_mvu")
OTHERS = tuple(sorted({*draws()} - {*PRODUCTS}))
FITTED = (
    *("fifo", "maxpool", "multithreshold", "requantize", "sliding_window", "skid_buffer"),
    *("stream_slice", "threshold"),
)
"""The others whose estimates for ecp5 keep to its wider target everywhere that was looked at."""


def sample(kernel: str, points: int) -> list[Case]:
    cases = draw(kernel, points, SEED)
    return [case for case in cases if case.source.width * case.sink.width <= MOST_BITS]


@pytest.mark.parametrize(
    ("names", "family", "points"),
    [(PRODUCTS, XC7, POINTS), (OTHERS, XC7, POINTS), ((*PRODUCTS, *FITTED), ECP5, 4)],
    ids=["products-xc7", "others-xc7", "ecp5"],
)
def test_estimates_hold_where_chance_falls(
    names: Sequence[str], family: Family, points: int
) -> None:
    """A run of Yosys for several kernels: each takes seconds to start."""
    cases = [sample(name, points) for name in names]
    assert min(map(len, cases)) >= 2, "nearly all points of a kernel are too large"
    found = measure(list(chain.from_iterable(cases)), family)
    missed = [point for point in found if not point.meets(TARGETS[family.fabric])]
    assert not missed, "\n".join(map(str, missed))
    assert any(point.synthesized.lut > LARGE for point in found)


@pytest.mark.parametrize("name", sorted({*kernels(), *adapters()}))
def test_a_kernels_grid_is_of_that_kernel(name: str) -> None:
    assert {case.kernel.name for case in draw(name, 3, SEED)} == {name}


def test_a_grid_is_drawn_until_nothing_new_comes() -> None:
    every = list(map(str, draw("fifo", 10_000, 1)))
    assert 150 < len(every) < 1000
    assert len(set(every)) == len(every)


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
    assert point.meets(TARGETS[Fabric.LUT6]) == close


def test_small_units_may_miss_by_a_handful() -> None:
    def meets(lut: int) -> bool:
        return Point("here", Resources(lut), Resources(20)).meets(TARGETS[Fabric.LUT6])

    assert meets(35)
    assert not meets(36)
