# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever formula an estimate comes from, it counts primitives."""

from __future__ import annotations

import random

import pytest

from sim.grid import draws
from xnorflow.hardware.families import families

POINTS = 300


@pytest.mark.parametrize("kernel", draws())
def test_no_estimate_is_negative(kernel: str) -> None:
    rng = random.Random(kernel)
    for _ in range(POINTS):
        case = draws()[kernel](rng)
        for family in families().values():
            found = case.estimate(family)
            assert min(found.lut, found.ff, found.bram18, found.dsp) >= 0, f"{case}: {found}"
