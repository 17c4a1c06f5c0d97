# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Elements in any order: flattening, shuffling, images made by matrix products."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.conv_net import RNG, conv, frame_shape, image, layer, ops
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs


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
    net.dense(signs(RNG, int(frame_shape(net)[1]), 4))
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
    assert ops(graph)[1] == "dense0 bipolar[3x4x2]"


def test_an_image_made_by_a_matrix_product_and_pooled(tmp_path: Path) -> None:
    net = image(2, 4, 3)
    conv(net, 24, 2, 4, 3)
    net.reshape(1, 2, 3, 4)
    net.max_pool(2, 2)
    net.reshape(1, 12)
    net.dense(signs(RNG, 12, 3))
    graph = same(net, tmp_path, pixels(2, 4, 3))
    assert ops(graph)[1:3] == ["conv0 bipolar[3x4x2]", "pool0 bipolar[2x3x2]"]


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
