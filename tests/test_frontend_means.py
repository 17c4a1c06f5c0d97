# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Averages in front of a product, and where else they are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from tests.conv_net import RNG, conv, frame_shape, image, layer, ops, sweep
from tests.faulty import refused
from tests.predict import close, pixels, same
from tests.qonnx_net import Net, execute, signs

from xnorflow.frontend.load import load_model
from xnorflow.ir.ops.sweep import Sweep
from xnorflow.passes.pipeline import run_passes


def reduced_in_18(net: Net) -> None:
    net.opset = 18
    net.add("ReduceMean", net.constant([-1, -2], np.int64), keepdims=1)


HEADS: dict[str, Callable[[Net], object]] = {
    "global": lambda net: net.add("GlobalAveragePool"),
    "reduced": lambda net: net.add("ReduceMean", axes=[2, 3], keepdims=0),
    "reduced, in a later version": reduced_in_18,
    "windows": lambda net: net.add("AveragePool", kernel_shape=[2, 4], strides=[2, 4]),
    "whole": lambda net: net.add("AveragePool", kernel_shape=[4, 8]),
    "twice": lambda net: [
        net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2]),
        net.add("GlobalAveragePool"),
    ],
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("gamma", [1.0, -1.0])
def test_a_dense_layer_behind_an_average(tmp_path: Path, head: str, gamma: float) -> None:
    net = image(2, 5, 9)
    net.conv(signs(RNG, 6, 2, 2, 2))
    net.add("BatchNormalization", [gamma, 1, -1, 1, 2, 1], *RNG.normal(0, 1, (2, 6)), np.ones(6))
    net.bipolar()
    HEADS[head](net)
    net.add("Flatten")
    net.dense(signs(RNG, frame_shape(net)[1], 3))
    graph = same(net, tmp_path, pixels(2, 5, 9))
    assert layer(graph, "dense1").weights.shape == (3, 6 * 4 * 8)


def test_any_order_behind_an_average(tmp_path: Path) -> None:
    net = image(2, 5, 9)
    conv(net, 6, 2, 2, 2)
    net.add("AveragePool", kernel_shape=[2, 4], strides=[2, 4])
    net.add("Transpose", perm=[0, 2, 3, 1])
    net.reshape(1, -1)
    net.dense(signs(RNG, 6 * 2 * 2, 4))
    net.add("Sub", [0.25, -0.25, 1.25, 0.0625])
    net.bipolar()
    net.dense(signs(RNG, 4, 3))
    same(net, tmp_path, pixels(2, 5, 9))


@pytest.mark.parametrize("pads", [[0, 0, 0, 0], [1, 0, 1, 2]])
@pytest.mark.parametrize("strides", [[1, 1], [2, 1]])
def test_a_convolution_behind_an_average(
    tmp_path: Path, pads: list[int], strides: list[int]
) -> None:
    net = image(2, 9, 9)
    conv(net, 4, 2, 2, 2)
    net.add("AveragePool", kernel_shape=[2, 1], strides=[2, 1], name="Average")
    net.conv(signs(RNG, 3, 4, 2, 3), pads=pads, strides=strides, name="Reader")
    net.add("Sub", [[[0.25]], [[-1.25]], [[2.25]]])
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, frame_shape(net)[1], 3))
    graph = same(net, tmp_path, pixels(2, 9, 9))
    moves, _ = sweep(graph, "window1")
    assert (moves.kernel, moves.stride) == ((4, 3), (2 * strides[0], strides[1]))
    (conv1,) = [layer for layer in graph.layers if layer.name == "conv1"]
    assert conv1.origin.nodes[:3] == ("Average", "Reader_weights", "Reader")


def test_a_one_by_one_convolution_behind_a_global_average(tmp_path: Path) -> None:
    net = image(2, 5, 9)
    conv(net, 6, 2, 2, 2)
    net.add("GlobalAveragePool")
    net.conv(signs(RNG, 5, 6, 1, 1))
    net.add("Flatten")
    graph = same(net, tmp_path, pixels(2, 5, 9))
    assert ops(graph)[-1] == "conv1 int9[5]"
    assert "window1" not in {step.name for step in graph.layers}


@pytest.mark.parametrize("threshold", [0.0, 1 / 49, -1.01])
def test_averages_that_floats_round(tmp_path: Path, threshold: float) -> None:
    net = image(2, 8, 8)
    conv(net, 6, 2, 2, 2)
    net.add("GlobalAveragePool")
    net.add("Flatten")
    net.dense(signs(RNG, 6, 4), name="reader")
    net.add("Sub", threshold)
    net.bipolar()
    net.dense(signs(RNG, 4, 3))
    # Sums are even multiples of 1 / 49: of the thresholds only 0 is one.
    lies_between = threshold != 0
    path = net.save(tmp_path)
    graph = same(net, tmp_path, pixels(2, 8, 8)) if lies_between else load_model(path)
    notes = [note for note in graph.notes if note.code == "inexact-sums"]
    assert bool(notes) is not lies_between
    for note in notes:
        assert note.message.startswith(
            "dense1: 4 of 4 neurons decide at a sum that the model itself"
        )
        assert "the scale 0.0204082 of its products is no power of two" in note.message
        assert "reader" in note.origin.nodes


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.5])
def test_an_average_of_pads(tmp_path: Path, value: float) -> None:
    net = image(2, 6, 7)
    conv(net, 4, 2, 2, 2)
    net.pad([0, 0, 1, 0, 0, 0, 0, 2], value)
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    net.conv(signs(RNG, 3, 4, 2, 2), pads=[0, 0, 1, 0])
    same(net, tmp_path, pixels(2, 6, 7))


def test_an_average_of_the_input(tmp_path: Path) -> None:
    net = Net((1, 2, 8, 6))
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    conv(net, 4, 2, 2, 2)
    net.add("Flatten")
    net.dense(signs(RNG, 4 * 3 * 2, 3))
    graph = same(net, tmp_path, pixels(2, 8, 6))
    assert sweep(graph, "window0")[0] == Sweep((4, 4), (2, 2))


# refused


def close_to(net: Net, folder: Path) -> None:
    """Within the rounding of averages of 32 sums and more."""
    path = net.save(folder)
    x = pixels(*(int(side) for side in net.shape[1:]))
    graph = run_passes(load_model(path))
    wanted = [execute(onnx.load(path), one[np.newaxis].astype(np.float32)) for one in x]
    close(graph, x, np.concatenate(wanted))


def faults(net: Net, folder: Path, message: str) -> None:
    (fault,) = refused(net.save(folder))
    assert fault.code == "unsupported-op"
    assert fault.message == message


@pytest.mark.parametrize(
    "attributes",
    [
        {"kernel_shape": [2, 2]},
        {"kernel_shape": [3, 3], "strides": [2, 2]},
        {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [0, 0, 0, 1]},
        {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1},
    ],
)
def test_blocks_that_do_not_tile(tmp_path: Path, attributes: dict[str, object]) -> None:
    net = image(2, 6, 8)
    conv(net, 4, 2, 2, 2)
    net.add("AveragePool", **attributes)
    net.add("Flatten")
    net.dense(signs(RNG, frame_shape(net)[1], 3))
    kernel, strides = attributes["kernel_shape"], attributes.get("strides", [1, 1])
    faults(
        net,
        tmp_path,
        "AveragePool must cover its image with blocks side by side, not with a kernel of "
        f"{kernel} at strides of {strides} on 5x7 pixels",
    )


def test_averages_of_sums_in_front_of_functions(tmp_path: Path) -> None:
    net = image(2, 5, 9)
    net.conv(signs(RNG, 3, 2, 2, 2))
    net.add("GlobalAveragePool")
    net.add("Flatten")
    net.add("BatchNormalization", *np.ones((4, 3)))
    close_to(net, tmp_path)


def test_averages_of_sums_in_front_of_a_product(tmp_path: Path) -> None:
    net = image(2, 5, 9)
    net.conv(signs(RNG, 3, 2, 2, 2))
    net.add("GlobalAveragePool")
    net.add("Flatten")
    net.dense(signs(RNG, 3, 3))
    close_to(net, tmp_path)


def test_products_of_every_average(tmp_path: Path) -> None:
    net = image(2, 5, 9)
    conv(net, 6, 2, 2, 2)
    net.add("AveragePool", kernel_shape=[2, 4], strides=[2, 4])
    net.add("Transpose", perm=[0, 2, 3, 1])
    net.dense(signs(RNG, 6, 3))
    faults(net, tmp_path, "AveragePool must be in front of one product a frame, not of 4")


def test_averages_turned_on_their_side(tmp_path: Path) -> None:
    net = image(2, 5, 9)
    conv(net, 6, 2, 2, 2)
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    net.add("Transpose", perm=[0, 1, 3, 2])
    net.conv(signs(RNG, 3, 6, 2, 2))
    faults(
        net,
        tmp_path,
        "AveragePool must average neighbouring pixels of the Conv's image, not rearranged ones",
    )


def test_means_over_other_axes(tmp_path: Path) -> None:
    net = image(2, 5, 9)
    conv(net, 6, 2, 2, 2)
    net.add("ReduceMean", axes=[1])
    net.add("Flatten")
    net.dense(signs(RNG, 32, 3))
    faults(net, tmp_path, "ReduceMean must reduce all axes behind the channels, not [1]")
