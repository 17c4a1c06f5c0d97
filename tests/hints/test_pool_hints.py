# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""MaxPools of integers, and what the hints about them lead to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.conv_net import RNG, frame_shape, image
from tests.faulty import refused
from tests.hints.follows import follows
from tests.qonnx_net import Net, signs

from xnorflow.frontend.load import load_model
from xnorflow.ir.input_spec import InputSpec

Step = Callable[[Net], object]


def few_bits(net: Net) -> str:
    return net.add("Quant", 1.0, 0.0, 4.0, signed=1, narrow=0, rounding_mode="ROUND")


def pool(net: Net) -> str:
    return net.max_pool(2, 2, strides=[2, 2])


def product(net: Net) -> str:
    return net.conv(signs(RNG, 4, 2, 1, 1))


def total(net: Net) -> None:
    """A product, and a shortcut past another one."""
    product(net)
    skip = few_bits(net)
    net.bipolar()
    net.conv(signs(RNG, 4, 4, 1, 1))
    few_bits(net)
    net.add("Add", skip)


def norm(front: Step | None, *gammas: float) -> Step:
    scale = np.resize(gammas, 2 if front is None else 4)
    rest = np.zeros_like(scale), np.zeros_like(scale), np.ones_like(scale)
    return lambda net: net.add("BatchNormalization", scale, *rest)


FRONTS = pytest.mark.parametrize("front", [None, product, total], ids=["input", "product", "sum"])


def of(front: Step | None, *steps: Step) -> Net:
    net = Net((1, 2, 6, 6)) if front is None else image(2, 6, 6)
    for step in steps if front is None else (front, *steps):
        step(net)
    net.add("Flatten")
    net.dense(signs(RNG, int(np.prod(frame_shape(net))), 3))
    return net


def load(net: Net, folder: Path, front: Step | None) -> None:
    load_model(net.save(folder), None if front else InputSpec(scale=1 / 64))


@FRONTS
@follows("non-monotone")
def test_nothing_falls_behind_a_pool_of_integers(tmp_path: Path, front: Step | None) -> None:
    net = of(front, pool, norm(front, 1.0, -1.0), few_bits)
    given = None if front else InputSpec(scale=1 / 64)
    fault, *_ = refused(net.save(tmp_path), given)
    assert fault.code == "non-monotone"
    assert fault.hint == (
        "put the MaxPool behind the quantiser, or keep the scales (gamma) of a BatchNorm behind it "
        "positive"
    )
    load(of(front, norm(front, 1.0, -1.0), few_bits, pool), tmp_path, front)
    load(of(front, pool, norm(front, 1.0, 0.5), few_bits), tmp_path, front)


@FRONTS
@follows("unsupported-op")
def test_a_pool_pads_by_itself(tmp_path: Path, front: Step | None) -> None:
    def padded(net: Net) -> None:
        net.pad([0, 0, 1, 1, 0, 0, 1, 1], 0.0)
        net.max_pool(3, 3)

    def pads(net: Net) -> None:
        net.max_pool(3, 3, pads=[1, 1, 1, 1])

    signed = (norm(front, 1.0), lambda net: net.add("Sub", 2.0), few_bits)
    given = None if front else InputSpec(scale=1 / 64)
    fault, *_ = refused(of(front, *signed, padded).save(tmp_path), given)
    assert fault.code == "unsupported-op"
    assert fault.hint == "let the MaxPool pad (padding=1), which it does by minus infinity"
    load(of(front, *signed, pads), tmp_path, front)
