# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Hidden layers and outputs: rows inverted, thresholds, choices in hardware or by the host."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto
from tests.layer_ops import op_of, table_of, thresholds_of
from tests.predict import pixels, predict, same, small
from tests.qonnx_net import Net, signs
from tests.rng import generator

from xnorflow.diagnostics import Severity
from xnorflow.frontend.load import load_model
from xnorflow.frontend.lower.select import hardware_offsets
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.types import BIPOLAR

RNG = generator(11)


# hidden layers


def test_negative_gammas_invert_their_row(tmp_path: Path) -> None:
    weights = signs(RNG, 6, 2)
    net = small()
    net.dense(weights)
    net.add("BatchNormalization", [1.0, -1.0], [0.0, 0.0], [0.5, 0.5], [1.0, 1.0])
    net.bipolar()
    net.dense(signs(RNG, 2, 3))
    graph = same(net, tmp_path, pixels(6))
    dense = graph.layers[1].op
    assert isinstance(dense, Dense)
    np.testing.assert_array_equal(dense.weights[0], weights[:, 0] > 0)
    np.testing.assert_array_equal(dense.weights[1], weights[:, 1] < 0)
    # Popcount p is the dot product 2p - 6: above 0.5 from p = 4; below it up to 3, or 3 of 6 - p.
    assert dense.thresholds is not None
    assert dense.thresholds.tolist() == [4, 3]


def test_dead_neurons_are_cleared_and_noted(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 3), name="first")
    net.add("Add", [100.0, 0.5, -100.0])
    net.bipolar()
    net.dense(signs(RNG, 3, 3))
    graph = same(net, tmp_path, pixels(6))
    assert thresholds_of(graph.layers[1])[[0, 2]].tolist() == [0, 7]
    assert not op_of(graph.layers[1], Dense).weights[[0, 2]].any()
    (note,) = graph.notes
    assert note.code == "dead-neurons"
    assert note.severity is Severity.NOTE
    assert note.message == "dense0: 2 of 3 neurons never change their output"
    assert "first" in note.origin.nodes


def test_a_layer_that_is_all_dead(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 3))
    net.add("Add", 100.0)
    net.bipolar()
    net.dense(signs(RNG, 3, 2))
    same(net, tmp_path, pixels(6), constant=True)


def test_decisions_by_rounding_alone_are_noted(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 3))
    # In float32 the sum 1e8 + 2 is 1e8, so that 2 is not seen to exceed it; in float64 it is.
    net.add("Add", [0.5, 1e8, 0.5])
    net.add("Sub", [0.0, 1e8 + 1, 0.0])
    net.bipolar(name="sign")
    net.dense(signs(RNG, 3, 3))
    graph = same(net, tmp_path, pixels(6))
    (note,) = [note for note in graph.notes if note.code == "near-tie"]
    assert note.message == (
        "dense0: 1 of 3 channels switch within float32 rounding error of a reachable sum: 1"
    )
    assert "sign" in note.origin.nodes


def test_inexact_sums_at_a_switch_are_noted(tmp_path: Path) -> None:
    net = small()
    net.add("MatMul", signs(RNG, 6, 3) * np.float32(0.1))  # sums of +-0.1 need not cancel
    net.bipolar()
    net.dense(signs(RNG, 3, 3))
    graph = load_model(net.save(tmp_path))
    (note,) = graph.notes
    assert (note.code, note.severity) == ("inexact-sums", Severity.WARNING)
    assert note.message == (
        "dense0: 3 of 3 neurons decide at a sum that the model itself computes with an error "
        "(the scale 0.1 of its products is no power of two): there it may decide either way, as "
        "the order of adding has it, while the hardware's sums are exact: 0, 1, 2"
    )
    assert "powers of two (0.125, not 0.1)" in note.hint
    net = small()
    net.add("MatMul", signs(RNG, 6, 3) * np.float32(0.125))
    net.bipolar()
    net.dense(signs(RNG, 3, 3))
    assert load_model(net.save(tmp_path)).notes == ()


def test_near_ties_of_the_input(tmp_path: Path) -> None:
    net = Net((1, 4))
    net.add("Add", 1e9)
    net.add("Sub", 1e9 + 96)
    net.bipolar()
    net.dense(signs(RNG, 4, 3))
    graph = load_model(net.save(tmp_path))
    (note,) = graph.notes
    assert note.code == "near-tie"
    assert note.message.startswith("input quantiser: 4 of 4 elements switch within float32")


@pytest.mark.parametrize(("scale", "bias"), [(1.0, 0.0), (2.0, -1.0), (1.0, -0.5), (-4.0, 3.0)])
def test_any_two_levels(tmp_path: Path, scale: float, bias: float) -> None:
    net = small(7)
    net.dense(signs(RNG, 7, 5))
    net.add("MultiThreshold", [[0.5]], out_dtype="INT8", out_scale=scale, out_bias=bias)
    net.dense(signs(RNG, 5, 4))
    net.add("MultiThreshold", [[1.0]], out_dtype="INT8", out_scale=scale, out_bias=bias)
    net.dense(signs(RNG, 4, 3))
    same(net, tmp_path, pixels(7))


def test_width_one_everywhere(tmp_path: Path) -> None:
    net = small(1)
    net.dense(signs(RNG, 1, 1))
    net.bipolar()
    net.dense(signs(RNG, 1, 1))
    net.add("Mul", -3.0)
    graph = same(net, tmp_path, pixels(1))
    assert str(graph.tensors[graph.output]) == "int2[1]"


# outputs


def test_a_quantised_output_leaves_as_bits(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Sub", [0.5, 1.5, -0.5, 2.5])
    net.bipolar(0.25)
    graph = same(net, tmp_path, pixels(6))
    assert graph.tensors[graph.output].value == BIPOLAR
    assert table_of(graph.host_output).tolist() == [[-0.25, 0.25]]


def test_outputs_in_another_order(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 6))
    net.add("Mul", np.arange(1, 7))
    net.reshape(1, 2, 3)
    net.add("Transpose", perm=[0, 2, 1])
    graph = same(net, tmp_path, pixels(6))
    assert graph.host_output.shape == (3, 2)


def test_uniform_scores_choose_in_hardware(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Mul", -0.5)
    net.add("ArgMax", axis=1, keepdims=1)
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(6))
    choice = graph.layers[-1].op
    assert isinstance(choice, ArgMax)
    assert choice.offsets.tolist() == [0, 0, 0, 0]
    assert graph.host_output.top == 0
    assert table_of(graph.host_output).tolist() == [[0, 1, 2, 3]]
    _, label = predict(graph, pixels(6))
    assert label.dtype == np.int64


def test_offsets_in_hardware(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Add", [0.0, 1.0, -4.0, 2.0])
    net.add("TopK", net.constant([1], np.int64), outputs=2)
    net.last = net.last[:-1] + "1"
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(6))
    assert op_of(graph.layers[-1], ArgMax).offsets.tolist() == [0, 1, -4, 2]


def test_choices_that_integers_cannot_make_stay_with_the_host(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("Mul", [1.0, 1.7, 0.3, 1.1])
    net.add("ArgMax", axis=-1, keepdims=0)
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(6))
    assert isinstance(graph.layers[-1].op, Dense)
    assert graph.host_output.top == 1
    assert graph.host_output.shape == ()


def test_several_best(tmp_path: Path) -> None:
    net = small(5)
    net.dense(signs(RNG, 5, 6))
    values = net.add("TopK", net.constant([3], np.int64), outputs=2)
    net.outputs = [values, values[:-1] + "1"]
    net.output_type = TensorProto.INT64
    graph = same(net, tmp_path, pixels(5))
    assert graph.host_output.top == 3


def test_what_follows_the_choice_is_part_of_the_table(tmp_path: Path) -> None:
    net = small()
    net.dense(signs(RNG, 6, 4))
    net.add("ArgMax", axis=1)
    net.add("Cast", to=TensorProto.FLOAT)
    net.add("Mul", 10.0)
    graph = same(net, tmp_path, pixels(6))
    assert table_of(graph.host_output).tolist() == [[0, 10, 20, 30]]


# offsets


def test_offsets_keep_ties_and_gaps() -> None:
    dots = np.arange(-4, 5, 2)
    base = dots * 0.5
    rows = np.stack([base, base + 1.0, base + 0.25, base + 100])
    offsets = hardware_offsets(rows, dots)
    assert offsets is not None
    assert offsets[:3].tolist() == [0, 2, 1]
    assert offsets[3] > 8


@pytest.mark.parametrize(
    "rows",
    [
        [[0.0, 1.0, 2.0], [0.0, 1.5, 2.0]],  # one tie, one not
        [[0.0, 1.0, 2.0], [0.3, 1.3, 2.3], [0.6, 1.6, 2.6]],  # two steps between two sums
        [[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]],
        [[0.0, 1.0, 1.0], [0.0, 1.0, 1.0]],
    ],
)
def test_scores_without_offsets(rows: list[list[float]]) -> None:
    assert hardware_offsets(np.array(rows), np.array([-2, 0, 2])) is None


@pytest.mark.parametrize("where", ["hidden", "last", "all"])
def test_pruned_channels(tmp_path: Path, where: str) -> None:
    """A scale of 0: the channel's sum is 0 whatever enters."""
    net = small()
    one, two = signs(RNG, 6, 4), signs(RNG, 4, 3)
    if where != "last":
        one[:, 1] = 0
    if where != "hidden":
        two[:, 2] = 0
    if where == "all":
        one[:] = 0
    net.add("MatMul", one)
    net.add("Add", [0.5, -0.5, 0.5, 0.25])
    net.bipolar()
    net.add("MatMul", two)
    net.add("Mul", [1.0, -2.0, 3.0])
    net.add("Add", [1.0, 0.5, 2.0])
    same(net, tmp_path, pixels(6), constant=where == "all")
    net.add("ArgMax", axis=1)
    net.output_type = TensorProto.INT64
    same(net, tmp_path, pixels(6), constant=where == "all")


def test_outputs_that_nothing_reads(tmp_path: Path) -> None:
    net = Net((1, 2, 5, 6))
    net.add("Sub", 127.5)
    net.bipolar()
    net.conv(signs(RNG, 3, 2, 2, 2))
    net.add("Sub", 0.5)
    net.bipolar()
    net.add("MaxPool", kernel_shape=[2, 2], outputs=2, name="with indices")
    net.add("Dropout", outputs=2, name="with a mask")
    net.node("Neg", [net.last], name="read by none")
    net.add("Flatten")
    net.dense(signs(RNG, 36, 3))
    same(net, tmp_path, pixels(2, 5, 6))
