# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Real third-party models: outputs equal those stored beside them, bit for bit."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from tests.layer_ops import op_of

from xnorflow.frontend.load import load_model
from xnorflow.host.frames import to_frames
from xnorflow.host.meaning import from_raw
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec
from xnorflow.ir.ops.quantize import Quantize
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph

pytestmark = pytest.mark.needs_shared


def outputs(graph: Graph, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    raw = run_graph(graph, to_frames(graph.host_input, graph.tensors[graph.input], x))
    return (raw, *from_raw(graph.host_output, raw))


def test_tfc_gives_the_stored_outputs(shared_models: Path) -> None:
    stored = np.load(shared_models / "zoo_tfc_1w1a.npz")
    graph = run_passes(load_model(shared_models / "zoo_tfc_1w1a.onnx", InputSpec(scale=1 / 255)))
    raw, output, label = outputs(graph, stored["x"])
    np.testing.assert_array_equal(raw, stored["acc"])
    np.testing.assert_array_equal(output, stored["out"])
    assert output.dtype == np.float32
    np.testing.assert_array_equal(label, stored["out"].argmax(axis=1))


def test_tfc_layers_and_origins(shared_models: Path) -> None:
    graph = load_model(shared_models / "zoo_tfc_1w1a.onnx", InputSpec(scale=1 / 255))
    assert [layer.name for layer in graph.layers] == [
        "quantize0",
        "dense0",
        "dense1",
        "dense2",
        "dense3",
    ]
    assert [str(graph.tensors[layer.output]) for layer in graph.layers] == [
        "bipolar[784]",
        "bipolar[64]",
        "bipolar[64]",
        "bipolar[64]",
        "int8[10]",
    ]
    assert graph.layers[1].origin.nodes == (
        "BipolarQuant_14",
        "Transpose_15",
        "MatMul_16",
        "BatchNormalization_17",
        "BipolarQuant_19",
    )
    assert graph.binary_macs == 59008
    table = graph.host_output.table
    assert isinstance(table, np.ndarray)
    assert table.shape == (1, 65)
    assert graph.model.name == "zoo_tfc_1w1a"
    assert graph.model.sha256.startswith("e875070d9b8af1ff")


def test_lfc_gives_the_stored_outputs(shared_models: Path) -> None:
    stored = np.load(shared_models / "lfc_w1a1_mnist.npz")
    graph = run_passes(load_model(shared_models / "lfc_w1a1_mnist.onnx"))
    _, output, _ = outputs(graph, stored["x"])
    np.testing.assert_array_equal(output, stored["logits"])
    assert (stored["x"] >= 128).reshape(100, 784).any()
    assert op_of(graph.layers[0], Quantize).table.tolist() == [[0] * 128 + [1] * 128]


def test_lfc_gives_all_ten_thousand_logits(
    shared_models: Path, mnist_test_set: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = mnist_test_set
    stored = np.load(shared_models / "lfc_w1a1_mnist.full_test_logits.npz")
    graph = run_passes(load_model(shared_models / "lfc_w1a1_mnist.onnx"))
    started = time.process_time()
    _, output, label = outputs(graph, images.reshape(-1, *graph.host_input.shape))
    assert time.process_time() - started < 60
    np.testing.assert_array_equal(output, stored["logits"])
    np.testing.assert_array_equal(labels, stored["y"])
    assert int((label == labels).sum()) == 9834


def test_tfc_has_its_accuracy(
    shared_models: Path, mnist_test_set: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = mnist_test_set
    graph = run_passes(load_model(shared_models / "zoo_tfc_1w1a.onnx", InputSpec(scale=1 / 255)))
    _, _, label = outputs(graph, images.reshape(-1, *graph.host_input.shape))
    assert int((label == labels).sum()) == 9296


def test_unsw_of_two_bits_gives_the_stored_output(shared_models: Path) -> None:
    with np.load(shared_models / "zoo_unsw_mlp_w2a2.npz") as stored:
        x, wanted = stored["x"], stored["out"]
    graph = run_passes(load_model(shared_models / "zoo_unsw_mlp_w2a2.onnx"))
    _, output, _ = outputs(graph, x)
    np.testing.assert_array_equal(output, wanted.reshape(output.shape))
    assert {note.code for note in graph.notes} == {"inexact-sums"}


def test_cnv_gives_the_stored_logits(shared_models: Path) -> None:
    stored = np.load(shared_models / "cnv_w1a1_cifar10.npz")
    started = time.process_time()
    graph = run_passes(load_model(shared_models / "cnv_w1a1_cifar10.onnx"))
    assert time.process_time() - started < 10
    _, output, label = outputs(graph, stored["x"])
    np.testing.assert_array_equal(output, stored["logits"])
    assert output.dtype == np.float32
    np.testing.assert_array_equal(label, stored["logits"].argmax(axis=1))
    assert graph.notes == ()


def test_cnv_layers_and_origins(shared_models: Path) -> None:
    graph = load_model(shared_models / "cnv_w1a1_cifar10.onnx")
    assert [f"{layer.name} {layer.out_type}" for layer in graph.layers] == [
        "quantize0 int8[32x32x3]",
        "window0 int8[30x30x27]",
        "conv0 bipolar[30x30x64]",
        "window1 bipolar[28x28x576]",
        "conv1 bipolar[28x28x64]",
        "pool1 bipolar[14x14x64]",
        "window2 bipolar[12x12x576]",
        "conv2 bipolar[12x12x128]",
        "window3 bipolar[10x10x1152]",
        "conv3 bipolar[10x10x128]",
        "pool3 bipolar[5x5x128]",
        "window4 bipolar[3x3x1152]",
        "conv4 bipolar[3x3x256]",
        "conv5 bipolar[256]",
        "dense6 bipolar[512]",
        "dense7 bipolar[512]",
        "dense8 int11[10]",
    ]
    origins = {layer.name: layer.origin.nodes for layer in graph.layers}
    assert origins["window1"] == ("BipolarQuant_2", "Conv_1")
    assert origins["conv1"] == ("BipolarQuant_2", "Conv_1", "Sub_2", "BipolarQuant_3")
    assert origins["pool1"] == ("MaxPool_0",)
    assert graph.binary_macs == 59461376
