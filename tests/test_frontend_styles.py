# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Exports and inputs of every style arrive in the IR as what qonnx's executor makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tests.layer_ops import op_of, table_of
from tests.predict import pixels, predict, same, small
from tests.qonnx_net import Net, execute, signs
from tests.rng import generator

from xnorflow.frontend.load import load_model
from xnorflow.ir.input_spec import InputSpec
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.ir.types import BIPOLAR, ValueType

RNG = generator(11)


# names and dumps


def test_names_are_neutral_and_origins_the_users(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4), name="My first layer")
    net.add("Sub", 0.5, name="shift it")
    net.bipolar(name="sign-1")
    net.dense(signs(RNG, 4, 3), name="last")
    net.add("ArgMax", axis=1, name="winner")
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(6))
    assert [layer.name for layer in graph.layers] == ["quantize0", "dense0", "dense1", "argmax0"]
    assert list(graph.tensors) == [
        "input",
        "quantize0_out",
        "dense0_out",
        "dense1_out",
        "argmax0_out",
    ]
    origins = [layer.origin.nodes for layer in graph.layers]
    assert origins[1] == ("My first layer_weights", "My first layer", "shift it", "sign-1")
    assert origins[3] == ("winner",)


def test_nodes_without_names_get_some(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    for node in net.nodes:
        node.name = ""
    graph = same(net, tmp_path, pixels(6))
    assert graph.layers[1].origin.nodes == ("BipolarQuant_1", "MatMul_0")


def test_the_cleaned_model_is_dumped_for_viewers(tmp_path: Path) -> None:
    dumps: dict[str, str | bytes] = {}
    net = small()
    net.dense(signs(RNG, 6, 4), name="only")
    load_model(net.save(tmp_path), dump=dumps.__setitem__)
    data = dumps["cleaned.onnx"]
    assert isinstance(data, bytes)
    assert [node.op_type for node in onnx.load_from_string(data).graph.node] == [
        "Sub",
        "BipolarQuant",
        "MatMul",
    ]


# styles of export


def test_old_exports(tmp_path: Path) -> None:
    """Opset 9, the old domain not imported, constants as inputs, nodes in no order."""
    net = small()
    net.domain = "onnx.brevitas"
    net.opset = 9
    net.dense(signs(RNG, 6, 4))
    net.bipolar()
    net.dense(signs(RNG, 4, 3))
    model = net.model()
    del model.opset_import[1:]
    for node in model.graph.node:
        node.domain = "onnx.brevitas" if node.op_type == "BipolarQuant" else ""
    for tensor in model.graph.initializer:
        model.graph.input.append(
            helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
        )
    nodes = list(model.graph.node)[::-1]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    path = tmp_path / "old.onnx"
    path.write_bytes(model.SerializeToString())
    new = small()
    new.nodes, new.constants, new.last = net.nodes, net.constants, net.last
    for node in new.nodes:
        node.domain = "qonnx.custom_op.general" if node.op_type == "BipolarQuant" else ""
    x = pixels(6)
    wanted = execute(new.model(), x.astype(np.float32)[:1])
    output, _ = predict(load_model(path), x[:1])
    np.testing.assert_array_equal(output, wanted)


def test_the_own_operator_set_may_be_listed_first(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    path = net.save(tmp_path)
    model = onnx.load(path)
    sets = list(model.opset_import)[::-1]
    del model.opset_import[:]
    model.opset_import.extend(sets)
    path.write_bytes(model.SerializeToString())
    assert len(load_model(path).layers) == 2


def test_constant_nodes_and_fixed_batches(tmp_path: Path) -> None:
    net = Net((5, 2, 3))
    shape = helper.make_tensor("s", TensorProto.INT64, [2], [5, 6])
    net.add("Reshape", net.node("Constant", [], value=shape))
    net.add("Sub", 127.5)
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    x = RNG.integers(0, 256, (5, 2, 3)).astype(np.uint8)
    path = net.save(tmp_path)
    wanted = execute(onnx.load(path), x.astype(np.float32))
    output, _ = predict(load_model(path), x)
    np.testing.assert_array_equal(output, wanted)


@pytest.mark.parametrize("bias", [None, [0.25, -1.0, 3.0, 0.5], [0.5]])
@pytest.mark.parametrize("turned", [0, 1])
def test_gemm(tmp_path: Path, bias: list[float] | None, turned: int) -> None:
    net = small()
    weights = signs(RNG, 6, 4)
    others = [weights.T if turned else weights] + ([bias] if bias else [])
    net.add("Gemm", *others, transB=turned, alpha=-0.5, beta=2.0)
    same(net, tmp_path, pixels(6))


def test_gemm_of_a_column(tmp_path: Path) -> None:
    net = small()
    net.add("Transpose", perm=[1, 0])
    net.add("Gemm", signs(RNG, 6, 4), transA=1)
    same(net, tmp_path, pixels(6))


def test_quantise_and_dequantise_nodes(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Add", [0.5, -0.5, 1.5, 0.5])
    net.add("Clip", -1.0, 1.0)
    net.add("Sign")
    zero = net.constant(0, np.int8)
    net.add("QuantizeLinear", 1.0, zero)
    net.add("DequantizeLinear", 1.0, zero)
    net.dense(signs(RNG, 4, 3))
    same(net, tmp_path, pixels(6))


@pytest.mark.parametrize("scales", [[0.5], [0.5, 0.25, 2.0]])
def test_quantise_and_dequantise_nodes_alone(tmp_path: Path, scales: list[float]) -> None:
    net = Net((1, 2, 5, 6))
    pixel, bit = net.constant(0, np.uint8), net.constant(0, np.int8)
    net.add("Div", 2.0)
    net.add("QuantizeLinear", 1.0, pixel)
    net.add("DequantizeLinear", 1.0, pixel)
    weights = net.constant(signs(RNG, 3, 2, 2, 2), np.int8)
    zeros = net.constant([0] * len(scales), np.int8)
    net.add("Conv", net.node("DequantizeLinear", [weights, net.constant(scales), zeros], axis=0))
    net.add("QuantizeLinear", 4.0, bit)
    net.add("Clip", net.constant(0, np.int8), net.constant(1, np.int8))
    net.add("DequantizeLinear", 4.0, bit)
    net.add("Flatten")
    net.dense(signs(RNG, 60, 3))
    same(net, tmp_path, pixels(2, 5, 6))


# the input


def test_images_stream_channels_last(tmp_path: Path) -> None:
    net = Net((1, 2, 3, 4))
    net.add("Sub", RNG.uniform(50, 200, (1, 2, 1, 1)))
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 24, 5))
    graph = same(net, tmp_path, pixels(2, 3, 4))
    order = graph.host_input.order
    assert order is not None
    assert order[:4].tolist() == [0, 12, 1, 13]
    assert isinstance(graph.layers[0].op, Quantize)
    assert graph.layers[0].op.table.shape == (24, 256)
    np.testing.assert_array_equal(graph.layers[0].op.table[0], graph.layers[0].op.table[2])


def test_gray_images_and_rows_keep_their_order(tmp_path: Path) -> None:
    net = Net((1, 1, 3, 4))
    net.add("Sub", 127.5)
    net.bipolar()
    net.reshape(1, -1)
    net.dense(signs(RNG, 12, 5))
    graph = same(net, tmp_path, pixels(1, 3, 4))
    assert graph.host_input.order is None
    assert op_of(graph.layers[0], Quantize).table.shape == (1, 256)


def test_bipolar_input_needs_no_quantiser(tmp_path: Path) -> None:
    net = Net((1, 9), dtype="BIPOLAR")
    net.dense(signs(RNG, 9, 4))
    x = signs(RNG, 12, 9).astype(np.int8)
    graph = same(net, tmp_path, x)
    assert [type(layer.op) for layer in graph.layers] == [Dense]
    assert graph.tensors["input"].value == BIPOLAR
    assert graph.host_input.levels == (-1, 1)


def test_binary_input(tmp_path: Path) -> None:
    net = Net((1, 9), dtype="BINARY")
    net.dense(signs(RNG, 9, 4))
    graph = same(net, tmp_path, RNG.integers(0, 2, (12, 9)))
    assert len(graph.layers) == 1
    assert table_of(graph.host_output).shape == (4, 10)  # 0/1 inputs: the sum of weights shifts


def test_a_falling_quantiser_is_raised(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Neg")
    net.add("Add", [10.5, 20.5, 30.5, 40.5, 50.5, 60.5])
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    graph = same(net, tmp_path, pixels(6))
    assert op_of(graph.layers[0], Quantize).table[:, -1].tolist() == [1] * 6


@pytest.mark.parametrize(
    ("dtype", "wanted"), [("", ValueType(8, signed=True)), ("UINT3", ValueType(3))]
)
def test_integer_codes_enter_the_first_layer(tmp_path: Path, dtype: str, wanted: ValueType) -> None:
    net = Net((1, 5), dtype=dtype)
    if not dtype:
        net.add("Div", 255.0)
        net.add("Mul", 2.0)
        net.add("Sub", 1.0)
        net.add("Quant", 1 / 128, 0.0, 8.0, signed=1, narrow=0, rounding_mode="ROUND")
    net.dense(signs(RNG, 5, 7))
    net.add("Sub", RNG.normal(0, 0.7, 7))
    net.bipolar()
    net.dense(signs(RNG, 7, 3))
    x = RNG.integers(0, 8 if dtype else 256, (12, 5)).astype(np.uint8)
    graph = same(net, tmp_path, x)
    first = next(layer for layer in graph.layers if layer.name == "dense0")
    assert first.in_type.value == wanted
    assert (graph.layers[0].name == "quantize0") == (not dtype)


def test_integer_codes_into_the_only_layer(tmp_path: Path) -> None:
    net = Net((1, 3), dtype="INT3")
    net.dense(signs(RNG, 3, 4))
    net.add("Mul", [1.0, -2.0, 3.0, 0.5])
    graph = same(net, tmp_path, RNG.integers(-4, 4, (12, 3)))
    assert (graph.host_output.first, graph.host_output.step) == (-12, 1)
    assert table_of(graph.host_output).shape == (4, 25)


def test_input_scale(tmp_path: Path) -> None:
    net = Net((1, 6))
    net.add("Mul", 2.0)
    net.add("Sub", 1.0)
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    graph = same(net, tmp_path, pixels(6), InputSpec(scale=1 / 255))
    assert op_of(graph.layers[0], Quantize).table.tolist() == [[0] * 128 + [1] * 128]
