# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from math import lcm

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.calibration import check_estimates
from sim.case import Case, joint_case
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.families import families
from xnorflow.hardware.family import Family
from xnorflow.hardware.stream import Stream
from xnorflow.kernels.width_converter import WidthConverter


def case(bits: int, lanes_in: int, lanes_out: int, periods: int) -> Case:
    elements = lcm(lanes_in, lanes_out) * periods
    source = Stream(lanes_in, bits, elements // lanes_in)
    sink = Stream(lanes_out, bits, elements // lanes_out)
    delay = 1
    beats = max(source.beats, sink.beats)
    claims = {
        "cycles": beats,
        "first_output": -(-lanes_out // lanes_in) - 1 + delay,
        "latency": beats - 1 + delay,
    }
    name = f"{bits}x{lanes_in}to{lanes_out}"
    return joint_case(name, WidthConverter(), source, sink, claims=claims)


CASES = [
    case(*numbers)
    for numbers in (
        (1, 1, 2, 5),
        (3, 1, 7, 2),
        (1, 2, 3, 4),
        (2, 3, 2, 3),
        (5, 8, 1, 1),
        (1, 6, 15, 2),
        (1, 49, 16, 1),
        (1, 5, 9, 1),
        (4, 12, 4, 3),
    )
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_elements_keep_their_order_without_bubbles(case: Case) -> None:
    rng = np.random.default_rng(sum(map(ord, case.name)))
    elements = case.source.lanes * case.source.beats
    values = random_frames(rng, 7, elements, 0, 2**case.source.bits - 1)
    case.run(
        [pack(frame, case.source.lanes, case.source.bits) for frame in values],
        [pack(frame, case.sink.lanes, case.sink.bits) for frame in values],
    )


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    share, slack = (0.1, 8) if family.fabric is Fabric.LUT6 else (0.2, 10)
    check_estimates(CASES, family, share=share, slack=slack)
