# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Exported models compute what the accelerator computes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes
from tests.conv_net import conv, frame_shape, image
from tests.finn_nets import NETWORKS, as_raw, computed
from tests.qonnx_net import signs

import xnorflow
from xnorflow.cli import main
from xnorflow.finn.export import export_finn
from xnorflow.finn.padding import needs_signs
from xnorflow.host.meaning import from_raw
from xnorflow.simulate.golden import run_graph


@pytest.mark.parametrize("name", NETWORKS)
def test_the_model_computes_the_same(tmp_path: Path, name: str) -> None:
    design = NETWORKS[name].build()
    export_finn(design, tmp_path / "finn")
    entry = design.graph.tensors[design.graph.input]
    rng = np.random.default_rng(11)
    frames = rng.integers(entry.value.low, entry.value.high + 1, (6, entry.elements))
    golden = run_graph(design.graph, frames.astype(np.int32))
    outputs = computed(tmp_path / "finn" / "model.onnx", frames)
    assert np.array_equal(as_raw(design, outputs), golden)
    assert len(np.unique(golden)) > 1
    given = np.load(tmp_path / "finn" / "input.npy")
    expected = np.load(tmp_path / "finn" / "expected_output.npy")
    assert given.dtype == expected.dtype == np.float32
    again = computed(tmp_path / "finn" / "model.onnx", given)
    assert np.array_equal(again, expected.reshape(len(expected), -1))


def test_no_stride_is_larger_than_the_image(tmp_path: Path) -> None:
    """FINN's generators take none, even where there is nothing to step to."""
    export_finn(NETWORKS["a stride beyond the image"].build(), tmp_path / "finn")
    window = onnx.load(tmp_path / "finn" / "model.onnx").graph.node[0]
    values = {item.name: list(item.ints) for item in window.attribute}
    assert values["stride"] == [4, 2]


def test_the_model_says_its_types(tmp_path: Path) -> None:
    export_finn(NETWORKS["padded integers"].build(), tmp_path / "finn")
    proto = onnx.load(tmp_path / "finn" / "model.onnx")
    onnx.checker.check_model(proto)
    model = ModelWrapper(proto)
    assert model.get_tensor_shape("global_in") == [1, 6, 6, 3]
    assert model.get_tensor_layout("global_in") == ["N", "H", "W", "C"]
    assert model.get_tensor_datatype("global_in").name == "INT4"
    types = [
        (node.op_type, model.get_tensor_datatype(node.output[0]).name) for node in model.graph.node
    ]
    assert types == [
        ("Im2Col", "INT4"),
        ("MatMul", "INT32"),
        ("MultiThreshold", "BINARY"),
        ("XnorPopcountMatMul", "UINT32"),
        ("MultiThreshold", "BINARY"),
        ("Flatten", "BINARY"),
        ("XnorPopcountMatMul", "UINT32"),
    ]
    weights = [n.input[1] for n in model.graph.node if "MatMul" in n.op_type]
    assert [model.get_tensor_datatype(name).name for name in weights] == [
        "BIPOLAR",
        "BINARY",
        "BINARY",
    ]


def test_bits_are_multiplied_by_what_they_stand_for(tmp_path: Path) -> None:
    export_finn(NETWORKS["bits of 0 and 1"].build(), tmp_path / "finn")
    model = ModelWrapper(str(tmp_path / "finn" / "model.onnx"))
    assert model.get_tensor_datatype("global_in").name == "BINARY"
    assert [node.op_type for node in model.graph.node] == [
        *("Im2Col", "MatMul", "MultiThreshold", "Flatten", "XnorPopcountMatMul")
    ]
    assert "of BINARY, in the order" in (tmp_path / "finn" / "README.md").read_text()


@pytest.mark.needs_shared
@pytest.mark.filterwarnings("ignore:Output shapes disagree")
@pytest.mark.parametrize(
    ("name", "units", "scale"),
    [
        ("zoo_tfc_1w1a", {0: (16, 49), 1: (8, 8), 2: (8, 8), 3: (10, 8)}, 1 / 255),
        ("lfc_w1a1_mnist", {0: (32, 49), 1: (64, 32), 2: (32, 64), 3: (10, 8)}, 1.0),
        (
            "cnv_w1a1_cifar10",
            dict(
                enumerate(
                    [
                        *((16, 3), (32, 32), (16, 32), (16, 32), (4, 32), (1, 32)),
                        *((1, 4), (1, 8), (5, 1)),
                    ]
                )
            ),
            1.0,
        ),
    ],
)
def test_trained_models_both_ways(
    tmp_path: Path,
    shared_models: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    units: dict[int, tuple[int, int]],
    scale: float,
) -> None:
    """FINN's folding in, its model and folding out, the user's own model's numbers from it."""
    nodes: dict[str, Any] = {f"MVAU_hls_{i}": {"PE": p, "SIMD": s} for i, (p, s) in units.items()}
    (tmp_path / "in.json").write_text(json.dumps({"Defaults": {}, **nodes}))
    path = shared_models / f"{name}.onnx"
    made = ["compile", str(path), "--board", "pynq-z1", "--folding", str(tmp_path / "in.json")]
    made += ["--input-scale", str(scale), "-o", str(tmp_path / "build"), "--quiet"]
    assert main(made) == 0
    assert main(["export-finn", str(tmp_path / "build")]) == 0
    assert "finn run" in capsys.readouterr().out
    out = json.loads((tmp_path / "build-finn" / "folding.json").read_text())
    for node, settings in nodes.items():
        assert settings.items() <= out[node].items()
    accelerator = xnorflow.load(tmp_path / "build")
    host = accelerator.design.graph.host_input
    x = accelerator.random_inputs(2)
    frames = x.reshape(2, -1)
    frames = frames if host.order is None else frames[:, host.order]
    outputs = computed(tmp_path / "build-finn" / "model.onnx", frames)
    raw = as_raw(accelerator.design, outputs).astype(np.int32)
    values, _ = from_raw(accelerator.design.graph.host_output, raw)
    user = ModelWrapper(str(path)).transform(InferShapes())
    (entry,) = (t.name for t in user.graph.input if user.get_initializer(t.name) is None)
    for frame, value in zip(x, values, strict=True):
        given = (frame.astype(np.float64) * scale).astype(np.float32)
        wanted = execute_onnx(user, {entry: given.reshape(user.get_tensor_shape(entry))})
        assert np.array_equal(next(iter(wanted.values())).ravel(), value.ravel())


@pytest.mark.parametrize("pooled", [False, True])
def test_zeros_around_binary_images(tmp_path: Path, pooled: bool) -> None:
    """Bits have no zero: FINN gets -1, 0 and +1, and one threshold a channel."""
    net = image(3, 8, 8)
    conv(net, 8, 3, 3, 3, pads=[1, 1, 1, 1])
    if pooled:
        net.max_pool(2, 2, strides=[2, 2])
    conv(net, 6, 8, 3, 3, pads=[1, 1, 1, 1])
    conv(net, 5, 6, 3, 3, pads=[1, 1, 0, 0], strides=[2, 2])
    net.add("Flatten")
    net.dense(signs(np.random.default_rng(3), frame_shape(net)[1], 4))
    path = net.save(tmp_path)
    design = xnorflow.compile(path, board="pynq-z1", target_fps=1000).design
    kinds = [layer for layer in design.graph.layers if needs_signs(layer)]
    assert len(kinds) >= 2
    export_finn(design, tmp_path / "finn")
    frames = np.random.default_rng(5).integers(0, 256, (8, 192))
    golden = run_graph(design.graph, frames.astype(np.int32))
    outputs = computed(tmp_path / "finn" / "model.onnx", frames)
    assert np.array_equal(as_raw(design, outputs), golden)
    model = ModelWrapper(str(tmp_path / "finn" / "model.onnx"))
    types = {model.get_tensor_datatype(node.output[0]).name for node in model.graph.node}
    assert "INT2" in types
