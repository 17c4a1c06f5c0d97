# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks that branch, and activations of several bits, against the executor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.blocks import (
    CHANNELS,
    IMAGES,
    SIDE,
    bits_as_shortcut,
    branch,
    end,
    growth,
    identity,
    nested,
    norm,
    quant,
    reactnet,
    sign,
    stem,
    strided,
    two_convolutions,
)
from tests.faulty import refused
from tests.layer_ops import op_of
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs
from tests.rng import generator

from xnorflow.frontend.lower.encoding import encode
from xnorflow.ir.ops.add import Add
from xnorflow.ir.ops.concat import Concat
from xnorflow.ir.ops.sum_pool import SumPool

RNG = generator(12)


BLOCKS: dict[str, tuple[Callable[[Net], None], int]] = {
    "identity": (identity, CHANNELS),
    "strided": (strided, 2 * CHANNELS),
    "two convolutions": (two_convolutions, CHANNELS),
    "bits": (bits_as_shortcut, CHANNELS),
    "growth": (growth, CHANNELS + 2),
    "reactnet": (reactnet, CHANNELS),
    "nested": (nested, CHANNELS),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(tmp_path: Path, name: str) -> None:
    block, channels = BLOCKS[name]
    net = stem()
    block(net)
    same(end(net, channels), tmp_path, IMAGES)


def test_a_sum_saturates_where_a_clamp_follows(tmp_path: Path) -> None:
    net = stem()
    identity(net)
    graph = same(end(net), tmp_path, IMAGES)
    (add,) = (layer for layer in graph.layers if isinstance(layer.op, Add))
    assert op_of(add, Add).saturates
    assert str(add.out_type) == f"int8[{SIDE}x{SIDE}x{CHANNELS}]"
    assert add.origin.nodes[-1].startswith("Quant")
    net = stem()
    skip = net.last
    branch(net)
    net.add("Add", skip)
    quant(net, 1 / 8)  # not only a clamp
    graph = same(end(net), tmp_path, IMAGES)
    (add,) = (layer for layer in graph.layers if isinstance(layer.op, Add))
    assert not op_of(add, Add).saturates


def test_a_network_may_end_in_a_sum(tmp_path: Path) -> None:
    net = stem()
    identity(net)
    skip = net.last
    branch(net)
    net.add("Add", skip)
    net.add("Mul", 0.3)
    same(net, tmp_path, IMAGES)


def test_a_shortcut_of_vectors(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Sub", 127.5)
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    skip = net.bipolar(name="fork")
    net.dense(signs(RNG, 4, 4))
    net.add("Add", skip)
    net.dense(signs(RNG, 4, 3))
    same(net, tmp_path, pixels(6))


def side_by_side(first: tuple[float, int], second: tuple[float, int]) -> Net:
    """What an image gives in steps and bits of two kinds; one bit is a sign of such levels."""
    net = stem()
    entry, parts = net.last, []
    for step, bits in (first, second):
        net.last = entry
        if bits == 1:
            sign(net)
            net.add("Mul", step)
        else:
            quant(net, step, bits)
        parts.append(net.last)
    net.last = net.node("Concat", parts, axis=1)
    return net


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ((1 / 16, 8), (1 / 16, 8), "int8"),
        ((1 / 16, 8), (1 / 4, 4), "int8"),
        ((1 / 4, 4), (1 / 16, 8), "int8"),
        ((1 / 4, 4), (3 / 8, 4), "int6"),
        ((1, 1), (1 / 4, 4), "int4"),
        ((1, 1), (1, 1), "bipolar"),
        ((1, 1), (2, 1), "int3"),
        ((0.1, 4), (0.2, 4), "int5"),
    ],
)
def test_channels_of_different_steps(
    tmp_path: Path, first: tuple[float, int], second: tuple[float, int], kind: str
) -> None:
    net = side_by_side(first, second)
    sign(net, 2 * CHANNELS)
    net.add("Flatten")
    net.dense(signs(RNG, 2 * CHANNELS * SIDE * SIDE, 3))
    graph = same(net, tmp_path, IMAGES)
    (concat,) = (layer for layer in graph.layers if isinstance(layer.op, Concat))
    assert str(concat.out_type.value) == kind


@pytest.mark.parametrize("steps", [(1.0, 1 / 4096), (0.1, 0.3)])
def test_channels_without_a_common_step(tmp_path: Path, steps: tuple[float, float]) -> None:
    net = side_by_side((steps[0], 8), (steps[1], 8))
    (fault, *_) = refused(end(net, 2 * CHANNELS).save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message.startswith("Concat must join values in equal steps of at most 16 bits")
    assert f"steps of {np.float32(steps[0]):.9g} and" in fault.message


def test_zeros_around_bits_that_never_change(tmp_path: Path) -> None:
    """The bits store the one level that they have; beyond the edge there is nothing."""
    net = Net((1, 3, SIDE, SIDE))
    net.add("Sub", 127.5)
    net.bipolar()
    net.conv(signs(RNG, CHANNELS, 3, 1, 1))
    net.add("Clip", -1.0, -0.5)
    net.bipolar()
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    net.add("Flatten")
    net.dense(signs(RNG, CHANNELS * SIDE * SIDE, 3))
    same(net, tmp_path, IMAGES, constant=True)


@pytest.mark.parametrize("levels", ["Relu", "Sign", "Abs", ""])
def test_integers_between_products(tmp_path: Path, levels: str) -> None:
    net = Net((1, 6))
    net.add("Sub", 127.5)
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    if levels:
        net.add(levels)
    net.dense(signs(RNG, 4, 3))
    same(net, tmp_path, pixels(6))


def test_an_activation_may_switch_twice(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Sub", 127.5)
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    net.add("Abs")
    net.add("Sub", 3.0)
    net.bipolar()
    net.dense(signs(RNG, 4, 3))
    same(net, tmp_path, pixels(6))


def test_a_shortcut_of_reals(tmp_path: Path) -> None:
    net = stem()
    skip = net.last
    sign(net)
    net.conv(signs(RNG, CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    norm(net)
    net.add("Add", skip)
    quant(net, 1 / 16)
    (fault, *_) = refused(end(net).save(tmp_path))
    assert fault.code == "unsupported-activations"
    assert "equally spaced integers of at most 16 bits" in fault.message


@pytest.mark.parametrize("op", ["Mul", "Div", "Max", "MatMul"])
def test_what_cannot_join(tmp_path: Path, op: str) -> None:
    net = stem()
    skip = net.last
    branch(net)
    net.add(op, skip, name="join")
    (fault, *_) = refused(end(net).save(tmp_path))
    assert fault.code == "unsupported-topology"
    assert fault.origin.nodes == ("join",)


def test_a_constant_is_not_concatenated(tmp_path: Path) -> None:
    net = stem()
    net.add("Concat", np.zeros((1, 2, SIDE, SIDE)), axis=1, name="join")
    (fault, *_) = refused(end(net, CHANNELS + 2).save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-topology", ("join",))
    assert fault.message == "Concat must join computed tensors alone, not constants"


def test_a_choice_joined_with_scores_is_refused(tmp_path: Path) -> None:
    net = end(stem())
    scores = net.last
    net.add("ArgMax", axis=1, name="choice")
    net.add("Cast", to=1)
    net.add("Add", scores)
    (fault, *_) = refused(net.save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-topology", ("choice",))
    assert fault.message == "ArgMax must be the end of the network, not in front of Add"


def test_probabilities_read_by_two_are_refused(tmp_path: Path) -> None:
    net = end(stem())
    net.add("Softmax", axis=1, name="softmax")
    soft = net.last
    one = net.add("Mul", 2.0)
    net.last = net.node("Add", [soft, one])
    fault = next(one for one in refused(net.save(tmp_path)) if one.origin.nodes == ("softmax",))
    assert fault.code == "unsupported-op"
    assert fault.message.endswith("not in front of Mul and Add")


def turned(axis: int) -> Net:
    """An image with its axes turned, beside another that is turned alike."""
    net = stem()
    bits = sign(net)
    other = net.conv(signs(RNG, 2 if axis == 3 else CHANNELS, CHANNELS, 3, 3), pads=[1, 1, 1, 1])
    norm(net, 2 if axis == 3 else CHANNELS)
    net.bipolar()
    one, other = (net.node("Transpose", [x], perm=[0, 2, 3, 1]) for x in (bits, net.last))
    net.last = net.node("Concat", [one, other], axis=axis, name="join")
    return net


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_turned_images_are_concatenated_along_any_axis(tmp_path: Path, axis: int) -> None:
    net = turned(axis)
    net.add("Flatten")
    net.dense(signs(RNG, (6 if axis == 3 else 2 * CHANNELS) * SIDE * SIDE, 3))
    graph = same(net, tmp_path, IMAGES)
    (made,) = (layer.out_type for layer in graph.layers if isinstance(layer.op, Concat))
    assert made.shape == (SIDE, SIDE, 6 if axis == 3 else 2 * CHANNELS)


def test_a_turned_image_is_not_averaged(tmp_path: Path) -> None:
    net = turned(1)
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2], name="mean")
    quant(net, 1 / 4)
    net.add("Flatten")
    net.dense(signs(RNG, SIDE * SIDE * CHANNELS // 2, 3))
    (fault, *_) = refused(net.save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-op", ("mean",))
    assert fault.message == "AveragePool must average an image as it was made"


def test_images_of_several_sizes_are_not_concatenated(tmp_path: Path) -> None:
    net = stem()
    one = net.last
    net.add("AveragePool", kernel_shape=[2, 1], strides=[2, 1])
    quant(net, 1 / 16)
    net.last = net.node("Concat", [one, net.last], axis=2, name="join")
    (fault, *_) = refused(end(net).save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-op", ("join",))
    assert fault.message == "Concat must join images of one size, not of 8 x 8 and 4 x 8 pixels"


@pytest.mark.parametrize("step", [1 / 16, 0.07])
def test_averages_of_one_element_are_that_element(tmp_path: Path, step: float) -> None:
    net = stem()
    quant(net, step)
    net.add("AveragePool", kernel_shape=[SIDE, SIDE], strides=[SIDE, SIDE])
    quant(net, 1 / 16)
    skip = net.last
    net.add("GlobalAveragePool")
    net.add("Add", skip)
    net.add("GlobalAveragePool")
    graph = same(end(net), tmp_path, IMAGES)
    assert sum(isinstance(layer.op, SumPool) for layer in graph.layers) == 1


@pytest.mark.parametrize("offset", [0.0, 0.25])
def test_few_of_many_multiples_occur(offset: float) -> None:
    """A step that the model states is one however few of its multiples there are."""
    levels = np.array([[-3.0, 3 / 4096, 6.0]]) + offset
    assert encode(levels, ("n",), 16) is None
    found = encode(levels, ("n",), 16, (0.1, 1 / 4096))
    assert found is not None
    codes, coding = found
    assert coding.step == 3 / 4096
    np.testing.assert_array_equal(coding.levels(codes.astype(np.int64)), levels)
    assert encode(levels, ("n",), 8, (1 / 4096,)) is None
