# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Infinities and not-a-number: refused where a node makes them, even if a later one hides them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.conv_net import image
from tests.faulty import RNG, refused, small, two_layers
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs

from xnorflow.diagnostics import Diagnostic
from xnorflow.ir.input_spec import InputSpec


def not_finite(net: Net, folder: Path) -> Diagnostic:
    (fault,) = refused(net.save(folder))
    assert fault.code == "not-finite"
    return fault


def divided(net: Net) -> None:
    net.add("Div", [1.0, 1.0, 0.0, 1.0], name="broken")
    net.bipolar()


def clipped(net: Net) -> None:
    net.add("Div", [1.0, 1.0, 0.0, 1.0], name="broken")
    net.add("Clip", -2.0, 2.0)
    net.bipolar()


def turned(net: Net) -> None:
    net.add("Reciprocal", name="broken")
    net.add("Reciprocal")
    net.bipolar()


def negative_variance(net: Net) -> None:
    ones, variance = np.ones(4), np.array([1.0, 1.0, -1.0, 1.0])
    net.add("BatchNormalization", ones, ones, ones, variance, name="broken")
    net.bipolar()


def overflowing(net: Net) -> None:
    net.add("Mul", [1.0, 1.0, 3e38, 1.0], name="broken")
    net.bipolar()


HIDDEN = [divided, clipped, turned, negative_variance, overflowing]


@pytest.mark.parametrize("middle", HIDDEN)
def test_what_a_quantiser_would_hide(tmp_path: Path, middle: Callable[[Net], None]) -> None:
    fault = not_finite(two_layers(middle), tmp_path)
    assert fault.message.startswith("every result must be a finite number, not ")
    assert fault.message.endswith("as for element 2") or middle is turned
    assert fault.origin.nodes == ("broken",)


def test_in_front_of_the_first_product(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Log", name="broken")
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    fault = not_finite(net, tmp_path)
    assert fault.message.endswith("not -inf as for element 0")
    assert fault.origin.nodes == ("broken",)


def test_behind_the_last_product(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    net.add("Div", [1.0, 0.0, 1.0], name="broken")
    net.add("Clip", -1.0, 1.0)
    assert not_finite(net, tmp_path).origin.nodes == ("broken",)


def test_behind_the_choice(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    net.add("ArgMax", axis=1)
    net.add("Cast", to=TensorProto.FLOAT)
    net.add("Reciprocal", name="broken")
    assert not_finite(net, tmp_path).origin.nodes == ("broken",)


def test_around_an_image(tmp_path: Path) -> None:
    net = image(1, 4, 4)
    net.conv(signs(RNG, 2, 1, 1, 1))
    net.add("Add", 0.5)
    net.pad([0, 0, 1, 1, 0, 0, 1, 1])
    net.add("Reciprocal", name="broken")
    net.bipolar()
    net.max_pool(2, 2, strides=[2, 2])
    net.add("Flatten")
    net.dense(signs(RNG, 18, 3))
    assert not_finite(net, tmp_path).origin.nodes == ("broken",)


@pytest.mark.parametrize("scale", [1e38, np.inf])
def test_sums_that_overflow(tmp_path: Path, scale: float) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.bipolar(scale if np.isfinite(scale) else 1.0)
    bias = np.full(3, 0.0 if np.isfinite(scale) else scale)
    net.add("Gemm", signs(RNG, 4, 3), bias, name="broken")
    net.bipolar()
    net.dense(signs(RNG, 3, 2))
    assert not_finite(net, tmp_path).origin.nodes == ("broken",)


@pytest.mark.parametrize("alpha", [np.nan, np.inf, 1e38])
def test_factors_that_overflow(tmp_path: Path, alpha: float) -> None:
    net = small()
    net.add("Gemm", signs(RNG, 6, 4), alpha=alpha, name="broken")
    net.bipolar()
    net.dense(signs(RNG, 4, 2))
    assert not_finite(net, tmp_path).origin.nodes == ("broken",)


def test_an_input_scale_that_overflows(tmp_path: Path) -> None:
    path = two_layers(Net.bipolar).save(tmp_path)
    (fault,) = refused(path, InputSpec(scale=1e37))
    assert fault.code == "input-scale"
    assert fault.message.endswith("must leave all inputs finite in float32, not be 1e+37")


def test_bounds_may_be_infinite(tmp_path: Path) -> None:
    def middle(net: Net) -> None:
        net.add("Clip", -np.inf, np.inf)
        net.add("Max", -np.inf)
        net.bipolar()

    same(two_layers(middle), tmp_path, pixels(6))


def test_masks_may_be_infinite(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    mask = net.constant([True, False, True], np.bool_)
    net.last = net.node("Where", [mask, net.last, net.constant(-np.inf)])
    net.bipolar()
    same(net, tmp_path, pixels(6))


def test_what_an_infinite_constant_leaves_undefined(tmp_path: Path) -> None:
    def middle(net: Net) -> None:
        net.add("Mul", [1.0, 1.0, np.inf, 1.0], name="broken")  # the sum may be 0
        net.bipolar()

    fault = not_finite(two_layers(middle), tmp_path)
    assert fault.message.endswith("not nan as for element 2")
    assert fault.origin.nodes == ("broken",)
