# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Operators that xnorflow does not implement or not so used, and what their hints lead to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.conv_net import RNG, conv, frame_shape, image
from tests.faulty import refused, small, two_layers
from tests.hints.follows import follows
from tests.qonnx_net import Net, signs

from xnorflow.frontend.load import load_model

Step = Callable[[Net], object]


def between(*steps: Step) -> Net:
    """``steps`` between a convolution of 2x5x6 pixels to 4x4x5 bits and a dense layer."""
    net = image(2, 5, 6)
    conv(net, 4, 2, 2, 2)
    for step in steps:
        step(net)
    net.add("Flatten")
    net.dense(signs(RNG, frame_shape(net)[1], 3))
    return net


def told(net: Net, folder: Path) -> str:
    """The hint of the only fault, an operator."""
    (fault,) = refused(net.save(folder))
    assert fault.code == "unsupported-op"
    return fault.hint


def moved(channels: int, **attributes: object) -> Step:
    return lambda net: conv(net, 4, channels, 2, 2, **attributes)


def pooled(**attributes: object) -> Step:
    return lambda net: net.max_pool(2, 2, **attributes)


def add(op: str, **attributes: object) -> Step:
    return lambda net: net.add(op, **attributes)


def padded(*pads: int, value: float = -1.0) -> Step:
    return lambda net: net.pad(pads, value)


def reduced(op: str, *axes: int) -> Step:
    return lambda net: net.add(op, axes=axes)


def reflected(net: Net) -> str:
    return net.add("Pad", net.constant([0, 0, 1, 1, 0, 0, 1, 1], np.int64), mode="reflect")


AROUND = (0, 0, 1, 1, 0, 0, 1, 1)


@follows("unsupported-op")
@pytest.mark.parametrize(
    ("wrong", "hint", "right"),
    [
        (moved(1, group=4), "train with groups=1", moved(4)),
        (moved(4, dilations=[2, 1]), "train with dilation=1, and a larger kernel", moved(4)),
        (moved(4, dilations=[2, 1]), "or a stride", moved(4, strides=[2, 1])),
        (moved(4, pads=[2, 0, 0, 0]), "pad by less than the kernel", moved(4, pads=[1, 0, 0, 0])),
        (reduced("ReduceMax", 2), "axes=[2, 3]", reduced("ReduceMax", 2, 3)),
        (reduced("ReduceMax", 2), "or a global pool", add("GlobalMaxPool")),
        (reduced("ReduceMean", 2), "axes=[2, 3]", reduced("ReduceMean", 2, 3)),
        (reduced("ReduceMean", 2), "or a global pool", add("GlobalAveragePool")),
        (
            lambda net: (reflected(net), moved(4)(net)),
            "padding_mode='zeros'",
            moved(4, pads=[1, 1, 1, 1]),
        ),
        (
            lambda net: (reflected(net), moved(4)(net)),
            "pad by a constant",
            lambda net: (padded(*AROUND)(net), moved(4)(net)),
        ),
        (
            lambda net: (padded(*AROUND, value=float("inf"))(net), moved(4)(net)),
            "pad by a finite constant around the image",
            lambda net: (padded(*AROUND)(net), moved(4)(net)),
        ),
        (
            add("AveragePool", kernel_shape=[2, 2], strides=[1, 1]),
            "AveragePool with stride = kernel and no padding",
            lambda net: net.add("AveragePool", kernel_shape=[2, 5], strides=[2, 5]),
        ),
        (
            add("AveragePool", kernel_shape=[2, 2], strides=[1, 1]),
            "or GlobalAveragePool",
            add("GlobalAveragePool"),
        ),
        (
            lambda net: net.channels(0, 2, axis=2),
            "take ranges of channels alone: x[:, a:b]",
            lambda net: net.channels(0, 2),
        ),
        (
            lambda net: net.add("Slice", *(net.constant([n], np.int64) for n in (0, 4, 1, 2))),
            "torch.split and torch.chunk with dim=1",
            lambda net: setattr(net, "last", net.split(2, 2)[1]),
        ),
        (
            lambda net: (padded(*AROUND, value=1.0)(net), pooled()(net)),
            "padded by the lowest value",
            lambda net: (padded(*AROUND)(net), pooled()(net)),
        ),
    ],
)
def test_kernels_pools_and_pads(tmp_path: Path, wrong: Step, hint: str, right: Step) -> None:
    assert hint in told(between(wrong), tmp_path)
    load_model(between(right).save(tmp_path))


@follows("unsupported-op")
@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (lambda net: net.channels(3, 2), lambda net: net.channels(-2, -1)),
        (lambda net: net.split(1, 2), lambda net: net.split(1, 3)),
    ],
)
def test_parts_are_of_the_tensor(tmp_path: Path, wrong: Step, right: Step) -> None:
    def ending(step: Step) -> Net:
        net = image(2, 5, 6)
        conv(net, 4, 2, 2, 2)
        step(net)
        return net

    hint = "state starts, ends and axes, or the sizes of a Split, as constants that fit"
    assert told(ending(wrong), tmp_path) == hint
    load_model(ending(right).save(tmp_path))


@follows("unsupported-op")
def test_a_softmax_in_the_middle_is_left_out(tmp_path: Path) -> None:
    def middle(net: Net) -> None:
        net.add("Softmax", axis=1)
        net.add("Sub", 0.25)
        net.bipolar()

    def normalised(net: Net) -> None:
        net.add("BatchNormalization", *np.ones((4, 4)))
        net.bipolar()

    hint = told(two_layers(middle), tmp_path)
    assert hint == "leave it out where it is, or replace it by BatchNorm and a 1-bit quantiser"
    load_model(two_layers(Net.bipolar).save(tmp_path))
    load_model(two_layers(normalised).save(tmp_path))


@follows("unsupported-op")
@pytest.mark.parametrize(
    ("op", "operands", "options"),
    [
        ("LayerNormalization", 1, {"axis": 3}),
        ("InstanceNormalization", 2, {}),
        ("LRN", 0, {"size": 3}),
    ],
)
def test_norms_of_a_layer_give_way_to_batchnorm(
    tmp_path: Path, op: str, operands: int, options: dict[str, int]
) -> None:
    def normalised(op: str, operands: list[object], **options: int) -> Net:
        net = image(2, 5, 6)
        net.opset = 17
        net.conv(signs(RNG, 5, 2, 2, 2))
        net.add(op, *operands, **options)
        net.bipolar()
        net.conv(signs(RNG, 3, 5, 2, 2))
        return net

    hint = told(normalised(op, [np.ones(5)] * operands, **options), tmp_path)
    assert f"use BatchNormalization in place of {op}" in hint
    load_model(normalised("BatchNormalization", [*np.ones((4, 5))]).save(tmp_path))


@follows("unsupported-op")
@pytest.mark.parametrize(
    ("domain", "op", "hint"),
    [
        ("qonnx.custom_op.channels_last", "Conv", "from before the channels-last step"),
        ("finn.custom_op.fpgadataflow.hls", "MVAU_hls", "before FINN turned it into hardware"),
        ("com.example", "Magic", "brevitas.export.export_qonnx"),
    ],
)
def test_the_model_from_before_another_tool_loads(
    tmp_path: Path, domain: str, op: str, hint: str
) -> None:
    net = between()
    model = net.model()
    product = next(node for node in model.graph.node if node.op_type == "Conv")
    product.domain, product.op_type = domain, op
    path = tmp_path / "changed.onnx"
    path.write_bytes(model.SerializeToString())
    (fault,) = refused(path)
    assert fault.code == "unsupported-op"
    assert hint in fault.hint
    load_model(net.save(tmp_path))


@follows("unsupported-op")
def test_a_dropout_is_exported_in_inference_mode(tmp_path: Path) -> None:
    def dropped(trains: bool) -> Net:
        net = small()
        net.dense(signs(RNG, 6, 4))
        net.add("Dropout", net.constant(0.5), net.constant(trains, np.bool_))
        return net

    hint = told(dropped(True), tmp_path)
    assert hint == "every element of a frame must be treated for itself, at inference"
    load_model(dropped(False).save(tmp_path))


@follows("unsupported-op")
def test_products_are_flattened_split_and_turned(tmp_path: Path) -> None:
    net = small((1, 2, 6))
    net.reshape(2, 6)
    net.add("Gemm", signs(RNG, 6, 4))
    assert told(net, tmp_path) == "flatten the frame before it"
    net = small((1, 2, 6))
    net.add("Flatten")
    net.add("Gemm", signs(RNG, 12, 4))
    load_model(net.save(tmp_path))

    net = small()
    net.add("Transpose", perm=[1, 0])
    net.last = net.node("MatMul", [net.constant(signs(RNG, 4, 6)), net.last])
    assert told(net, tmp_path) == "transpose both operands"
    net = small()
    net.dense(signs(RNG, 6, 4))
    load_model(net.save(tmp_path))

    net = small()
    net.last = net.node("Gemm", [net.last, net.constant(signs(RNG, 6, 6)), net.last])
    assert told(net, tmp_path) == "add a constant behind the product"
    net = small()
    net.add("Gemm", signs(RNG, 6, 6))
    net.add("Add", np.arange(6))
    load_model(net.save(tmp_path))


@follows("unsupported-op")
def test_elements_are_rearranged_behind_the_last_convolution(tmp_path: Path) -> None:
    turn = add("Transpose", perm=[0, 1, 3, 2])
    hint = told(between(turn, moved(4)), tmp_path)
    assert hint == "rearrange or pad elements behind the last convolution only"
    load_model(between(moved(4), turn).save(tmp_path))


@follows("unsupported-op")
def test_functions_rise_or_fall_alike_at_all_pixels(tmp_path: Path) -> None:
    def pooled(factors: np.ndarray) -> Net:
        net = image(2, 5, 6)
        net.conv(signs(RNG, 4, 2, 2, 2))
        net.add("Mul", factors)
        net.add("Add", 0.5)
        net.bipolar()
        net.max_pool(2, 2)
        net.conv(signs(RNG, 3, 4, 2, 2))
        return net

    hint = told(pooled(signs(RNG, 4, 4, 5)), tmp_path)
    assert hint == "use functions of the same direction for all pixels of a channel"
    load_model(pooled(signs(RNG, 4, 1, 1)).save(tmp_path))


@follows("unsupported-op")
def test_a_pool_stands_behind_functions_of_one_value(tmp_path: Path) -> None:
    def overlapping(shifts: np.ndarray) -> Net:
        net = image(2, 5, 6)
        net.conv(signs(RNG, 4, 2, 2, 2))
        net.max_pool(2, 2)
        net.add("Sub", shifts)
        net.bipolar()
        net.add("Flatten")
        net.dense(signs(RNG, 48, 3))
        return net

    hint = told(overlapping(RNG.normal(0, 3, (4, 3, 4))), tmp_path)
    assert hint == "pool the result of a Conv directly, or behind functions of one value"
    load_model(overlapping(RNG.normal(0, 3, (4, 1, 1))).save(tmp_path))
