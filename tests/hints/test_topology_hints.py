# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Graphs that are no chain of fixed sizes, and what their hints lead to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tests.conv_net import conv, image
from tests.faulty import RNG, refused, small, two_layers
from tests.hints.follows import follows
from tests.qonnx_net import Net, signs

from xnorflow.frontend.load import load_model
from xnorflow.frontend.read import clean

PART = "export the part of the network from one input to one output"


@follows("several-inputs")
def test_the_part_behind_one_input_is_exported(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    model = net.model()
    model.graph.input.append(helper.make_tensor_value_info("other", TensorProto.FLOAT, [1]))
    path, part = tmp_path / "m.onnx", tmp_path / "part.onnx"
    onnx.save(model, path)
    (fault,) = refused(path)
    assert (fault.code, fault.hint) == ("several-inputs", PART)
    del model.graph.input[1]
    onnx.save(model, part)
    load_model(part)


@follows("several-outputs")
def test_the_part_up_to_one_output_is_exported(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    first = net.last
    net.add("Neg")
    net.outputs = [first, net.last]
    (fault,) = refused(net.save(tmp_path))
    assert (fault.code, fault.hint) == ("several-outputs", PART)
    net.outputs = [net.last]
    load_model(net.save(tmp_path))


@follows("unsupported-topology")
@pytest.mark.parametrize("op", ["Mul", "Max", "Where"])
def test_shortcuts_are_added_or_concatenated(tmp_path: Path, op: str) -> None:
    def joined(op: str) -> Net:
        net = image(2, 4, 4)
        skip = net.last
        conv(net, 2, 2, 1, 1)
        if op == "Where":
            net.last = net.node("Where", [net.constant(np.ones(4), np.bool_), net.last, skip])
        else:
            net.add(op, skip, **({"axis": 1} if op == "Concat" else {}))
        net.bipolar()
        net.add("Flatten")
        net.dense(signs(RNG, 64 if op == "Concat" else 32, 3))
        return net

    (fault,) = refused(joined(op).save(tmp_path))
    assert fault.code == "unsupported-topology"
    assert fault.hint == "join computed tensors by Add or Concat along the channels alone"
    for right in ("Add", "Concat"):
        load_model(joined(right).save(tmp_path))


@follows("unsupported-topology")
def test_the_choice_is_put_at_the_end(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("ArgMax", axis=1)
    net.add("Cast", to=TensorProto.FLOAT)
    net.dense(signs(RNG, 1, 4))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-topology"
    assert fault.hint.endswith("and the choice of the best at the end")
    net = two_layers(Net.bipolar)
    net.add("ArgMax", axis=1)
    net.output_type = TensorProto.INT64
    load_model(net.save(tmp_path))


@follows("unsupported-topology")
def test_a_network_needs_a_product(tmp_path: Path) -> None:
    net = small()
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-topology"
    assert "let the model be products with functions between" in fault.hint
    net.dense(signs(RNG, 6, 4))
    load_model(net.save(tmp_path))


@follows("unsupported-topology")
def test_the_indices_alone_leave(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    values = net.add("TopK", net.constant([1], np.int64), outputs=2)
    net.outputs = [values]
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-topology"
    assert "make the indices of TopK the model's output" in fault.hint
    net.outputs = [values[:-1] + "1"]
    net.output_type = TensorProto.INT64
    load_model(net.save(tmp_path))


@follows("dynamic-shape")
@pytest.mark.parametrize("shape", [(6,), (1, "width"), ("n", 0)])
def test_an_export_with_the_real_size_loads(tmp_path: Path, shape: tuple[int | str, ...]) -> None:
    def of(shape: tuple[int | str, ...]) -> Net:
        net = small(shape)
        net.dense(signs(RNG, 6, 4))
        return net

    (fault,) = refused(of(shape).save(tmp_path))
    assert fault.code == "dynamic-shape"
    assert fault.hint == "export with an example input of the real size, batch axis first"
    load_model(of((1, 6)).save(tmp_path))
    load_model(of(("n", 6)).save(tmp_path))


@follows("tensor-too-large")
def test_a_smaller_kernel_fits(tmp_path: Path) -> None:
    def wide(kernel: int, channels: int) -> Net:
        net = image(channels, 32, 32)
        net.conv(signs(RNG, 2, channels, kernel, kernel))
        return net

    (fault,) = refused(wide(16, 1024).save(tmp_path))
    assert fault.code == "tensor-too-large"
    assert fault.hint == "make the image, the kernel or the number of channels smaller"
    load_model(wide(3, 64).save(tmp_path))


@follows("tensor-too-large")
def test_more_memory_suffices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    path = two_layers(Net.bipolar).save(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(clean, "state_kernels", full)
        (fault,) = refused(path)
    assert fault.code == "tensor-too-large"
    assert fault.hint.startswith("compile on a machine with more memory")
    load_model(path)


@follows("tensor-too-large")
def test_a_constant_of_the_real_size_fits(tmp_path: Path) -> None:
    def of(*sizes: int) -> Net:
        net = two_layers(Net.bipolar)
        made = net.node("ConstantOfShape", [net.constant(sizes, np.int64)])
        net.add("Add", net.node("ReduceMax", [made], keepdims=0))
        return net

    (fault,) = refused(of(1 << 30, 1 << 12).save(tmp_path))
    assert fault.code == "tensor-too-large"
    assert fault.hint == "export with an example input of the real size"
    load_model(of(6, 4).save(tmp_path))


@follows("tensor-too-large")
def test_a_large_image_is_pooled_in_steps(tmp_path: Path) -> None:
    def pooled(side: int) -> Net:
        net = image(1, side, side)
        conv(net, 1, 1, 2, 2)
        net.add("GlobalMaxPool")
        net.add("Flatten")
        net.dense(signs(RNG, 1, 3))
        return net

    (fault,) = refused(pooled(260).save(tmp_path))
    assert fault.code == "tensor-too-large"
    assert "make the image" in fault.hint
    load_model(pooled(26).save(tmp_path))
