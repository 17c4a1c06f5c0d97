# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes are named with their PyTorch modules, whatever the exporter left of those."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.faulty import RNG, refused, small
from tests.qonnx_net import signs

from xnorflow.frontend.load import load_model
from xnorflow.frontend.read.modules import module_paths

SCOPES = "pkg.torch.onnx.name_scopes"


def path_of(name: str, scopes: str | None = None, inputs: tuple[str, ...] = ()) -> str | None:
    node = helper.make_node("Add", ["x", *inputs], ["y"], name=name)
    if scopes is not None:
        node.metadata_props.add(key=SCOPES, value=scopes)
    stored = [numpy_helper.from_array(np.zeros(1, np.float32), n) for n in inputs]
    entry = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph([node], "g", [entry], [], stored)
    return module_paths(graph, {}).get(name)


@pytest.mark.parametrize(
    ("scopes", "path"),
    [
        ("['', 'features', 'features.0', 'conv2d']", "features.0"),
        ("['', 'fc1', 'fc1.weight_quant', 'fc1.weight_quant.export_handler', 's']", "fc1"),
        ("['', 'a', 'a.act_quant', 'a.act_quant.export_handler', '_symbolic']", "a"),
        ("['', 'a.act_quant.fused_activation_quant_proxy.activation_impl', 'relu']", "a"),
        ("['', 'act_quant', 'act_quant.export_handler', '_symbolic']", None),
        ("['', 'view']", None),
        ("['linear']", None),
        ("[]", None),
    ],
)
def test_scopes_beside_the_node(scopes: str, path: str | None) -> None:
    assert path_of("node_1", scopes) == path


@pytest.mark.parametrize(
    "scopes",
    [
        "",
        "['', 'fc1', 'linear'",
        "('', 'fc1', 'linear')",
        "['', 1, 'linear']",
        "['', 'fc' + '1', 'linear']",
        "[__import__('os').getcwd(), 'fc1', 'linear']",
        "['', 'fc1\\x1b[2J', 'linear']",
        "['', '" + "a" * 10_000 + "', 'linear']",
        "[" * 9_000,
        "-" * 9_000,
        "['\0', 'fc1', 'linear']",
        "0x1for x in y",
        "['', 'fc1' 'linear', 'x']",
        "['', 'fc1\n', 'linear']",
    ],
)
def test_hostile_scopes_are_ignored(scopes: str, recwarn: pytest.WarningsRecorder) -> None:
    assert path_of("node_1", scopes) is None
    assert path_of("/fc2/MatMul", scopes) == "fc2"
    assert not recwarn.list


def test_a_path_is_safe_to_print() -> None:
    assert path_of("node_1", "['', 'fc\x1b[2J', 'linear']") == r"fc\x1b[2J"
    assert path_of("node_1", "['', '" + "a" * 9_000 + "', 'linear']") == "a" * 200


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("/features/features.0/Conv", "features.0"),
        ("/body/body.0/body.0.1/conv/Conv", "body.0.1.conv"),
        ("/blocks.1/norm/BatchNormalization", "blocks.1.norm"),
        ("/layer1/conv/Conv_2", "layer1.conv"),
        ("/2/weight_quant/export_handler/BipolarQuant", "2"),
        ("/a/act/act_quant/activation_impl/Relu", "a.act"),
        ("/Flatten", None),
        ("/", None),
        ("MatMul_3", None),
        ("scope/MatMul_3", None),
    ],
)
def test_names_that_are_paths(name: str, path: str | None) -> None:
    assert path_of(name) == path


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        (("fc1.weight",), "fc1"),
        (("body.3.running_mean", "other.bias"), "body.3"),
        (("scale", "head.fc.bias"), "head.fc"),
        (("weight",), None),
        (("MatMul_0_param0",), None),
        (("a.export_handler.lifted_tensor_0",), None),
    ],
)
def test_names_of_parameters(inputs: tuple[str, ...], path: str | None) -> None:
    assert path_of("MatMul_3", inputs=inputs) == path


def test_the_surest_source_wins() -> None:
    assert path_of("/b/Add", "['', 'a', 'add']", ("c.weight",)) == "a"
    assert path_of("/b/Add", "['', 'add']", ("c.weight",)) == "b"


def test_a_diagnostic_names_modules_once(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4), name="/head/fc1/MatMul")
    net.add("LRN", size=3, name="/head/LRN")
    net.add("Hardmax", name="/head/Hardmax")
    (fault,) = refused(net.save(tmp_path))
    assert fault.origin.modules == ("head",)
    assert str(fault.origin).endswith("nodes /head/LRN, /head/Hardmax (head)")


class TestExports:
    """A network of nested modules, as both of PyTorch's exporters write it."""

    EXPORTERS = ({"dynamo": False}, {"dynamo": True, "optimize": True})

    @pytest.fixture
    def make(self) -> Callable[..., object]:
        pytest.importorskip("torch", reason="needs the extra train")
        pytest.importorskip("brevitas", reason="needs the extra train")
        from tests.nested_net import Nested

        return Nested

    @pytest.mark.parametrize("options", EXPORTERS)
    def test_layers_name_their_modules(
        self, tmp_path: Path, make: Callable[..., object], options: dict[str, bool]
    ) -> None:
        from tests.brevitas_nets import export

        path = export(make(), np.zeros((1, 3, 8, 8), np.float32), tmp_path / "n.onnx", **options)
        made = {x.name: x.origin.modules for x in load_model(path).layers}
        assert made["quantize0"] == ("inputs.0", "inputs.1")
        assert made["conv0"] == ("blocks.0.conv", "blocks.0.norm", "blocks.0.act")
        assert made["conv1"] == ("body.0.0.conv", "body.0.0.norm", "body.0.0.act")
        assert made["pool1"] == ("body.1",)
        assert made["dense2"] == ("fc",)

    @pytest.mark.parametrize("options", [*EXPORTERS, {"dynamo": True, "optimize": False}])
    def test_every_exporter_leaves_them(
        self, tmp_path: Path, make: Callable[..., object], options: dict[str, bool]
    ) -> None:
        from tests.brevitas_nets import export

        path = export(make(), np.zeros((1, 3, 8, 8), np.float32), tmp_path / "n.onnx", **options)
        graph = onnx.load(path).graph
        paths = module_paths(graph, {})
        assert {paths[n.name] for n in graph.node if n.op_type == "Conv"} == {
            "blocks.0.conv",
            "body.0.0.conv",
        }
        assert [paths[n.name] for n in graph.node if n.op_type == "BipolarQuant"] == [
            *("blocks.0.conv", "blocks.0.act", "body.0.0.conv", "body.0.0.act", "fc"),
        ]

    @pytest.mark.parametrize("options", EXPORTERS)
    def test_an_error_names_the_module(
        self, tmp_path: Path, make: Callable[..., object], options: dict[str, bool]
    ) -> None:
        from tests.brevitas_nets import export

        example = np.zeros((1, 3, 8, 8), np.float32)
        path = export(make(weight_bits=16), example, tmp_path / "n.onnx", **options)
        (fault,) = refused(path)
        assert fault.code == "unsupported-weights"
        assert fault.origin.modules == ("body.0.0.conv",)
        assert str(fault.origin).endswith("(body.0.0.conv)")
