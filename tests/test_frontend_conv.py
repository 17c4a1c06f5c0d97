# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Convolutions: the layers they become, and sums and bits of pixels that leave a network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.conv_net import RNG, conv, frame_shape, image, layer, ops, sweep
from tests.faulty import refused
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs

from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.sweep import Sweep


def test_a_whole_network(tmp_path: Path) -> None:
    net = image(3, 9, 8)
    conv(net, 5, 3, 3, 2, strides=[2, 1], name="First")
    net.max_pool(2, 2, strides=[2, 2], name="Pool it")
    conv(net, 7, 5, 2, 1, name="Second")
    net.add("Flatten")
    net.dense(signs(RNG, 7 * 3, 4))
    graph = same(net, tmp_path, pixels(3, 9, 8))
    assert ops(graph) == [
        "quantize0 bipolar[9x8x3]",
        "window0 bipolar[4x7x18]",
        "conv0 bipolar[4x7x5]",
        "pool0 bipolar[2x3x5]",
        "window1 bipolar[1x3x10]",
        "conv1 bipolar[1x3x7]",
        "dense2 int6[4]",
    ]
    assert graph.host_input.order is not None
    origins = {layer.name: layer.origin.nodes for layer in graph.layers}
    assert origins["window0"] == ("First_weights", "First")
    assert origins["conv0"][:2] == ("First_weights", "First")
    assert origins["pool0"] == ("Pool it",)


def test_rows_of_the_kernel_come_first_and_channels_fastest(tmp_path: Path) -> None:
    net = image(2, 4, 5)
    weights = signs(RNG, 3, 2, 2, 3)
    net.conv(weights)
    graph = same(net, tmp_path, pixels(2, 4, 5))
    rows = weights.transpose(0, 2, 3, 1).reshape(3, -1)
    np.testing.assert_array_equal(layer(graph, "conv0").weights, rows > 0)


def test_plain_pixels_need_no_window(tmp_path: Path) -> None:
    net = image(5, 4, 3)
    conv(net, 6, 5, 1, 1)
    conv(net, 4, 6, 1, 1, strides=[2, 1])
    net.add("Flatten")
    net.dense(signs(RNG, 4 * 2 * 3, 3))
    graph = same(net, tmp_path, pixels(5, 4, 3))
    names = ["quantize0", "conv0", "window1", "conv1", "dense2"]
    assert [layer.name for layer in graph.layers] == names


def test_a_kernel_as_large_as_the_image_needs_no_window(tmp_path: Path) -> None:
    net = image(2, 4, 3)
    conv(net, 6, 2, 4, 3)
    conv(net, 5, 6, 1, 1)
    net.reshape(1, 5)
    net.dense(signs(RNG, 5, 3))
    graph = same(net, tmp_path, pixels(2, 4, 3))
    assert ops(graph)[1:] == ["conv0 bipolar[1x1x6]", "conv1 bipolar[5]", "dense2 int4[3]"]


def test_bias_and_scales(tmp_path: Path) -> None:
    net = image(2, 5, 5)
    scale = 2.0 ** RNG.integers(-2, 3, (4, 1, 1, 1)) * signs(RNG, 4, 1, 1, 1)
    net.add("Conv", signs(RNG, 4, 2, 3, 3) * scale, RNG.normal(0, 1, 4))
    net.add("BatchNormalization", [1, -0.5, 2, 0.1], [0.1, 0, -1, 2], [1, 0, 0.5, 2], [1, 2, 1, 1])
    net.bipolar()
    conv(net, 3, 4, 2, 2)
    net.add("Flatten")
    net.dense(signs(RNG, 3 * 4, 4))
    same(net, tmp_path, pixels(2, 5, 5))


@pytest.mark.parametrize("channels", [1, 3])
def test_one_dimension(tmp_path: Path, channels: int) -> None:
    net = Net((1, channels, 11))
    net.add("Sub", 127.5)
    net.bipolar()
    net.conv(signs(RNG, 4, channels, 3), strides=[2], pads=[1, 2])
    net.add("Sub", [[0.5], [-1.5], [0.5], [0.5]])
    net.max_pool(2, pads=[1, 0])
    net.bipolar()
    net.conv(signs(RNG, 5, 4, 2))
    net.add("Mul", -1.0)
    net.bipolar()
    net.add("Flatten")
    width = 5 * 5
    net.dense(signs(RNG, width, 3))
    graph = same(net, tmp_path, pixels(channels, 11))
    assert sweep(graph, "pool0")[0] == Sweep((1, 2), (1, 1), (0, 1, 0, 0))


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER", "VALID"])
@pytest.mark.parametrize("stride", [1, 2])
def test_auto_pad(tmp_path: Path, auto_pad: str, stride: int) -> None:
    net = image(2, 6, 7)
    conv(net, 4, 2, 4, 3, strides=[stride, stride], auto_pad=auto_pad)
    net.max_pool(2, 2, strides=[stride, stride], auto_pad=auto_pad)
    net.add("Transpose", perm=[0, 2, 3, 1])
    net.add("Flatten")
    rows = int(frame_shape(net)[1])
    net.dense(signs(RNG, rows, 3))
    same(net, tmp_path, pixels(2, 6, 7))


# outputs


@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 1, 0, 2]])
@pytest.mark.parametrize("integers", [False, True])
def test_sums_of_every_pixel_leave(tmp_path: Path, pads: list[int], integers: bool) -> None:
    net = Net((1, 2, 4, 5), dtype="INT3") if integers else image(2, 4, 5)
    net.conv(signs(RNG, 3, 2, 3, 3), RNG.normal(0, 1, 3), pads=pads)
    net.add("Mul", [[[0.5]], [[-1.5]], [[1.0]]])
    x = RNG.integers(-4, 4, (12, 2, 4, 5)) if integers else pixels(2, 4, 5)
    graph = same(net, tmp_path, x)
    assert graph.host_output.order is not None
    assert layer(graph, "conv0").thresholds is None


def test_one_channel_and_one_pixel_need_no_order(tmp_path: Path) -> None:
    net = image(2, 4, 5)
    net.conv(signs(RNG, 1, 2, 3, 3))
    assert same(net, tmp_path, pixels(2, 4, 5)).host_output.order is None
    net = image(2, 4, 5)
    net.conv(signs(RNG, 3, 2, 4, 5))
    assert same(net, tmp_path, pixels(2, 4, 5)).host_output.order is None


@pytest.mark.parametrize("pools", ["none", "first", "first and last"])
@pytest.mark.parametrize("gammas", [[1.0, 1.0, 1.0], [1.0, -1.0, 0.5]])
def test_bits_of_every_pixel_leave(tmp_path: Path, pools: str, gammas: list[float]) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2), pads=[0, 1, 1, 0])
    if "first" in pools:
        net.max_pool(2, 2)
    net.add("Mul", np.reshape(gammas, (3, 1, 1)))
    net.add("Add", 0.25)
    net.bipolar()
    if "last" in pools:
        net.max_pool(1, 2)
    if "last" in pools and min(gammas) < 0:
        (fault,) = refused(net.save(tmp_path))
        assert "must either all be followed by functions that rise or all" in fault.message
        return
    graph = same(net, tmp_path, pixels(2, 5, 6))
    assert graph.tensors[graph.output].value.is_bipolar


@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 1, 1, 1]])
def test_the_best_class_of_one_pixel(tmp_path: Path, pads: list[int]) -> None:
    net = image(2, 4 - 2 * pads[0], 5 - 2 * pads[1])
    net.conv(signs(RNG, 6, 2, 4, 5), pads=pads)
    net.add("Add", RNG.integers(-3, 3, (6, 1, 1)))
    net.add("ArgMax", axis=1)
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(2, 4 - 2 * pads[0], 5 - 2 * pads[1]))
    assert isinstance(graph.layers[-1].op, ArgMax) == (pads[0] == 0)


def test_the_best_of_all_pixels_and_of_pooled_bits(tmp_path: Path) -> None:
    net = image(2, 4, 5)
    net.conv(signs(RNG, 3, 2, 2, 2))
    net.add("Flatten")
    net.add("ArgMax", axis=1)
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(2, 4, 5))
    assert graph.host_output.top == 1
    net = image(2, 4, 5)
    conv(net, 3, 2, 4, 4)
    net.add("GlobalMaxPool")
    net.add("ArgMax", axis=1)
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(2, 4, 5))
    assert graph.host_output.top == 1
