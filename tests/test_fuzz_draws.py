# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the fuzzer draws: everything that a trained network may have, and hardly a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
import pytest
from tests.fuzz import network, values
from tests.fuzz.build import build
from tests.fuzz.check import load
from tests.fuzz.folding import design_of
from tests.fuzz.hunt import Tally, attempt, sample
from tests.fuzz.network import (
    Case,
    Choose,
    Conv,
    Dense,
    Flatten,
    Network,
    Pad,
    Pool,
    Prepare,
    Quantise,
    Scalar,
    Shuffle,
    Sign,
    Step,
    from_json,
    to_json,
)
from tests.fuzz.shapes import shapes
from tests.fuzz.strategies import cases, lone_networks

from xnorflow.design.design import Design
from xnorflow.design.stage import Stage
from xnorflow.hardware.catalog import kernels
from xnorflow.passes.pipeline import run_passes

T = TypeVar("T")


def test_every_kind_of_step_is_drawn() -> None:
    drawn = {
        (type(step).__name__, getattr(step, "kind", ""))
        for case in sample(lone_networks(), start=0, count=300)
        for step in every(case.network.steps)
    }
    kinds = {
        "Scalar": network.SCALARS,
        "Sign": network.SIGNS,
        "Flatten": network.FLATTENS,
        "Prepare": network.PREPARES,
        "Quantise": ("quant", "thresholds"),
        "Channels": network.RANGES,
    }
    wanted = {(name, kind) for name, of_name in kinds.items() for kind in of_name}
    others = (
        *("Conv", "Pointwise", "Dense", "Pool", "GlobalPool", "Pad", "Shuffle", "Choose"),
        *("Average", "Residual"),
    )
    assert drawn == wanted | {(name, "") for name in others}


def every(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps, and those of the branches among them."""
    for step in steps:
        yield step
        if isinstance(step, network.Residual):
            yield from every((*step.main, *step.skip))


def _pairs(network: Network) -> Iterator[tuple[Step, Step]]:
    """Neighbours, functions of single values aside."""
    steps = [step for step in network.steps if not isinstance(step, Scalar | Shuffle)]
    return pairwise(steps)


def _any(kind: type[T], holds: Callable[[T], bool]) -> Callable[[Network], bool]:
    return lambda net: any(isinstance(step, kind) and holds(step) for step in net.steps)


FEATURES: dict[str, Callable[[Network], bool]] = {
    "no image": lambda net: len(net.input.shape) == 1,
    "image of one column": lambda net: len(net.input.shape) == 3 and net.input.shape[2] == 1,
    "rectangular image": lambda net: (
        len(net.input.shape) == 3 and net.input.shape[1] != net.input.shape[2]
    ),
    "odd image": lambda net: len(net.input.shape) == 3 and net.input.shape[1] % 2 == 1,
    "bits as input": lambda net: net.input.dtype == "BIPOLAR",
    "signed input": lambda net: net.input.dtype == "INT8",
    "scaled input": lambda net: net.input.scale != 1,
    "product of the input's integers": lambda net: (
        net.input.dtype != "BIPOLAR" and isinstance(net.steps[0], Conv | Dense)
    ),
    "product of unquantised floats": lambda net: (
        net.input.dtype != "BIPOLAR"
        and isinstance(net.steps[0], Prepare)
        and isinstance(net.steps[1], Conv)
    ),
    "product of several bits": lambda net: any(
        isinstance(a, Quantise) and isinstance(b, Conv) for a, b in _pairs(net)
    ),
    "quantiser without preparation": lambda net: isinstance(net.steps[0], Sign | Quantise),
    "rectangular kernel": _any(Conv, lambda step: step.kernel[0] != step.kernel[1]),
    "1x1 kernel": _any(Conv, lambda step: step.kernel == (1, 1)),
    "large kernel": _any(Conv, lambda step: max(step.kernel) > 3),
    "strides that differ": _any(Conv, lambda step: step.stride[0] != step.stride[1]),
    "uneven pads": _any(Conv, lambda step: step.pads[:2] != step.pads[2:]),
    "bias": _any(Conv, lambda step: step.bias),
    "many channels": _any(Conv, lambda step: step.channels > 16),
    "one channel": _any(Conv, lambda step: step.channels == 1),
    "pool before a sign": lambda net: any(
        isinstance(a, Pool) and isinstance(b, Sign) for a, b in _pairs(net)
    ),
    "pool behind a sign": lambda net: any(
        isinstance(a, Sign) and isinstance(b, Pool) for a, b in _pairs(net)
    ),
    "overlapping pool": _any(Pool, lambda step: step.stride[0] < step.kernel[0]),
    "padded pool": _any(Pool, lambda step: any(step.pads)),
    "ceil": _any(Pool, lambda step: step.ceil),
    "pad before a sign": lambda net: any(
        isinstance(a, Pad) and isinstance(b, Sign) for a, b in _pairs(net)
    ),
    "pad behind a sign": lambda net: any(
        isinstance(a, Sign) and isinstance(b, Pad) for a, b in _pairs(net)
    ),
    "pad of zeros": _any(Pad, lambda step: step.level == "zero"),
    "pad of low bits": _any(Pad, lambda step: step.level == "low"),
    "pad of high bits": _any(Pad, lambda step: step.level == "high"),
    "integer weights": _any(Conv, lambda step: step.weights in network.INTEGERS),
    "scores of integer weights": _any(Dense, lambda step: step.weights in network.INTEGERS),
    "shortcut of integer weights": _any(
        network.Residual,
        lambda step: any(
            isinstance(one, Conv) and one.weights in network.INTEGERS for one in step.skip
        ),
    ),
    "sum that nobody quantised": _any(
        network.Residual,
        lambda step: step.join == "add" and any(isinstance(one, Scalar) for one in step.main[-1:]),
    ),
    "wide row": _any(Dense, lambda step: step.width > 100),
    "one neuron": _any(Dense, lambda step: step.width == 1),
    "dense behind an image": lambda net: any(
        len(before) == 3 and before[1:] != (1, 1) and isinstance(step, Flatten)
        for before, step in zip(shapes(net), net.steps, strict=False)
    ),
    "several classes chosen": _any(Choose, lambda step: step.top > 1),
}


@pytest.fixture(scope="module")
def drawn() -> list[Network]:
    return [case.network for case in sample(lone_networks(), start=0, count=300)]


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_is_drawn(name: str, drawn: list[Network]) -> None:
    assert sum(map(FEATURES[name], drawn)) >= 3


def test_weights_look_trained() -> None:
    rows = values.weights(np.random.default_rng(0), 200, 30)
    assert len(np.unique(rows, axis=0)) < len(rows)
    assert (np.abs(rows.sum(axis=1)) == 30).any()
    assert any((rows == -row).all(axis=1).any() for row in rows)


def test_batch_norms_look_trained() -> None:
    ones = np.ones(200)
    gamma, beta, *_ = values.batch_norm(np.random.default_rng(0), ones, ones)
    assert (gamma < -1e-3).any()
    assert (gamma == 0).any()
    assert ((gamma != 0) & (np.abs(gamma) < 1e-6)).any()
    assert (np.abs(beta) > 100).any()


def test_every_kernel_and_storage_is_drawn() -> None:
    """How many draws that takes depends on hypothesis; no more than some hundred in any case."""
    storages = ("const", "lutram", "bram")
    wanted = {(kernel, storage) for kernel in ("xnor_mvu", "int_mvu") for storage in storages}
    missing: set[object] = {*kernels(), *wanted}
    tally = Tally()
    for case in sample(cases(), start=0, count=600):
        stages: list[Stage] = []

        def note(case: Case, found: list[Stage] = stages) -> None:
            found.extend(_folded(case).stages)

        attempt(note, case, tally)
        for stage in stages:
            missing -= {stage.kernel_name, (stage.kernel_name, stage.folding.storage)}
        if not missing:
            break
    assert not missing


def _folded(case: Case) -> Design:
    return design_of(case, run_passes(load(build(case.network))))


def test_few_networks_are_refused() -> None:
    tally = Tally()
    for case in sample(lone_networks(), start=1, count=100):
        attempt(lambda case: load(build(case.network)), case, tally)
    assert sum(tally.refused.values()) <= 8


# what is kept


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
