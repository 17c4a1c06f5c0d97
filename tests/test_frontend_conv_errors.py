# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the front-end refuses about convolutions, pools and pads, and in which words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.conv_net import RNG, conv, frame_shape, image
from tests.faulty import refused
from tests.qonnx_net import Net, signs

from xnorflow.frontend.load import load_model
from xnorflow.frontend.lower import tail
from xnorflow.frontend.trace import images

Step = Callable[[Net], object]


def between(*steps: Step) -> Net:
    """``steps`` between a convolution of 2x5x6 pixels to 4x4x5 bits and a dense layer."""
    net = image(2, 5, 6)
    conv(net, 4, 2, 2, 2, name="First")
    for step in steps:
        step(net)
    net.add("Flatten")
    net.dense(signs(RNG, frame_shape(net)[1], 3))
    return net


HINTS = {
    "one group": "train with groups=1",
    "dilations": "train with dilation=1",
    "pads smaller": "pad by less than the kernel",
    "must reduce": "use all axes behind the channels",
    "by a constant": "pad by a constant",
    "two pads": "torch.nn.ConstantPad2d",
}
"""A remedy for each rule."""


def moved(out: int, channels: int, **attributes: object) -> Step:
    """A 2x2 convolution, and a sign."""
    return lambda net: conv(net, out, channels, 2, 2, name="Moved", **attributes)


def pool(**attributes: object) -> Step:
    return lambda net: net.max_pool(2, 2, name="Pool", **attributes)


# how kernels move


@pytest.mark.parametrize(
    ("step", "rule"),
    [
        (
            lambda net: net.conv(signs(RNG, 4, 1, 2, 2), group=4),
            "Conv must have one group, not 4",
        ),
        (moved(3, 4, dilations=[2, 1]), "Conv must have dilations of 1, not [2, 1]"),
        (pool(dilations=[1, 2]), "MaxPool must have dilations of 1, not [1, 2]"),
        (
            moved(3, 4, pads=[2, 0, 0, 0]),
            "Conv must have pads smaller than its kernel [2, 2], not [2, 0, 0, 0]",
        ),
        (
            lambda net: net.add("ReduceMax", axes=[2], name="Rows"),
            "ReduceMax must reduce all axes behind the channels, not [2]",
        ),
        (
            lambda net: net.add("Pad", mode="reflect", pads=[0, 0, 1, 1, 0, 0, 1, 1]),
            "Pad must pad by a constant, not in mode reflect",
        ),
        (
            lambda net: net.pad([0, 0, 0, -1, 0, 0, 0, 0]),
            "Pad must have two pads an axis, none negative, and a finite value, "
            "not [0, 0, 0, -1, 0, 0, 0, 0] and 0",
        ),
        (
            lambda net: net.pad([0, 0, 0, 1, 0, 0, 0, 0], float("inf")),
            "Pad must have two pads an axis, none negative, and a finite value, "
            "not [0, 0, 0, 1, 0, 0, 0, 0] and inf",
        ),
    ],
)
def test_kernels_and_pads(tmp_path: Path, step: Step, rule: str) -> None:
    net = image(2, 5, 6)
    net.opset = 10 if "mode" in rule else 13
    conv(net, 4, 2, 2, 2)
    step(net)
    net.bipolar()
    net.reshape(1, -1)
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == rule
    assert next(hint for words, hint in HINTS.items() if words in rule) in fault.hint


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ({"kernel_shape": [3, 3]}, "must have a kernel_shape like its weights, [2, 2], not [3, 3]"),
        ({"auto_pad": "WEIRD"}, "must have an auto_pad that ONNX knows, not WEIRD"),
        ({"pads": [-1, 0, 0, 0]}, "must have pads of 4 numbers, none negative, not [-1, 0, 0, 0]"),
    ],
)
def test_attributes(tmp_path: Path, attributes: dict[str, object], rule: str) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2), **attributes)
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == f"Conv {rule}"


def test_three_dimensions(tmp_path: Path) -> None:
    net = Net((1, 2, 4, 4, 4))
    net.conv(signs(RNG, 3, 2, 2, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "Conv must act on one image [1, channels, height, width], not on [1, 2, 4, 4, 4]"
    )


def test_a_kernel_of_one_axis_on_an_image(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.reshape(1, 2, 30)
    net.conv(signs(RNG, 3, 2, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == "Conv must have kernel_shape of 1 positive numbers, not [2, 2]"


# weights


def test_weights_for_other_channels(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 5, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == (
        "Conv must have weights [out, 2, ...] of 4 axes, not of shape [3, 5, 2, 2]"
    )


def test_bias_for_other_channels(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2), np.zeros(2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == "Conv must have one bias a channel (3), not 2"


def test_half_precision(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.add("Cast", to=TensorProto.FLOAT16)
    net.add("Conv", net.constant(signs(RNG, 3, 2, 2, 2), np.float16))
    net.output_type = TensorProto.FLOAT16
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-weights"
    assert fault.message == "Conv must have float32 weights, not float16"


def test_weights_of_another_type_than_the_input(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.add("Conv", net.constant(signs(RNG, 3, 2, 2, 2), np.float64))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "not-executable"
    assert fault.message == "Conv must have weights of its input's type float32, not float64"
    assert fault.hint == "export the network in float32"


def test_operands_out_of_order(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.last = net.node("PRelu", [net.constant(np.ones((1, 2, 5, 6))), net.last])
    net.conv(signs(RNG, 3, 2, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == "PRelu must have the frame as its first operand, not a constant"


def test_indices_of_a_pool(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    conv(net, 3, 2, 2, 2)
    values = net.add("MaxPool", kernel_shape=[2, 2], outputs=2)
    net.outputs = [values, values[:-1] + "1"]
    net.output_type = TensorProto.INT64
    both, fault = refused(net.save(tmp_path))
    assert both.code == "several-outputs"
    assert fault.message == "MaxPool must have one output in use, not several"
    net.outputs = [values]
    net.output_type = TensorProto.FLOAT
    load_model(net.save(tmp_path))


def test_channels_without_a_batch_axis(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.reshape(2, 5, 6)
    net.add("BatchNormalization", *np.ones((4, 5)))
    net.reshape(1, 2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "BatchNormalization must act on a tensor with a batch axis, not on [2, 5, 6]"
    )


# elements that are not where hardware has them


AROUND = [0, 0, 1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize("perm", [[0, 1, 2, 3], [0, 2, 3, 1]])
def test_products_of_what_a_pad_puts_in(tmp_path: Path, perm: list[int]) -> None:
    net = image(4, 4, 5)
    net.pad(AROUND, name="Around")
    net.add("Transpose", perm=perm)
    if perm[1] == 1:
        net.add("Flatten")
    net.dense(signs(RNG, frame_shape(net)[-1], 3), name="Reader")
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == (
        "MatMul must multiply computed elements, not constants that a Pad puts in"
    )
    assert fault.origin.nodes == ("Around", "Reader_weights", "Reader")


def test_products_of_several_pixels(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    conv(net, 4, 2, 2, 2)
    net.dense(signs(RNG, 5, 3))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "MatMul must multiply pixels as they are, not vectors of elements of several"
    )


def test_images_on_their_side(tmp_path: Path) -> None:
    def turn(net: Net) -> object:
        return net.add("Transpose", perm=[0, 1, 3, 2])

    rule = "must act on the image as it was made, not on rearranged pixels"
    (fault,) = refused(between(turn, moved(3, 4)).save(tmp_path))
    assert fault.message == f"Conv {rule}"
    (fault,) = refused(between(turn, pool()).save(tmp_path))
    assert fault.message == f"MaxPool {rule}"
    assert fault.origin.nodes == ("Pool",)


def test_output_of_what_a_pad_puts_in(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2))
    net.pad(AROUND)
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "the output must hold computed elements, not constants that a Pad puts in"
    )


def test_outputs_of_too_many_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "_MAX_TABLE", 100)
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2), RNG.normal(0, 1, 3))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "what the output's elements mean must fit a table of 100 entries, "
        "not 60 elements of 9 values"
    )


@pytest.mark.parametrize("op", ["MaxPool", "Pad"])
def test_indices_are_not_pooled(tmp_path: Path, op: str) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 6, 2, 5, 6))
    net.add("ArgMax", axis=1)
    net.add("Cast", to=TensorProto.FLOAT)
    (net.max_pool(1, 1) if op == "MaxPool" else net.pad(AROUND))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == "indices must leave as they are, not enter a MaxPool or Pad"


# pools and the functions around them


def pixelwise(net: Net) -> None:
    """Functions that rise at some pixels and fall at others."""
    net.conv(signs(RNG, 4, 2, 2, 2), name="First")
    net.add("Mul", signs(RNG, 4, 4, 5))
    net.add("Add", 0.5)
    net.bipolar()


def test_directions_that_differ_from_pixel_to_pixel(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    pixelwise(net)
    net.conv(signs(RNG, 3, 4, 2, 2), name="Reader")
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "Conv must read activations that rise or fall alike at all pixels, "
        "not as those of channel 0"
    )
    assert fault.origin.nodes == ("Reader_weights", "Reader")
    net = image(2, 5, 6)
    pixelwise(net)
    net.max_pool(2, 2)
    net.conv(signs(RNG, 3, 4, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "in front of a MaxPool a channel must rise at all pixels or fall at all, not as channel 0"
    )


def test_functions_of_the_pixel_behind_overlapping_windows(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 4, 2, 2, 2))
    net.max_pool(2, 2, name="Pool")
    net.add("Sub", RNG.normal(0, 3, (4, 3, 4)))
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 48, 3))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "MaxPool must have windows that do not overlap, or functions behind it that are the "
        "same for all pixels of a channel"
    )


@pytest.mark.parametrize(
    ("value", "code", "rule"),
    [
        (1.0, "unsupported-op", "must put in values that never decide, not values that exceed"),
        (0.0, "unsupported-activations", "must end in one of the two levels of the activations"),
    ],
)
def test_pads_in_front_of_a_pool(tmp_path: Path, value: float, code: str, rule: str) -> None:
    net = between(lambda net: net.pad(AROUND, value), pool())
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == code
    assert rule in fault.message


def test_functions_behind_a_pool_that_turn_round(tmp_path: Path) -> None:
    net = Net((1, 2, 5, 6))
    net.max_pool(2, 2)
    net.add("Sub", 100.0)
    net.add("Abs")
    net.add("Sub", 50.5)
    net.bipolar()
    net.conv(signs(RNG, 3, 2, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "non-monotone"
    assert fault.message == (
        "what follows a MaxPool must rise or fall with the pooled value, not both"
    )


def test_positions_as_the_reference_counts_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_positions", lambda *sides: 9)
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2))
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == "Conv must give [9, 9] positions, not [4, 5]"
