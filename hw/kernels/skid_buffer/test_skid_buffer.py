# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random

import pytest

from sim.calibration import check_estimates
from sim.case import Case, joint_case
from xnorflow.hardware.families import families
from xnorflow.hardware.family import Family
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.skid_buffer import SkidBuffer

BEATS = 7


def case(width: int) -> Case:
    stream = Stream(width, 1, BEATS)
    delay = 1
    claims = {"cycles": BEATS, "first_output": delay, "latency": delay + BEATS - 1}
    return joint_case(str(width), SkidBuffer(), stream, stream, claims=claims)


CASES = [case(width) for width in (1, 13, 130)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_beats_pass_unchanged_at_one_a_cycle(case: Case) -> None:
    rng = random.Random(str(case))
    frames = [[rng.getrandbits(case.source.width) for _ in range(BEATS)] for _ in range(6)]
    case.run(frames, frames)


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    check_estimates(CASES, family)
