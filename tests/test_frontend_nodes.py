# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that break ONNX's definitions: told before shape inference, which would crash on some."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import NodeProto, defs, helper
from tests.conv_net import RNG, frame_shape, image
from tests.faulty import refused
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs

import xnorflow


@pytest.mark.parametrize("op", ["Conv", "MaxPool", "AveragePool", "LpPool"])
@pytest.mark.parametrize("name", ["strides", "dilations", "kernel_shape"])
@pytest.mark.parametrize("value", [0, -1])
def test_numbers_that_inference_divides_by(tmp_path: Path, op: str, name: str, value: int) -> None:
    net = image(2, 5, 6)
    weights = [signs(RNG, 3, 2, 2, 2)] if op == "Conv" else []
    net.opset = 19
    attributes = {"kernel_shape": [2, 2], name: [1, value]}
    net.add(op, *weights, name="Odd", **attributes)
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == f"{op} must have {name} of positive numbers, not [1, {value}]"
    assert fault.origin.nodes == ("Odd",)


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (helper.make_node("Conv", ["x"], ["y"]), "input size 1 not in range [min=2, max=3]"),
        (helper.make_node("MaxPool", ["x"], ["y"]), "attribute 'kernel_shape' is missing"),
        (helper.make_node("Relu", ["x"], ["y"], slope=1), "Unrecognized attribute: slope"),
        (
            helper.make_node("MaxPool", ["x"], ["y"], kernel_shape="wide", domain="ai.onnx"),
            "Mismatched attribute type",
        ),
    ],
)
def test_nodes_against_their_definition(tmp_path: Path, node: NodeProto, reason: str) -> None:
    net = Net((1, 2, 5, 6))
    node.name = "Odd"
    net.nodes.append(node)
    net.last = "y"
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message.startswith(f"{node.op_type} must be a node as ONNX defines it, not: ")
    assert reason in fault.message
    assert fault.origin.nodes == ("Odd",)


def test_kernels_that_only_the_weights_tell(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    weights = net.node("Transpose", [net.constant(signs(RNG, 2, 3, 2, 2))], perm=[1, 0, 2, 3])
    net.add("Conv", net.node("Mul", [net.constant([[[2.0]]]), weights]))
    same(net, tmp_path, pixels(2, 5, 6))


@pytest.mark.parametrize("shape", [(1, 2, 30), (1, 60), (1, 2, 5, 6, 1)])
def test_kernels_of_another_rank_than_the_image(tmp_path: Path, shape: tuple[int, ...]) -> None:
    net = image(2, 5, 6)
    net.reshape(*shape)
    net.conv(signs(RNG, 3, shape[1], 2, 2))
    faults = refused(net.save(tmp_path))
    assert "Conv_3" in faults[0].origin.nodes


def test_weights_of_unknown_shape(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    size = net.node("Cast", [net.last], to=7)
    kernels = net.node("Reshape", [net.constant(np.ones(24)), size])
    net.add("Conv", kernels, name="Odd")
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == "Conv must have weights of known shape, not of unknown"
    assert fault.origin.nodes == ("Odd",)


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ({"strides": [1]}, "must have strides of 2 positive numbers, not [1]"),
        ({"pads": [1, 0]}, "must have pads of 4 numbers, none negative, not [1, 0]"),
    ],
)
def test_lists_of_the_wrong_length(
    tmp_path: Path, attributes: dict[str, list[int]], rule: str
) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2), name="Odd", **attributes)
    net.reshape(1, -1)
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == f"Conv {rule}"
    assert fault.origin.nodes == ("Odd_weights", "Odd")


@pytest.mark.parametrize("spoil", ["Transpose", "Greater"])
def test_products_whose_result_inference_cannot_tell(tmp_path: Path, spoil: str) -> None:
    net = Net((1, 6))
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    net.bipolar()
    net.add(spoil, *([0.5] if spoil == "Greater" else []))
    net.add("MatMul", signs(RNG, 4, 3), name="Odd")
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "dynamic-shape"
    assert fault.message == (
        "MatMul must make a tensor of known shape and of real numbers, not float32[0]"
    )
    assert fault.origin.nodes == ("Odd",)


@pytest.mark.parametrize("op", ["Conv", "MaxPool"])
def test_strides_far_beyond_the_image(tmp_path: Path, op: str) -> None:
    net = image(2, 5, 6)
    far = {"strides": [1 << 40, 2]}
    net.conv(signs(RNG, 3, 2, 2, 2), **(far if op == "Conv" else {}))
    net.bipolar()
    net.max_pool(1, 2, **(far if op == "MaxPool" else {}))
    net.add("Flatten")
    net.dense(signs(RNG, frame_shape(net)[1], 3))
    same(net, tmp_path, pixels(2, 5, 6))
    xnorflow.compile(tmp_path / "net.onnx", "pynq-z1", output=tmp_path / "build")
    xnorflow.load(tmp_path / "build")


@pytest.mark.parametrize(("op", "name"), [("Conv", "auto_pad"), ("Pad", "mode")])
def test_control_codes_in_attributes(tmp_path: Path, op: str, name: str) -> None:
    net = image(2, 5, 6)
    if op == "Conv":
        net.conv(signs(RNG, 3, 2, 2, 2), auto_pad="\x1b[2J")
    else:
        net.pad([0, 0, 1, 1, 0, 0, 1, 1], mode="\x1b[2J")
    faults = refused(net.save(tmp_path))
    assert all(fault.message.isprintable() for fault in faults)
    assert any("\\x1b[2J" in fault.message for fault in faults)


def test_a_single_number_as_shape(tmp_path: Path) -> None:
    net = Net((4, 6))
    net.bipolar()
    net.add("Reshape", net.constant(24, np.int64), name="Odd")
    net.dense(signs(RNG, 6, 3))
    fault, *_ = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == "Reshape must keep the number of elements, not turn [1, 6] into [24]"


CONSTANTS = [
    ("BipolarQuant", (1, 3), [np.ones(5)]),
    ("BipolarQuant", (1, 3), [np.ones((0, 3))]),
    ("BipolarQuant", (1, 3), [np.ones(0)]),
    ("BipolarQuant", (1, 3), [np.ones((2, 1))]),
    ("BipolarQuant", (1, 3), [np.ones((2, 3))]),
    ("Quant", (1, 3), [np.ones(2), np.zeros(1), np.full(1, 2.0)]),
    ("PRelu", (1, 4, 4, 5), [np.ones(3)]),
    ("PRelu", (1, 4, 4, 5), [np.ones((2, 4, 1, 1))]),
]


@pytest.mark.parametrize(("op", "shape", "constants"), CONSTANTS)
def test_constants_of_other_shapes(
    tmp_path: Path, op: str, shape: tuple[int, ...], constants: list[np.ndarray]
) -> None:
    net = Net(shape)
    net.add(op, *constants, name="Odd")
    net.reshape(1, -1)
    net.dense(signs(RNG, int(np.prod(shape)), 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == (
        f"{op} must have constants that fit {list(shape)}, not one of {list(constants[0].shape)}"
    )
    assert fault.origin.nodes == ("Odd",)


@pytest.mark.parametrize(
    ("layout", "shown"),
    [
        (b"NHWC", "NHWC"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"NHW", "NHW"),
        (b"CC", "CC"),
    ],
)
def test_layouts_without_channels(tmp_path: Path, layout: bytes, shown: str) -> None:
    net = Net((1, 3))
    net.add("MultiThreshold", np.ones((3, 1)), data_layout=layout, out_dtype="BINARY", name="Odd")
    net.dense(signs(RNG, 3, 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == (
        f"MultiThreshold must have a data_layout with one C among the axes of [1, 3], not {shown}"
    )
    assert fault.origin.nodes == ("Odd",)


def test_thresholds_of_no_width(tmp_path: Path) -> None:
    net = Net((1, 3))
    net.add("MultiThreshold", np.ones((3, 0)), out_dtype="BINARY", name="Odd")
    net.dense(signs(RNG, 3, 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == "MultiThreshold must have constants, not none of [3, 0]"


@pytest.mark.parametrize("axis", [2, -3])
def test_axes_beyond_the_last(tmp_path: Path, axis: int) -> None:
    net = Net((1, 3))
    scale, zero = net.constant(np.ones(3)), net.constant(np.zeros(3), np.uint8)
    net.add("QuantizeLinear", scale, zero, axis=axis, name="Odd")
    net.add("DequantizeLinear", net.constant(1.0), net.constant(0, np.uint8))
    net.dense(signs(RNG, 3, 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert fault.message == f"QuantizeLinear must have an axis of [1, 3], not {axis}"
    assert fault.origin.nodes == ("Odd",)


@pytest.mark.parametrize("version", [1 << 40, 10_000, 0, -1])
def test_versions_that_do_not_exist(tmp_path: Path, version: int) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 5, 6))
    net.opset = version
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    newest = defs.onnx_opset_version()
    assert fault.message == (
        f"the model must use a version of ONNX's operators from 1 to {newest}, not {version}"
    )
