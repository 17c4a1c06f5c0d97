# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A last product of integer weights, against the executor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from tests.conv_net import RNG, frame_shape, image
from tests.faulty import refused
from tests.predict import close, pixels, same, small
from tests.qonnx_net import Array, Net, execute, signs

from xnorflow.frontend.load import load_model
from xnorflow.ir.host import HostLine
from xnorflow.passes.pipeline import run_passes

Step = Callable[[Net], object]


def integers(*shape: int) -> Array:
    """Weights of 8 bits."""
    found: Array = (RNG.integers(-127, 128, shape) / 256).astype(np.float32)
    return found


def quant(net: Net) -> None:
    net.add("Quant", 1.0, 0.0, 4.0, signed=1, narrow=0, rounding_mode="ROUND")


def scored(*ends: Step) -> Net:
    """Scores of bits, and what follows."""
    net = small()
    net.add("MatMul", integers(6, 4))
    net.add("Add", RNG.normal(size=4) / 8)
    for end in ends:
        end(net)
    return net


def softmax(net: Net) -> None:
    net.add("Softmax", axis=1)


def argmax(net: Net) -> None:
    net.add("ArgMax", axis=1)
    net.output_type = TensorProto.INT64


def best_two(net: Net) -> None:
    values = net.add("TopK", net.constant([2], np.int64), outputs=2)
    net.outputs = [values[:-1] + "1"]
    net.output_type = TensorProto.INT64


@pytest.mark.parametrize("ends", [(), (argmax,), (best_two,), (softmax, argmax)])
def test_scores_and_choices(tmp_path: Path, ends: tuple[Step, ...]) -> None:
    graph = same(scored(*ends), tmp_path, pixels(6))
    assert isinstance(graph.host_output.table, HostLine)
    assert [note.code for note in graph.notes] == ["softmax-dropped"] * (softmax in ends)


def test_probabilities(tmp_path: Path) -> None:
    path, x = scored(softmax).save(tmp_path), pixels(6)
    graph = run_passes(load_model(path))
    model = onnx.load(path)
    close(graph, x, np.concatenate([execute(model, f[None].astype(np.float32)) for f in x]))


@pytest.mark.parametrize("levels", [(-1, 1), (0, 1)])
@pytest.mark.parametrize("averages", [False, True])
def test_bits_that_a_pool_stores_inverted(
    tmp_path: Path, averages: bool, levels: tuple[int, int]
) -> None:
    """The largest sum gives the lower level where what follows the pool falls."""
    net = image(2, 4, 4)
    net.conv(signs(RNG, 4, 2, 2, 2))
    net.max_pool(2, 2)
    net.add("Mul", np.reshape([-1, 1, -1, 1], (4, 1, 1)))
    net.add("Sub", 0.5)
    net.bipolar()
    net.add("Mul", (levels[1] - levels[0]) / 2)
    net.add("Add", sum(levels) / 2)
    if averages:
        net.add("GlobalAveragePool")
    net.add("Flatten")
    net.add("MatMul", integers(frame_shape(net)[1], 3))
    same(net, tmp_path, pixels(2, 4, 4))


def vectors(transposed: bool) -> Net:
    """Four vectors of 16, or 16 of 4, at the network's end."""
    net = image(2, 5, 5)
    net.conv(signs(RNG, 4, 2, 2, 2))
    quant(net)
    net.reshape(1, 4, 16)
    if transposed:
        net.add("Transpose", perm=[0, 2, 1])
    net.add("MatMul", integers(4 if transposed else 16, 3), name="product")
    return net


def test_several_vectors(tmp_path: Path) -> None:
    same(vectors(transposed=True), tmp_path, pixels(2, 5, 5))
    (fault,) = refused(vectors(transposed=False).save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-op", ("product",))
    assert fault.message.startswith("MatMul must multiply pixels as they are, not vectors")


def test_several_vectors_of_wide_sums_are_refused(tmp_path: Path) -> None:
    net = image(2, 5, 5)
    net.conv(signs(RNG, 4, 2, 2, 2))
    net.add("Quant", 1 / 256, 0.0, 12.0, signed=1, narrow=0, rounding_mode="ROUND")
    net.add("Add", RNG.normal(size=(4, 1, 1)))
    net.add("Quant", 1 / 256, 0.0, 12.0, signed=1, narrow=0, rounding_mode="ROUND")
    net.add("Conv", net.constant(integers(3, 4, 1, 1)), name="product")
    (fault,) = refused(net.save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-op", ("product",))
    assert fault.message == (
        "Conv of integer weights must multiply one vector of 4 a frame, not 16, at the network's "
        "end"
    )


def test_functions_of_more_than_the_sums_are_refused(tmp_path: Path) -> None:
    net = scored()
    net.pad([0, 0, 0, 1], 1.0)
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "unsupported-op"
    assert fault.message.startswith("MatMul of integer weights must be followed by")


def test_sums_of_more_than_32_bits_are_refused(tmp_path: Path) -> None:
    net = Net((1, 34_000), dtype="UINT9")
    net.add("Quant", 1.0, 0.0, 9.0, signed=0, narrow=0, rounding_mode="ROUND")
    net.add("MatMul", np.tile([[127], [126]], (17_000, 2)) / 256, name="product")
    (fault,) = refused(net.save(tmp_path))
    assert (fault.code, fault.origin.nodes) == ("unsupported-op", ("product",))
    assert fault.message.startswith(
        "MatMul of integer weights must have sums that 32 bits hold, not from 0"
    )


@pytest.mark.parametrize("signed", [0, 1])
def test_inputs_of_nine_bits(tmp_path: Path, signed: int) -> None:
    low = -256 * signed
    net = Net((1, 6), dtype="INT9" if signed else "UINT9")
    net.add("Quant", 1.0, 0.0, 9.0, signed=signed, narrow=0, rounding_mode="ROUND")
    net.dense(signs(RNG, 6, 5))
    net.add("Sub", 0.5)
    net.bipolar()
    net.dense(signs(RNG, 5, 3))
    same(net, tmp_path, RNG.integers(low, low + 512, (40, 6)).astype(np.int16))


def test_infinite_scores_are_refused(tmp_path: Path) -> None:
    net = scored()
    net.add("Add", np.float32(np.inf))
    (fault,) = refused(net.save(tmp_path))
    assert fault.code == "not-finite"
