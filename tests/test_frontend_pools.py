# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Pools before, between and behind the functions that end in a sign."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.conv_net import RNG, centred, conv, frame_shape, image, layer, sweep
from tests.faulty import refused
from tests.predict import pixels, same
from tests.qonnx_net import Array, Net, signs


def with_pool(net: Net, where: str, gammas: Array, **attributes: object) -> None:
    """Sums -> [pool] -> BatchNormalization -> [pool] -> sign -> [pool]."""
    if where == "first":
        net.max_pool(2, 3, **attributes)
    count = len(gammas)
    shift = RNG.normal(0, 1, (2, count))
    net.add("BatchNormalization", gammas, shift[0], shift[1], np.ones(count))
    if where == "middle":
        net.max_pool(2, 3, **attributes)
    net.bipolar()
    if where == "last":
        net.max_pool(2, 3, **attributes)


@pytest.mark.parametrize("where", ["first", "middle", "last"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"strides": [2, 3]},
        {"strides": [3, 2], "pads": [1, 2, 0, 1]},
        {"strides": [2, 2], "ceil_mode": 1},
    ],
)
def test_pools_anywhere(
    tmp_path: Path, where: str, sign: float, attributes: dict[str, object]
) -> None:
    gammas = np.array([1.0, -1.0, 0.3, -0.2, 1e-9]) * sign
    net = image(2, 8, 9)
    net.conv(signs(RNG, 5, 2, 3, 2), pads=[1, 0, 0, 0])
    with_pool(net, where, gammas, **attributes)
    conv(net, 4, 5, 2, 2)
    net.add("Flatten")
    net.dense(signs(RNG, int(frame_shape(net)[1]), 3))
    graph = same(net, tmp_path, pixels(2, 8, 9))
    assert [layer.name for layer in graph.layers][3:5] == ["pool0", "window1"]


def test_a_falling_function_behind_a_pool_stores_inverted_bits(tmp_path: Path) -> None:
    net = image(2, 4, 4)
    weights, readers = signs(RNG, 1, 2, 1, 1), signs(RNG, 4, 3)
    net.conv(weights)
    net.max_pool(2, 2, strides=[2, 2])
    net.add("Neg")
    net.add("Add", 0.5)
    net.bipolar()
    net.add("Flatten")
    net.dense(readers)
    graph = same(net, tmp_path, pixels(2, 4, 4))
    np.testing.assert_array_equal(layer(graph, "conv0").weights, weights.reshape(1, 2) > 0)
    np.testing.assert_array_equal(layer(graph, "dense1").weights, readers.T < 0)


def test_several_pools(tmp_path: Path) -> None:
    net = image(2, 9, 9)
    net.conv(signs(RNG, 4, 2, 2, 2))
    net.max_pool(2, 2)
    net.add("Sub", centred(4))
    net.max_pool(3, 1, strides=[2, 1])
    net.add("Tanh")
    net.bipolar()
    net.max_pool(1, 2, strides=[1, 2])
    net.max_pool(1, 1)
    net.add("Flatten")
    net.dense(signs(RNG, int(frame_shape(net)[1]), 3))
    graph = same(net, tmp_path, pixels(2, 9, 9))
    assert [layer.name for layer in graph.layers][3:6] == ["pool0", "pool0_1", "pool0_2"]


def test_a_pool_that_drops_some_of_what_an_overlapping_one_gives(tmp_path: Path) -> None:
    net = image(2, 4, 7)
    net.conv(signs(RNG, 4, 2, 1, 2), pads=[0, 0, 0, 1])
    net.max_pool(1, 2, pads=[0, 0, 0, 1])
    net.add("Sub", [[[3.5]], [[-2.5]], [[-0.5]], [[1.5]]])
    net.bipolar()
    net.max_pool(1, 1, strides=[1, 2])
    net.add("Flatten")
    net.dense(signs(RNG, int(frame_shape(net)[1]), 3))
    same(net, tmp_path, pixels(2, 4, 7))


def test_pads_of_the_lower_level_in_front_of_a_pool(tmp_path: Path) -> None:
    net = image(2, 4, 5)
    conv(net, 4, 2, 2, 2)
    net.pad([0, 0, 1, 1, 0, 0, 0, 1], -1.0, name="Low")
    net.max_pool(2, 2, name="Pool")
    net.add("Flatten")
    net.dense(signs(RNG, int(frame_shape(net)[1]), 3))
    graph = same(net, tmp_path, pixels(2, 4, 5))
    assert sweep(graph, "pool0")[0].pads == (1, 1, 0, 1)
    assert graph.layers[3].origin.nodes == ("Low", "Pool")


def test_functions_of_the_pixel_behind_a_pool(tmp_path: Path) -> None:
    net = image(2, 6, 6)
    net.conv(signs(RNG, 4, 2, 3, 3))
    net.max_pool(2, 2, strides=[2, 2])
    net.add("Sub", RNG.integers(-3, 3, (4, 2, 2)) + 0.5)
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 16, 3))
    graph = same(net, tmp_path, pixels(2, 6, 6))
    assert layer(graph, "conv0").kinds is not None


def test_a_pool_in_front_of_the_first_product(tmp_path: Path) -> None:
    net = Net((1, 2, 6, 7))
    net.add("Mul", [[[-1.0]], [[1.0]]])
    net.max_pool(2, 2)
    net.add("Add", [[[100.5]], [[-150.5]]])
    net.bipolar()
    net.max_pool(3, 1, strides=[2, 1])
    conv(net, 4, 2, 2, 2, pads=[1, 1, 1, 1])
    net.add("Flatten")
    net.dense(signs(RNG, int(frame_shape(net)[1]), 3))
    graph = same(net, tmp_path, pixels(2, 6, 7))
    assert [layer.name for layer in graph.layers][:3] == ["quantize0", "input_pool", "input_pool_1"]


def test_a_falling_function_behind_a_pool_of_the_input(tmp_path: Path) -> None:
    net = Net((1, 2, 6, 7))
    net.max_pool(2, 2, strides=[2, 2])
    net.add("Mul", [[[-1.0]], [[1.0]]])
    net.add("Add", [[[200.5]], [[-150.5]]])
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 18, 3))
    same(net, tmp_path, pixels(2, 6, 7))


def test_a_pool_of_the_whole_image(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    conv(net, 4, 2, 5, 5)
    net.add("GlobalMaxPool")
    net.add("Flatten")
    net.dense(signs(RNG, 4, 3))
    graph = same(net, tmp_path, pixels(2, 5, 6))
    assert str(graph.layers[3].out_type) == "bipolar[1x1x4]"


@pytest.mark.parametrize("op", ["ReduceMax", "ReduceMean"])
@pytest.mark.parametrize("axes", [[2, 7], [-5, 3], [2, 3, 3], [2, -2]])
def test_axes_that_there_are_not_or_twice(tmp_path: Path, op: str, axes: list[int]) -> None:
    net = image(2, 5, 6)
    net.add(op, axes=axes, name="odd")
    net.add("Flatten")
    net.dense(signs(RNG, 2, 3))
    fault, *_ = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == f"{op} must have axes of [1, 2, 5, 6], each once, not {axes}"
    assert fault.origin.nodes == ("odd",)


def test_axes_that_are_computed(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.opset = 18
    net.add("ReduceMax", net.node("Cast", [net.last], to=TensorProto.INT64), name="odd")
    net.add("Flatten")
    net.dense(signs(RNG, 2, 3))
    rules = [fault.message for fault in refused(net.save(tmp_path))]
    assert "ReduceMax must reduce axes that are constants, not computed from the frame" in rules
