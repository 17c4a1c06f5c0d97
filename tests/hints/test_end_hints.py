# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Ends of networks that neither hardware nor host can take over, and what their hints lead to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from onnx import TensorProto
from tests.conv_net import RNG, image
from tests.faulty import refused, two_layers
from tests.hints.follows import follows
from tests.qonnx_net import Net, signs

from xnorflow.frontend.load import load_model


def told(net: Net, folder: Path) -> str:
    """The hint of the only fault, an operator."""
    (fault,) = refused(net.save(folder))
    assert fault.code == "unsupported-op"
    return fault.hint


def chosen(op: str, **attributes: object) -> Net:
    net = two_layers(Net.bipolar)
    net.add(op, **attributes)
    net.output_type = TensorProto.INT64 if op == "ArgMax" else TensorProto.FLOAT
    return net


@follows("unsupported-op")
def test_the_best_is_chosen_by_argmax(tmp_path: Path) -> None:
    hint = told(chosen("Hardmax", axis=1), tmp_path)
    assert "end the network with ArgMax in place of Hardmax" in hint
    hint = told(chosen("ArgMax", axis=0), tmp_path)
    assert hint == "end the model with ArgMax(axis=1), or with the scores themselves"
    load_model(chosen("ArgMax", axis=1).save(tmp_path))
    load_model(two_layers(Net.bipolar).save(tmp_path))


@follows("unsupported-op")
def test_the_norm_of_a_frame_is_left_out(tmp_path: Path) -> None:
    hint = told(chosen("ReduceL2", axes=[1]), tmp_path)
    assert "leave ReduceL2 out, or divide by a constant" in hint
    net = two_layers(Net.bipolar)
    net.add("Div", 4.0)
    load_model(net.save(tmp_path))


@follows("unsupported-op")
def test_the_network_ends_before_a_pad(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2))
    last = net.last
    net.pad((0, 0, 1, 1, 0, 0, 1, 1))
    assert told(net, tmp_path) == "end the network before the Pad"
    net.outputs = [last]
    load_model(net.save(tmp_path))


@follows("unsupported-op")
def test_the_network_ends_with_a_global_mean(tmp_path: Path) -> None:
    def ended(op: str, **attributes: object) -> Net:
        net = image(2, 5, 6)
        net.conv(signs(RNG, 3, 2, 2, 2))
        if op:
            net.add(op, **attributes)
        return net

    hint = told(ended("AveragePool", kernel_shape=[2, 2]), tmp_path)
    assert hint == (
        "end the network with GlobalAveragePool, or in front of the average, and average its "
        "outputs yourself"
    )
    load_model(ended("GlobalAveragePool").save(tmp_path))
    load_model(ended("").save(tmp_path))
    hint = told(chosen("Softmax", axis=0), tmp_path)
    assert hint == "use Softmax along the classes, axis 1"
    load_model(chosen("Softmax", axis=1).save(tmp_path))


@follows("unsupported-op")
def test_products_of_integers_end_the_network(tmp_path: Path) -> None:
    def ended(weights: np.ndarray, *steps: Callable[[Net], object]) -> Net:
        net = image(2, 5, 6)
        net.conv(signs(RNG, 3, 2, 2, 2))
        for step in steps:
            step(net)
        net.add("MatMul", weights)
        return net

    def flat(net: Net) -> None:
        net.add("Flatten")

    def vectors(net: Net) -> None:
        net.add("Transpose", perm=[0, 2, 3, 1])

    def padded(net: Net) -> None:
        net.pad((0, 0, 1, 1, 0, 0, 1, 1), 0.0)

    def many(*shape: int) -> np.ndarray:
        return RNG.integers(-100, 101, shape) / 128

    hint = told(ended(many(3, 2) * [1, np.pi], vectors), tmp_path)
    assert hint == "flatten the frame before it, or quantise what it gives"
    load_model(ended(many(3, 2), vectors).save(tmp_path))
    hint = told(ended(many(126, 2), padded, flat), tmp_path)
    assert hint == "rearrange or pad elements behind the last convolution only"
    load_model(ended(many(60, 2), flat).save(tmp_path))

    def behind(weights: np.ndarray, op: str, *constants: object) -> Net:
        net = ended(weights, flat)
        net.add(op, *constants)
        return net

    uneven = many(60, 2) * [1, np.pi]
    assert told(behind(uneven, "Relu"), tmp_path) == (
        "end the network with this product and a bias alone, or train it with 1-bit weights"
    )
    load_model(behind(signs(RNG, 60, 2), "Relu").save(tmp_path))
    load_model(behind(uneven, "Add", [0.3, -1.7]).save(tmp_path))


@follows("unsupported-op")
def test_pixels_of_all_channels_are_averaged_outside(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    last = net.conv(signs(RNG, 3, 2, 2, 2))
    net.add("ReduceMean", axes=[1, 2, 3])
    hint = told(net, tmp_path)
    assert hint == (
        "channels cannot be mixed so: leave it out, or end the network in front of it and do the "
        "rest to its outputs"
    )
    net.outputs = [last]
    load_model(net.save(tmp_path))


@follows("inexact-sums")
def test_averages_become_exact(tmp_path: Path) -> None:
    def of(*operators: str, factor: float = 0.125) -> list[tuple[str, str]]:
        net = image(2, 5, 6)
        net.conv(signs(RNG, 3, 2, 2, 2))
        net.add("Mul", factor)
        for op in operators:
            net.add(op, **({"axis": 1} if op in ("Softmax", "ArgMax") else {}))
        if operators[-1] == "ArgMax":
            net.output_type = TensorProto.INT64
        return [(note.code, note.hint) for note in load_model(net.save(tmp_path)).notes]

    ((code, hint),) = of("GlobalAveragePool", factor=0.1)
    assert code == "inexact-sums"
    assert hint == "let scores be multiples of a power of two (a Mul by 0.125, not 0.1)"
    assert of("GlobalAveragePool") == []
    ((code, hint),) = of("Softmax", "GlobalAveragePool")
    assert (code, hint) == ("inexact-sums", "average the scores themselves, without Softmax")


@follows("inexact-sums")
def test_scores_are_chosen_without_probabilities_of_groups(tmp_path: Path) -> None:
    def of(*, probable: bool) -> list[tuple[str, str]]:
        net = two_layers(Net.bipolar)
        net.reshape(1, 3, 1)
        if probable:
            net.add("Softmax", axis=2)
        net.add("Flatten")
        net.add("ArgMax", axis=1)
        net.output_type = TensorProto.INT64
        return [(note.code, note.hint) for note in load_model(net.save(tmp_path)).notes]

    assert of(probable=True) == [
        ("inexact-sums", "choose by the scores themselves, without Softmax")
    ]
    assert of(probable=False) == []
