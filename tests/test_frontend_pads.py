# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Padding: constants that a stored integer stands for, and those that make kinds of pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.conv_net import RNG, centred, conv, frame_shape, image, layer, sweep
from tests.faulty import refused
from tests.layer_ops import op_of
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs

from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.ops.sweep import Sweep

LEVELS: dict[str, Callable[[Net], object]] = {
    "-1 and 1": lambda net: net.bipolar(),
    "0 and 1": lambda net: net.add("MultiThreshold", [[0.0]], out_dtype="BINARY"),
    "-0.5 and 2": lambda net: net.add(
        "MultiThreshold", [[0.0]], out_dtype="INT8", out_scale=2.5, out_bias=-0.5
    ),
}


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("value", [None, -1.0, 1.0, 0.25])
def test_any_pads_of_any_levels(tmp_path: Path, levels: str, value: float | None) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 5, 2, 2, 2))
    net.add("Sub", centred(5))
    net.add("Mul", [[[1.0]], [[-1.0]], [[1.0]], [[-2.0]], [[1.0]]])
    LEVELS[levels](net)
    if value is not None:
        net.pad([0, 0, 1, 0, 0, 0, 0, 2], value)
    net.conv(signs(RNG, 4, 5, 3, 3), pads=[1, 1, 1, 0])
    net.add("Sub", centred(4))
    LEVELS[levels](net)
    net.add("Flatten")
    net.dense(signs(RNG, int(frame_shape(net)[1]), 3))
    same(net, tmp_path, pixels(2, 5, 6))


def test_pads_of_a_level_are_filled_in(tmp_path: Path) -> None:
    for value, fill in ((-1.0, 0), (1.0, 1)):
        net = image(2, 5, 6)
        conv(net, 5, 2, 2, 2)
        net.pad([0, 0, 1, 1, 0, 0, 1, 1], value, name="Around")
        conv(net, 4, 5, 3, 3, name="Inner")
        net.add("Flatten")
        net.dense(signs(RNG, 4 * 4 * 5, 3))
        graph = same(net, tmp_path, pixels(2, 5, 6))
        assert sweep(graph, "window1") == (Sweep((3, 3), (1, 1), (1, 1, 1, 1)), fill)
        assert layer(graph, "conv1").kinds is None
        (window,) = [layer for layer in graph.layers if layer.name == "window1"]
        assert window.origin.nodes == ("Around", "Inner_weights", "Inner")


def test_true_zeros_make_kinds_of_pixels(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    conv(net, 24, 2, 3, 3, pads=[1, 1, 1, 1])
    net.add("Flatten")
    net.dense(signs(RNG, 24 * 5 * 6, 3))
    graph = same(net, tmp_path, pixels(2, 5, 6))
    dense = layer(graph, "conv0")
    assert dense.kinds is not None
    assert dense.kinds.shape == (30,)
    assert dense.thresholds is not None
    assert dense.thresholds.shape == (9, 24)
    assert sweep(graph, "window0")[1] == 0


def test_pads_that_no_position_reaches(tmp_path: Path) -> None:
    net = image(2, 4, 4)
    conv(net, 4, 2, 2, 2, strides=[3, 3], pads=[0, 0, 1, 1])
    net.add("Flatten")
    net.dense(signs(RNG, 4 * 4, 3))
    graph = same(net, tmp_path, pixels(2, 4, 4))
    assert sweep(graph, "window0")[0].pads == (0, 0, 1, 1)
    net = image(2, 5, 5)
    conv(net, 4, 2, 2, 2, strides=[3, 3], pads=[0, 0, 1, 1])
    net.add("Flatten")
    net.dense(signs(RNG, 4 * 4, 3))
    graph = same(net, tmp_path, pixels(2, 5, 5))
    assert sweep(graph, "window0")[0].pads == (0, 0, 0, 0)
    assert layer(graph, "conv0").kinds is None


@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0])
def test_integers_with_zeros_around(tmp_path: Path, shift: float) -> None:
    net = Net((1, 2, 5, 6))
    net.add("Div", 16.0)
    net.add("Quant", 1.0, 0.0, 4.0, signed=1, narrow=0, rounding_mode="FLOOR")
    net.add("Add", shift)
    conv(net, 4, 2, 3, 3, pads=[1, 0, 1, 2])
    net.add("Flatten")
    net.dense(signs(RNG, 4 * 5 * 6, 3))
    graph = same(net, tmp_path, pixels(2, 5, 6))
    assert (layer(graph, "conv0").kinds is None) == (shift != 0.5)


def test_pads_before_the_quantiser(tmp_path: Path) -> None:
    net = Net((1, 2, 4, 5))
    net.pad([0, 0, 1, 1, 0, 0, 1, 1], 200.0)
    net.add("Sub", [[[100.0]], [[250.0]]])
    net.bipolar()
    conv(net, 4, 2, 3, 3)
    net.add("Flatten")
    net.dense(signs(RNG, 4 * 4 * 5, 3))
    graph = same(net, tmp_path, pixels(2, 4, 5))
    assert layer(graph, "conv0").kinds is not None


def test_a_falling_quantiser_with_pads_is_raised(tmp_path: Path) -> None:
    net = Net((1, 2, 4, 5))
    net.add("Neg")
    net.add("Add", 100.5)
    net.bipolar()
    net.pad([0, 0, 1, 1, 0, 0, 1, 1], -1.0)
    conv(net, 4, 2, 3, 3)
    net.add("Flatten")
    net.dense(signs(RNG, 4 * 4 * 5, 3))
    graph = same(net, tmp_path, pixels(2, 4, 5))
    table = op_of(graph.layers[0], Quantize).table
    assert table[0, 0] < table[0, -1]
    assert sweep(graph, "window0")[1] == 1


@pytest.mark.parametrize("axes", [[2, 7], [-5, 3], [2, 2], [2, -2]])
def test_axes_that_there_are_not_or_twice(tmp_path: Path, axes: list[int]) -> None:
    net = image(2, 5, 6)
    net.opset = 18
    pads, along = net.constant([1] * 4, np.int64), net.constant(axes, np.int64)
    net.add("Pad", pads, 1.0, along, name="odd")
    net.conv(signs(RNG, 3, 2, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == f"Pad must have axes of [1, 2, 5, 6], each once, not {axes}"
    assert fault.hint == "count axes from 0, the batch's, or from -1, the last"
    assert fault.origin.nodes == ("odd",)


@pytest.mark.parametrize("pads", [np.ones((2, 4)), np.full(8, np.nan), np.array([["1"] * 8])])
def test_pads_that_are_no_integers(tmp_path: Path, pads: np.ndarray) -> None:
    net = image(2, 5, 6)
    net.add("Pad", net.constant(pads, None), name="odd")
    net.conv(signs(RNG, 3, 2, 2, 2))
    fault, *_ = refused(net.save(tmp_path))
    assert fault.message == (
        "Pad must have two pads an axis, none negative, and a finite value, not [] and 0"
    )
