# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Convolutional networks: what the IR makes of windows, pads and pools is what the executor does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.predict import pixels, same
from tests.qonnx_net import Array, Net, signs

from xnorflow.ir.graph import Graph
from xnorflow.ir.layer import ArgMax, Dense, MaxPool, Window
from xnorflow.ir.sweep import Sweep

RNG = np.random.default_rng(23)


def image(channels: int, height: int, width: int) -> Net:
    """A net whose pixels become -1 and 1."""
    net = Net((1, channels, height, width))
    net.add("Sub", 127.5)
    net.bipolar()
    return net


def conv(net: Net, out: int, channels: int, *kernel: int, **attributes: object) -> None:
    """A convolution with thresholds that bias it, and a sign."""
    net.conv(signs(RNG, out, channels, *kernel), **attributes)
    net.add("Sub", centred(out))
    net.bipolar()


def centred(channels: int) -> Array:
    """Half-odd numbers near 0, one a channel of an image."""
    return (RNG.integers(-3, 3, (channels, 1, 1)) + 0.5).astype(np.float32)


def ops(graph: Graph) -> list[str]:
    return [f"{layer.name} {layer.out_type}" for layer in graph.layers]


def layer(graph: Graph, name: str) -> Dense:
    op = next(layer.op for layer in graph.layers if layer.name == name)
    assert isinstance(op, Dense)
    return op


def sweep(graph: Graph, name: str) -> tuple[Sweep, int]:
    op = next(layer.op for layer in graph.layers if layer.name == name)
    assert isinstance(op, Window | MaxPool)
    return op.sweep, op.fill if isinstance(op, Window) else 0


# layers and their names


def test_a_whole_network(tmp_path: Path) -> None:
    net = image(3, 9, 8)
    conv(net, 5, 3, 3, 2, strides=[2, 1], name="First")
    net.max_pool(2, 2, strides=[2, 2], name="Pool it")
    conv(net, 7, 5, 2, 1, name="Second")
    net.add("Flatten")
    net.dense(signs(RNG, 7 * 3, 4))
    graph = same(net, tmp_path, pixels(3, 9, 8))
    assert ops(graph) == [
        "quantize0 binary[9x8x3]",
        "window0 binary[4x7x18]",
        "conv0 binary[4x7x5]",
        "pool0 binary[2x3x5]",
        "window1 binary[1x3x10]",
        "conv1 binary[1x3x7]",
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
    assert ops(graph)[1:] == ["conv0 binary[1x1x6]", "conv1 binary[5]", "dense2 int4[3]"]


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
    rows = int(same_shape(net)[1])
    net.dense(signs(RNG, rows, 3))
    same(net, tmp_path, pixels(2, 6, 7))


def same_shape(net: Net) -> tuple[int, ...]:
    """Shape of the last tensor so far."""
    from tests.qonnx_net import execute

    return execute(net.model(), np.zeros(net.shape, dtype=np.float32)).shape


# padding


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
    net.dense(signs(RNG, int(same_shape(net)[1]), 3))
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
    conv(net, 4, 2, 3, 3, pads=[1, 1, 1, 1])
    net.add("Flatten")
    net.dense(signs(RNG, 4 * 5 * 6, 3))
    graph = same(net, tmp_path, pixels(2, 5, 6))
    dense = layer(graph, "conv0")
    assert dense.kinds is not None
    assert dense.kinds.shape == (30,)
    assert dense.thresholds is not None
    assert dense.thresholds.shape == (9, 4)
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
    table = graph.layers[0].op.table
    assert table[0, 0] < table[0, -1]
    assert sweep(graph, "window0")[1] == 1


# pools


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
    net.dense(signs(RNG, int(same_shape(net)[1]), 3))
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
    net.dense(signs(RNG, int(same_shape(net)[1]), 3))
    graph = same(net, tmp_path, pixels(2, 9, 9))
    assert [layer.name for layer in graph.layers][3:6] == ["pool0", "pool0_1", "pool0_2"]


def test_pads_of_the_lower_level_in_front_of_a_pool(tmp_path: Path) -> None:
    net = image(2, 4, 5)
    conv(net, 4, 2, 2, 2)
    net.pad([0, 0, 1, 1, 0, 0, 0, 1], -1.0, name="Low")
    net.max_pool(2, 2, name="Pool")
    net.add("Flatten")
    net.dense(signs(RNG, int(same_shape(net)[1]), 3))
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
    net.dense(signs(RNG, int(same_shape(net)[1]), 3))
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
    conv(net, 4, 2, 3, 3)
    net.add("GlobalMaxPool")
    net.add("Flatten")
    net.dense(signs(RNG, 4, 3))
    graph = same(net, tmp_path, pixels(2, 5, 6))
    assert str(graph.layers[3].out_type) == "binary[1x1x4]"


# layouts


def test_per_element_functions_behind_the_flattening(tmp_path: Path) -> None:
    net = image(2, 4, 5)
    net.conv(signs(RNG, 3, 2, 2, 2))
    net.add("Flatten")
    count = 3 * 3 * 4
    gammas = signs(RNG, count)
    net.add("BatchNormalization", gammas, *RNG.normal(0, 1, (2, count)), np.ones(count))
    net.bipolar()
    net.dense(signs(RNG, count, 4))
    graph = same(net, tmp_path, pixels(2, 4, 5))
    kinds = layer(graph, "conv0").kinds
    assert kinds is not None
    assert kinds.max() > 3


@pytest.mark.parametrize("perm", [[0, 1, 2, 3], [0, 2, 3, 1], [0, 3, 1, 2], [0, 2, 1, 3]])
def test_any_order_of_flattening(tmp_path: Path, perm: list[int]) -> None:
    net = image(2, 4, 5)
    conv(net, 3, 2, 2, 2)
    net.add("Transpose", perm=perm)
    net.reshape(1, -1)
    net.dense(signs(RNG, 36, 4))
    same(net, tmp_path, pixels(2, 4, 5))


def test_shuffled_channels(tmp_path: Path) -> None:
    net = image(2, 4, 5)
    conv(net, 6, 2, 2, 2)
    net.reshape(1, 2, 3, 3, 4)
    net.add("Transpose", perm=[0, 2, 1, 3, 4])
    net.reshape(1, 6, 3, 4)
    net.max_pool(2, 2)
    conv(net, 4, 6, 2, 2, pads=[1, 1, 0, 0])
    net.add("Flatten")
    net.dense(signs(RNG, int(same_shape(net)[1]), 4))
    same(net, tmp_path, pixels(2, 4, 5))


def test_an_image_made_by_a_matrix_product(tmp_path: Path) -> None:
    net = Net((1, 7))
    net.add("Sub", 127.5)
    net.bipolar()
    net.dense(signs(RNG, 7, 24))
    net.add("BatchNormalization", signs(RNG, 24), *RNG.normal(0, 1, (2, 24)), np.ones(24))
    net.bipolar()
    net.reshape(1, 2, 3, 4)
    conv(net, 5, 2, 2, 2, pads=[0, 0, 1, 1])
    net.add("Flatten")
    net.dense(signs(RNG, 60, 3))
    graph = same(net, tmp_path, pixels(7))
    assert ops(graph)[1] == "dense0 binary[3x4x2]"


def test_an_image_made_by_a_matrix_product_and_pooled(tmp_path: Path) -> None:
    net = image(2, 4, 3)
    conv(net, 24, 2, 4, 3)
    net.reshape(1, 2, 3, 4)
    net.max_pool(2, 2)
    net.reshape(1, 12)
    net.dense(signs(RNG, 12, 3))
    graph = same(net, tmp_path, pixels(2, 4, 3))
    assert ops(graph)[1:3] == ["conv0 binary[3x4x2]", "pool0 binary[2x3x2]"]


def test_an_input_of_any_layout(tmp_path: Path) -> None:
    net = Net((1, 4, 5, 2))
    net.add("Transpose", perm=[0, 3, 1, 2])
    net.add("Sub", 127.5)
    net.bipolar()
    conv(net, 3, 2, 2, 2)
    net.add("Flatten")
    net.dense(signs(RNG, 36, 3))
    graph = same(net, tmp_path, pixels(4, 5, 2))
    assert graph.host_input.order is None
    assert str(graph.tensors["input"]) == "uint8[4x5x2]"


def test_an_input_row_read_as_an_image(tmp_path: Path) -> None:
    net = Net((1, 40), dtype="BIPOLAR")
    net.reshape(1, 2, 4, 5)
    conv(net, 3, 2, 2, 2)
    net.add("Flatten")
    net.dense(signs(RNG, 36, 3))
    graph = same(net, tmp_path, signs(RNG, 12, 40).astype(np.int8))
    assert graph.host_input.order is not None


def test_products_of_every_pixel(tmp_path: Path) -> None:
    net = image(3, 4, 5)
    net.add("Transpose", perm=[0, 2, 3, 1])
    net.dense(signs(RNG, 3, 6))
    net.add("Sub", RNG.integers(-2, 2, 6) + 0.5)
    net.bipolar()
    net.add("Transpose", perm=[0, 3, 1, 2])
    conv(net, 4, 6, 2, 2)
    net.add("Transpose", perm=[0, 3, 2, 1])
    net.dense(signs(RNG, 4, 5))
    graph = same(net, tmp_path, pixels(3, 4, 5))
    names = ["quantize0", "dense0", "window1", "conv1", "dense2"]
    assert [layer.name for layer in graph.layers] == names
    assert graph.host_output.order is not None


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


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("gammas", [[1.0, 1.0, 1.0], [1.0, -1.0, 0.5]])
def test_bits_of_every_pixel_leave(tmp_path: Path, pooled: bool, gammas: list[float]) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2), pads=[0, 1, 1, 0])
    if pooled:
        net.max_pool(2, 2)
    net.add("Mul", np.reshape(gammas, (3, 1, 1)))
    net.add("Add", 0.25)
    net.bipolar()
    if pooled:
        net.max_pool(1, 2)
    graph = same(net, tmp_path, pixels(2, 5, 6))
    assert graph.tensors[graph.output].value.is_binary if pooled else True


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
    conv(net, 3, 2, 2, 2)
    net.add("GlobalMaxPool")
    net.add("ArgMax", axis=1)
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(2, 4, 5))
    assert graph.host_output.top == 1
