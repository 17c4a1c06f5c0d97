# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from sim.beats import pack, random_frames
from sim.calibration import check_estimates
from sim.case import Case, stage_case
from xnorflow.hardware.catalog import kernels_for
from xnorflow.hardware.families import families
from xnorflow.hardware.family import Family
from xnorflow.hardware.folding import Folding
from xnorflow.ir.layer import Layer
from xnorflow.ir.ops.fork import Fork
from xnorflow.ir.types import BIPOLAR, TensorType, ValueType
from xnorflow.kernels.stream_fork import StreamFork
from xnorflow.simulate.golden import run_layer

KERNEL = StreamFork()

# elements, PE, type, copies
GRID = (
    (1, 1, BIPOLAR, 2),
    (6, 1, BIPOLAR, 2),
    (12, 4, ValueType(5, signed=True), 2),
    (7, 7, ValueType(8), 3),
    (15, 5, ValueType(3), 4),
    (9, 3, BIPOLAR, 7),
    (8, 2, ValueType(16, signed=True), 11),
    (130, 130, BIPOLAR, 2),
)


def fork_layer(elements: int, value: ValueType, copies: int) -> Layer:
    kind = TensorType((elements,), value)
    return Layer("fork0", Fork(copies), ("x",), "y", (kind,), kind)


def case(elements: int, pe: int, value: ValueType, copies: int) -> Case:
    layer = fork_layer(elements, value, copies)
    return stage_case(f"{elements}by{pe}x{value}to{copies}", KERNEL, layer, Folding(pe, pe))


CASES = [case(*numbers) for numbers in GRID]


@pytest.mark.parametrize("numbers", GRID, ids=map(str, CASES))
def test_every_reader_gets_every_beat_at_its_own_pace(
    numbers: tuple[int, int, ValueType, int],
) -> None:
    elements, pe, value, copies = numbers
    layer = fork_layer(elements, value, copies)
    assert [type(kernel) for kernel in kernels_for(layer)] == [StreamFork]
    x = random_frames(np.random.default_rng(elements), 6, elements, value.low, value.high)
    frames = [pack(row, pe, value.bits) for row in x]
    case(*numbers).run(frames, frames, further_expected=[frames] * (copies - 1))
    np.testing.assert_array_equal(run_layer(layer, x), x)


def test_a_beat_takes_one_cycle_and_reaches_all_readers_in_the_next() -> None:
    one = case(12, 4, BIPOLAR, 3)
    assert one.claims == {"cycles": 3, "first_output": 1, "latency": 3}
    assert [stream.beats for stream in (*one.sources, *one.sinks)] == [3] * 4


def test_foldings_are_the_divisors() -> None:
    assert [f.pe for f in KERNEL.foldings(fork_layer(12, BIPOLAR, 2))] == [1, 2, 3, 4, 6, 12]


@pytest.mark.parametrize("family", families().values(), ids=str)
def test_resources_are_what_synthesis_finds(family: Family) -> None:
    check_estimates(CASES, family)
