# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The routed designs that are kept, and how they are made."""

from __future__ import annotations

import json
import random
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from sim.grid import draws
from sim.routing import route_case, small_cases
from xnorflow.boards.read import load_board
from xnorflow.hardware.families.ecp5 import ECP5

DATA = Path(__file__).parent.parent / "benchmarks" / "routed_ecp5.json"
KEPT: dict[str, Any] = json.loads(DATA.read_text())


def test_forty_designs_of_all_kernels_are_kept() -> None:
    designs = KEPT["designs"]
    assert len({(one["kernel"], one["name"]) for one in designs}) == len(designs) == 40
    assert {one["kernel"] for one in designs} == {*draws()}
    assert KEPT["evidence"] == "routed"
    assert KEPT["command"] == "python -m benchmarks.routed --designs 40 --seeds 3 --seed 1"


def test_each_has_its_clocks_and_the_paths_that_set_them() -> None:
    for one in KEPT["designs"]:
        assert len(one["fmax_mhz"]) == len(one["paths"]) == 3
        for fmax, path in zip(one["fmax_mhz"], one["paths"], strict=True):
            assert sum(delay for _, delay, _ in path) == pytest.approx(1000 / fmax, rel=1e-3)
            assert path[0][0] == "clk-to-q"
            assert path[-1][0] == "setup"


def test_a_kernel_is_routed_between_registers() -> None:
    """One small case of each run's own, so that what makes the data works."""
    small = [case for case in islice(small_cases(ECP5, seed=2), 40) if case.estimate(ECP5).lut < 60]
    case = random.Random(1).choice(small)
    found = route_case(case, load_board("ulx3s-85f"), [1, 2])
    assert [one.seed for one in found.placements] == [1, 2]
    names = [hop.net or hop.cell for one in found.placements for hop in one.path]
    parts = ("before", "behind", f"{case.kernel.name}_0", "in", "out")
    assert all(name.startswith(parts) or "$" in name for name in names), names
    assert found.synthesized.lut <= found.placements[0].resources.lut
