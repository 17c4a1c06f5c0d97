# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Networks of small files that would need more memory than any network in hardware does."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import qonnx.core.onnx_exec
from onnx import TensorProto
from tests.blocks import SIDE, end, norm, quant, stem
from tests.conv_net import RNG, conv, frame_shape, image
from tests.faulty import refused, small, two_layers
from tests.layer_ops import table_of
from tests.predict import pixels, same
from tests.qonnx_net import Net, signs

from xnorflow.diagnostics import Diagnostic
from xnorflow.frontend import examine
from xnorflow.frontend.evaluate import elements, product
from xnorflow.frontend.lower import fault_preview, head, joins
from xnorflow.frontend.read import clean
from xnorflow.frontend.trace import images
from xnorflow.ir.ops.arg_max import ArgMax


def too_large(net: Net, folder: Path) -> Diagnostic:
    (fault,) = refused(net.save(folder))
    assert fault.code == "tensor-too-large"
    return fault


def test_windows(tmp_path: Path) -> None:
    net = image(1024, 32, 32)
    net.conv(np.ones((2, 1024, 16, 16)), name="Wide")
    fault = too_large(net, tmp_path)
    assert fault.message == (
        "all windows of Conv must be at most 67108864 elements, not 17 x 17 x 16 x 16 x 1024"
    )
    assert fault.origin.nodes == ("Wide_weights", "Wide")


def test_windows_of_averages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_ELEMENTS", 500)
    net = image(2, 12, 12)
    net.add("AveragePool", kernel_shape=[3, 3], strides=[3, 3])
    net.conv(signs(RNG, 3, 2, 3, 3), name="Reader")
    fault = too_large(net, tmp_path)
    assert fault.message.endswith("elements, not 2 x 2 x 9 x 9 x 2")
    assert "Reader" in fault.origin.nodes


def test_a_pool_of_a_large_image(tmp_path: Path) -> None:
    net = image(1, 260, 260)
    conv(net, 1, 1, 2, 2)
    net.add("GlobalMaxPool", name="Wide")
    net.add("Flatten")
    net.dense(signs(RNG, 1, 3))
    fault = too_large(net, tmp_path)
    assert fault.message == (
        "the kernel of GlobalMaxPool must be at most 65536 elements, not 259 x 259"
    )
    assert fault.origin.nodes == ("Wide",)


def test_weights_behind_averages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product, "MAX_ELEMENTS", 500)
    net = image(2, 6, 7)
    net.add("GlobalAveragePool")
    net.add("Flatten")
    net.dense(signs(RNG, frame_shape(net)[1], 6), name="Reader")
    fault = too_large(net, tmp_path)
    assert fault.message.startswith("weights of MatMul for all averaged must be at most")
    assert fault.message.endswith("elements, not 6 x 2 x 42")
    assert fault.origin.nodes == ("Reader_weights", "Reader")


def test_inputs_of_too_many_kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head, "MAX_ELEMENTS", 1000)
    net = Net((1, 6))
    net.add("Sub", RNG.normal(100, 30, 6), name="own")
    net.bipolar()
    net.dense(signs(RNG, 6, 4))
    fault = too_large(net, tmp_path)
    assert fault.message.startswith("integers of the input for elements that differ must be")
    assert fault.message.endswith("elements, not 256 x 6")
    assert fault.origin.nodes[0] == "own"


def test_sums_of_elements_that_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "_MAX_SUMS", 27)
    net = two_layers(Net.bipolar)
    fault = too_large(net, tmp_path)
    assert (
        fault.message == "sums of all elements that differ must be at most 27 elements, not 7 x 4"
    )
    assert fault.origin.nodes[:2] == ("first_weights", "first")


def test_many_outputs_of_wide_sums_share_one_row(tmp_path: Path) -> None:
    net = Net((1, 2048), dtype="UINT8")
    net.dense(signs(RNG, 2048, 400))
    graph = same(net, tmp_path, pixels(2048)[:2])
    assert table_of(graph.host_output).shape == (1, 2 * 255 * 2048 + 1)


def test_the_best_of_many_wide_sums(tmp_path: Path) -> None:
    net = Net((1, 2048), dtype="UINT8")
    net.dense(signs(RNG, 2048, 400))
    net.add("ArgMax", axis=1)
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(2048)[:2])
    choice = graph.layers[-1].op
    assert isinstance(choice, ArgMax)
    assert choice.offsets.tolist() == [0] * 400


def test_many_outputs_that_differ(tmp_path: Path) -> None:
    net = Net((1, 2048), dtype="UINT8")
    net.dense(signs(RNG, 2048, 400))
    net.add("Add", RNG.normal(0, 1, 400), name="bias")
    (fault,) = refused(net.save(tmp_path))
    assert fault.message == (
        "what the output's elements mean must fit a table of 33554432 entries, "
        "not 400 elements of 1044481 values"
    )
    assert fault.origin.nodes[-1] == "bias"


def test_a_layer_that_is_first_and_last(tmp_path: Path) -> None:
    net = Net((1, 784), dtype="UINT8")
    net.dense(signs(RNG, 784, 10))
    net.add("Add", RNG.normal(0, 1, 10))
    graph = same(net, tmp_path, pixels(784))
    assert table_of(graph.host_output).shape == (10, 2 * 255 * 784 + 1)


def test_layers_of_too_many_kinds_are_not_surveyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = small()
    for size in (6, 4):
        net.dense(signs(RNG, size, 4))
        net.add("Sigmoid")
    net.dense(signs(RNG, 4, 3))
    assert len(refused(net.save(tmp_path))) == 2
    monkeypatch.setattr(fault_preview, "_MAX_SUMS", 1)
    assert len(refused(net.save(tmp_path))) == 1


def test_memory_that_ends_while_nodes_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = two_layers(Net.bipolar).save(tmp_path)
    monkeypatch.setattr(qonnx.core.onnx_exec, "execute_onnx", _full)
    faults = refused(path)
    assert {fault.code for fault in faults} == {"tensor-too-large"}
    assert faults[0].message == "every tensor must fit this machine's memory, not be larger"
    assert faults[0].origin.nodes


@pytest.mark.parametrize(("module", "name"), [(clean, "state_kernels"), (examine, "lower")])
def test_memory_that_ends_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str
) -> None:
    monkeypatch.setattr(module, name, _full)
    fault = too_large(two_layers(Net.bipolar), tmp_path)
    assert fault.message == "every tensor must fit this machine's memory, not be larger"
    assert fault.origin.file == str(tmp_path / "net.onnx")


def _full(*_: object, **__: object) -> None:
    raise MemoryError


@pytest.mark.parametrize("place", ["input", "pad", "behind"])
@pytest.mark.parametrize("stated", [True, False])
def test_an_image_whose_pixels_onnx_would_count(tmp_path: Path, place: str, stated: bool) -> None:
    """Its shape inference takes the stride off the image until nothing is left."""
    net = Net((1, 2, 8, 1 << 60 if place == "input" else 8))
    net.bipolar()
    kernel = {"kernel_shape": [3, 3]} if stated else {}
    if place == "behind":
        net.add("Conv", signs(RNG, 2, 2, 3, 3), auto_pad="SAME_LOWER", strides=[2, 2], **kernel)
        net.bipolar()
    if place != "input":
        net.add("Pad", net.constant([0, 0, 0, 0, 0, 0, 0, 1 << 60], np.int64))
    net.add("Conv", signs(RNG, 3, 2, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2], **kernel)
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "tensor-too-large"
    assert fault.message.endswith(f"{(1 << 60) + {'input': 0, 'pad': 8, 'behind': 4}[place]}]")


@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
def test_images_that_pad_by_themselves_may_be_strided(tmp_path: Path, mode: str) -> None:
    net = Net((1, 2, 9, 8))
    net.add("Sub", 127.5)
    net.bipolar()
    net.add("Conv", signs(RNG, 3, 2, 3, 2), auto_pad=mode, strides=[2, 3])
    net.bipolar()
    net.add("MaxPool", kernel_shape=[3, 2], auto_pad=mode, strides=[2, 2])
    net.add("Flatten")
    net.dense(signs(RNG, 18, 4))
    same(net, tmp_path, pixels(2, 9, 8))


def fine(step: float) -> Net:
    """Integers of 16 bits."""
    net = stem()
    norm(net)
    net.add("Mul", 4.0)
    quant(net, step, 16)
    return net


def test_averages_of_too_many_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "_MAX_WINDOWS", 1 << 18)
    net = fine(1 / 4096)
    net.add("GlobalAveragePool", name="Wide")
    quant(net, 1 / 16)
    fault = too_large(net, tmp_path)
    assert fault.message.startswith("windows for all sums must be at most 262144 elements, not ")
    assert fault.origin.nodes == ("Wide",)


def test_averages_of_many_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "_CHUNK", 1 << 10)
    net = fine(1 / 256)
    net.add("AveragePool", kernel_shape=[2, 2], strides=[2, 2])
    quant(net, 1 / 256, 16)
    same(end(net), tmp_path, pixels(3, SIDE, SIDE))


def test_sums_of_too_many_bits(tmp_path: Path) -> None:
    net = fine(1 / 4096)
    one = net.last
    net.add("Mul", 16.0)
    quant(net, 16 / 4096, 16)
    net.add("Add", one, name="Wide")
    quant(net, 1 / 16)
    (fault, *_) = refused(net.save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-op", ("Wide",))
    assert fault.message.startswith("Add must have sums of at most 20 bits, not from -")


def test_values_of_elements_that_differ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "MAX_ELEMENTS", 1 << 10)
    fault = too_large(end(stem()), tmp_path)
    assert fault.message.startswith("values of all elements that differ must be at most")
