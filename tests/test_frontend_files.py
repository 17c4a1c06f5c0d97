# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Files that are no models, and models made to do harm: what is said, and that nothing escapes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tests.faulty import refused, small, two_layers
from tests.fuzz.build import build
from tests.fuzz.hunt import sample
from tests.fuzz.strategies import SMALL, lone_networks
from tests.qonnx_net import Net

from xnorflow.diagnostics import XnorflowError
from xnorflow.frontend.load import load_model
from xnorflow.frontend.read import limits, model_file

# files


def test_missing_file(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path / "no.onnx")
    assert fault.code == "model-not-found"
    assert fault.message == "the model file must exist"
    assert "no.onnx" in str(fault)


def test_directory(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path)
    assert fault.code == "model-not-a-file"
    assert "must be a file, not a directory" in fault.message


def test_name_that_no_system_takes(tmp_path: Path) -> None:
    (fault,) = refused(tmp_path / ("x" * 5000))
    assert fault.code == "model-unreadable"
    assert "must be readable, not: " in fault.message


def test_oversized_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file, "MAX_BYTES", 1 << 20)
    path = tmp_path / "big.onnx"
    path.write_bytes(bytes((1 << 20) + 1))
    (fault,) = refused(path)
    assert fault.code == "model-too-large"
    assert "must be at most 1 MiB" in fault.message


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"hello, world\n" * 9, b"\xff" * 64])
def test_other_formats(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(data)
    (fault,) = refused(path)
    assert fault.code == "model-not-onnx"
    assert f"must be a complete ONNX file, not {len(data)} bytes" in fault.message


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_truncated_model(tmp_path: Path, part: float) -> None:
    path = two_layers(Net.bipolar).save(tmp_path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    (fault,) = refused(path)
    assert fault.code == "model-not-onnx"
    assert "truncated, corrupted or of another format" in fault.hint


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = two_layers(lambda net: net.bipolar(name="Sign")).save(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"Sign", b"\xff\xfe\xfd\xfc"))
    (fault,) = refused(path)
    assert fault.code == "model-not-onnx"


def test_empty_file_and_empty_graph(tmp_path: Path) -> None:
    for data in (b"", helper.make_model(helper.make_graph([], "g", [], [])).SerializeToString()):
        path = tmp_path / "m.onnx"
        path.write_bytes(data)
        (fault,) = refused(path)
        assert fault.code == "model-not-onnx"
        assert "must hold a graph with nodes" in fault.message


def test_no_prefix_or_noise_escapes_as_another_exception(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    drawn = sample(lone_networks(SMALL), start=0, count=12)
    models = [build(case.network).model().SerializeToString() for case in drawn]
    outcomes: set[str] = set()
    for seed in range(150):
        rng = np.random.default_rng(seed)
        data = bytearray(models[seed % len(models)])
        for _ in range(rng.integers(1, 5)):
            place = int(rng.integers(len(data)))
            if rng.random() < 0.3:
                del data[place : place + 4]
            else:
                data[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(data)
        try:
            load_model(path)
        except XnorflowError as error:
            outcomes.update(fault.code for fault in error.diagnostics)
    assert {"model-not-onnx", "model-invalid"} <= outcomes


# hostile models


def test_external_data_is_never_opened(tmp_path: Path) -> None:
    path = two_layers(Net.bipolar).save(tmp_path)
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(1000))
    model = onnx.load(path)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../etc/passwd")
    path.write_bytes(model.SerializeToString())
    (fault,) = refused(path)
    assert fault.code == "external-data"
    assert fault.message.endswith("must be inside the model file, not in another file: c0")


def test_external_data_in_a_constant_node(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    tensor = helper.make_tensor("inner", TensorProto.FLOAT, [1], [1.0])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="weights.bin")
    net.add("Mul", net.node("Constant", [], value=tensor))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "external-data"
    assert "inner" in fault.message


def test_unknown_domain_is_never_imported(tmp_path: Path) -> None:
    net = two_layers(lambda net: net.bipolar(name="odd"))
    model = net.model()
    next(node for node in model.graph.node if node.name == "odd").domain = "antigravity"
    path = tmp_path / "m.onnx"
    path.write_bytes(model.SerializeToString())
    (fault,) = refused(path)
    assert fault.code == "unsupported-op"
    assert "not antigravity.BipolarQuant" in fault.message
    assert fault.origin.nodes == ("odd",)


def test_control_flow(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    made = helper.make_tensor_value_info("y", TensorProto.FLOAT, [])
    body = helper.make_graph([helper.make_node("Identity", ["c0"], ["y"])], "b", [], [made])
    condition = net.constant(True, np.bool_)
    net.add("Mul", net.node("If", [condition], then_branch=body, else_branch=body, name="branch"))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == "nodes must not hold graphs of their own, not If"


def test_constants_drawn_at_random(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    net.add("Add", net.node("RandomNormal", [], shape=[3], name="dice"))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message == "operators must give the same each time, not RandomNormal"
    assert fault.origin.nodes == ("dice",)


def test_constants_that_unfold_into_terabytes(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    huge = net.node("ConstantOfShape", [net.constant([1 << 30, 1 << 12], np.int64)], name="bomb")
    net.add("Mul", net.node("ReduceMax", [huge], keepdims=0))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "tensor-too-large"
    assert f"at most {limits.MAX_ELEMENTS} elements, not [1073741824, 4096]" in fault.message
    assert fault.origin.nodes == ("bomb",)


def test_constants_of_unknown_size(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    limit = net.node("Exp", [net.constant(22.0)])
    steps = net.node("Range", [net.constant(0.0), limit, net.constant(1.0)], name="bomb")
    net.add("Mul", net.node("ReduceMax", [steps], keepdims=0))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "tensor-too-large"


def test_tensors_without_and_with_two_sources(tmp_path: Path) -> None:
    net = small()
    net.add("Add", "nowhere")
    net.nodes.append(helper.make_node("Relu", ["x"], [net.last], name="again"))
    faults = refused(net.save(tmp_path))
    assert [fault.code for fault in faults] == ["model-invalid"] * 2
    assert faults[0].message == "each tensor must have one source, not none: nowhere"
    assert faults[0].origin.nodes == ("Add_2",)
    assert faults[1].message == "each tensor must have one source, not two: Add_2_out0"
    assert faults[1].origin.nodes == ("Add_2", "again")


@pytest.mark.parametrize(
    ("kind", "dims", "held", "size"),
    [
        (TensorProto.INT64, [2], 17, 16),
        (TensorProto.INT64, [2], 0, 16),
        (TensorProto.FLOAT, [3, 4], 47, 48),
        (TensorProto.INT4, [3], 3, 2),
        (TensorProto.BOOL, [], 2, 1),
    ],
)
def test_data_of_another_size(
    tmp_path: Path, kind: int, dims: list[int], held: int, size: int
) -> None:
    tensor = TensorProto(name="bad", data_type=kind, dims=dims, raw_data=bytes(held))
    said = f"must have {size} bytes, not {held}"
    inside, outside = small(), small()
    inside.add("Reshape", inside.node("Constant", [], value=tensor))
    outside.constants.append(tensor)
    outside.add("Reshape", "bad")
    for net in (inside, outside):
        (fault,) = refused(net.save(tmp_path))
        assert fault.code == "model-invalid"
        assert fault.message == f"the data of tensor bad {dims} {said}"


def test_cycle(tmp_path: Path) -> None:
    net = small()
    net.nodes += [
        helper.make_node("Add", ["x", "b"], ["a"], name="one"),
        helper.make_node("Neg", ["a"], ["b"], name="two"),
    ]
    net.last = "a"
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "model-invalid"
    assert "Circular dependencies" in fault.message


def test_too_many_nodes(tmp_path: Path) -> None:
    net = small()
    for _ in range(10_001):
        net.add("Neg")
    (fault,) = refused(net.save(tmp_path))
    assert "at most 10000 nodes, not 10003" in fault.message


def test_control_codes_in_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    net = two_layers(lambda net: net.add("Softmax", axis=1, name="\x1b[2Jgone\nline"))
    (fault,) = refused(net.save(tmp_path))
    assert fault.origin.nodes == ("\\x1b[2Jgone\\nline",)
