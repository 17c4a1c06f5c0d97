# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Ends of networks that neither hardware nor host can take over, and what their hints lead to."""

from __future__ import annotations

from pathlib import Path

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
        net.add(op, **attributes)
        return net

    hint = told(ended("AveragePool", kernel_shape=[2, 2]), tmp_path)
    assert hint == "end the network with GlobalAveragePool"
    load_model(ended("GlobalAveragePool").save(tmp_path))
    hint = told(chosen("Softmax", axis=0), tmp_path)
    assert hint == "use Softmax along the classes, axis 1"
    load_model(chosen("Softmax", axis=1).save(tmp_path))
