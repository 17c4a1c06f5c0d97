# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Averages and Softmax behind the scores: the host does them, within float32 rounding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto
from tests.conv_net import RNG, image
from tests.faulty import refused
from tests.predict import close, pixels, predict, same, small
from tests.qonnx_net import Net, execute, signs

from xnorflow.diagnostics import Severity
from xnorflow.frontend.load import load_model
from xnorflow.ir.graph import Graph
from xnorflow.ir.ops.arg_max import ArgMax
from xnorflow.passes.pipeline import run_passes


def loaded(net: Net, folder: Path, x: np.ndarray) -> Graph:
    """The IR of ``net``, after comparing its results on ``x``, frame by frame."""
    path = net.save(folder)
    graph = run_passes(load_model(path))
    model = onnx.load(path)
    wanted = np.concatenate([execute(model, f[None].astype(np.float32)) for f in x])
    close(graph, x, wanted)
    return graph


def scores(net: Net, classes: int = 5) -> Net:
    """Scores [1, classes] that differ from channel to channel."""
    net.dense(signs(RNG, 6, classes))
    net.add("Mul", RNG.uniform(0.1, 0.3, classes))
    net.add("Add", RNG.normal(0, 0.5, classes))
    return net


def score_map(classes: int = 4) -> Net:
    """Scores [1, classes, 4, 5]."""
    net = image(2, 5, 6)
    net.conv(signs(RNG, classes, 2, 2, 2))
    net.add("BatchNormalization", *RNG.uniform(0.5, 1.5, (4, classes)))
    return net


@pytest.mark.parametrize("opset", [11, 13])
@pytest.mark.parametrize("op", ["Softmax", "LogSoftmax"])
def test_probabilities(tmp_path: Path, op: str, opset: int) -> None:
    net = scores(small())
    net.opset = opset
    net.add(op, axis=1)
    graph = loaded(net, tmp_path, pixels(6))
    assert [step.kind for step in graph.host_output.steps] == [
        {"Softmax": "softmax", "LogSoftmax": "log_softmax"}[op]
    ]


@pytest.mark.parametrize(("opset", "axes"), [(11, (0, 1, 2)), (13, (0,))])
def test_probabilities_of_an_image(tmp_path: Path, opset: int, axes: tuple[int, ...]) -> None:
    net = score_map()
    net.opset = opset
    net.add("Softmax", axis=1)
    graph = loaded(net, tmp_path, pixels(2, 5, 6))
    assert graph.host_output.steps[0].axes == axes


def test_probabilities_along_the_default_axis(tmp_path: Path) -> None:
    net = score_map()
    net.add("Softmax")
    assert loaded(net, tmp_path, pixels(2, 5, 6)).host_output.steps[0].axes == (2,)


@pytest.mark.parametrize("choice", ["ArgMax", "TopK"])
def test_probabilities_in_front_of_a_choice_are_dropped(tmp_path: Path, choice: str) -> None:
    net = scores(small())
    net.add("Softmax", axis=1, name="probabilities")
    if choice == "ArgMax":
        net.add("ArgMax", axis=1)
    else:
        net.add("TopK", net.constant([2], np.int64), outputs=2)
        net.last = net.last[:-1] + "1"
    net.output_type = TensorProto.INT64
    graph = loaded(net, tmp_path, pixels(6))
    assert graph.host_output.steps == ()
    (note,) = (note for note in graph.notes if note.code == "softmax-dropped")
    assert note.origin.nodes == ("probabilities",)


def chosen(net: Net, **attributes: object) -> Net:
    """The network that ends in the choice of the best."""
    net.add("ArgMax", axis=1, **attributes)
    net.output_type = TensorProto.INT64
    return net


def test_probabilities_of_pixels_are_averaged_before_the_choice(tmp_path: Path) -> None:
    net = score_map()
    net.add("Softmax", axis=1)
    net.add("GlobalAveragePool")
    net.add("Flatten")
    graph = loaded(chosen(net), tmp_path, pixels(2, 5, 6))
    assert [step.kind for step in graph.host_output.steps] == ["softmax", "mean"]
    (note,) = graph.notes
    assert (note.code, note.severity) == ("inexact-sums", Severity.NOTE)
    assert note.message == (
        "conv0: the model averages probabilities, which are rounded: where two results are equal "
        "or nearly so, it may choose either; the host computes them in float64"
    )


@pytest.mark.parametrize("op", ["Softmax", "LogSoftmax"])
@pytest.mark.parametrize("then", ["ArgMax", "Softmax", "TopK"])
def test_probabilities_of_groups_are_kept_before_the_choice(
    tmp_path: Path, op: str, then: str
) -> None:
    net = scores(small(), 6)
    net.reshape(1, 3, 2)
    net.add(op, axis=1)
    net.reshape(1, 6)
    if then == "Softmax":
        net.add("Softmax", axis=1)  # of all, so that this one is dropped
    if then == "TopK":
        net.add("TopK", net.constant([2], np.int64), outputs=2)
        net.last = net.last[:-1] + "1"
        net.output_type = TensorProto.INT64
    else:
        chosen(net)
    graph = loaded(net, tmp_path, pixels(6))
    assert [step.axes for step in graph.host_output.steps] == [(0,)]
    assert not any(isinstance(layer.op, ArgMax) for layer in graph.layers)
    told = {"inexact-sums", "softmax-dropped"} if then == "Softmax" else {"inexact-sums"}
    assert {note.code for note in graph.notes} == told
    (note,) = (note for note in graph.notes if note.code == "inexact-sums")
    assert "dense0: the model chooses among probabilities of several groups" in note.message


def test_probabilities_of_a_vector_without_batch_axis_are_dropped(tmp_path: Path) -> None:
    net = scores(small())
    net.reshape(5)
    net.add("Softmax", axis=0)
    net.add("ArgMax", axis=0)
    net.output_type = TensorProto.INT64
    graph = loaded(net, tmp_path, pixels(6))
    assert graph.host_output.steps == ()
    assert "softmax-dropped" in {note.code for note in graph.notes}


@pytest.mark.parametrize("choice", [False, True])
def test_probabilities_across_frames_are_refused(tmp_path: Path, choice: bool) -> None:
    net = scores(small())
    net.add("Softmax", axis=0, name="odd")
    (fault,) = refused((chosen(net) if choice else net).save(tmp_path))
    assert fault.message == "Softmax must act within a frame, not along axis 0 of [1, 5]"
    assert fault.origin.nodes == ("odd",)


def averaged(factor: float) -> Net:
    """The class whose average of scores, all multiples of ``factor``, is the largest."""
    net = image(4, 6, 6)
    net.conv(signs(np.random.default_rng(2), 5, 4, 3, 3))
    net.add("Mul", factor)
    net.add("GlobalAveragePool")
    net.add("Flatten")
    return chosen(net, keepdims=0)


@pytest.mark.parametrize(("factor", "is_noted"), [(0.1, True), (0.125, False), (0.75, False)])
def test_averages_that_float32_rounds_are_noted(
    tmp_path: Path, factor: float, is_noted: bool
) -> None:
    x = np.random.default_rng(3).integers(0, 256, (150, 4, 6, 6)).astype(np.uint8)
    path = averaged(factor).save(tmp_path)
    graph = load_model(path)
    model = onnx.load(path)
    wanted = [execute(model, frame[None].astype(np.float32)) for frame in x]
    _, label = predict(graph, x)
    assert (label != np.concatenate(wanted)).any() == is_noted
    assert [note.code for note in graph.notes] == ["inexact-sums"] * is_noted
    for note in graph.notes:
        assert note.severity is Severity.NOTE
        assert note.message == (
            "conv0: the model averages scores whose sums have more digits than float32: where "
            "two results are equal or nearly so, it may choose either; the host computes them in "
            "float64"
        )


def test_averages_of_bits_that_float32_rounds_are_noted(tmp_path: Path) -> None:
    def codes(scale: float) -> list[str]:
        net = image(2, 5, 6)
        net.conv(signs(RNG, 4, 2, 2, 2))
        net.add("Sub", 0.5)
        net.bipolar(scale)
        net.add("GlobalAveragePool")
        return [note.code for note in load_model(net.save(tmp_path)).notes]

    assert codes(0.1) == ["inexact-sums"]
    assert codes(0.5) == []


@pytest.mark.parametrize("how", ["global", "kernel", "reduce", "flat", "sums"])
def test_averages_of_scores(tmp_path: Path, how: str) -> None:
    net = score_map()
    if how == "sums":
        net.add("Relu")  # functions that are not linear stay in front of the average
    if how == "kernel":
        net.add("AveragePool", kernel_shape=[4, 5])
    elif how == "reduce":
        net.add("ReduceMean", axes=[2, 3], keepdims=0)
    else:
        net.add("GlobalAveragePool")
    if how in ("flat", "kernel"):
        net.add("Flatten")
    graph = loaded(net, tmp_path, pixels(2, 5, 6))
    assert [(s.kind, s.shape, s.axes) for s in graph.host_output.steps] == [
        ("mean", (4, 4, 5), (1, 2))
    ]


def test_averages_then_probabilities_then_the_best(tmp_path: Path) -> None:
    net = score_map()
    net.add("GlobalAveragePool")
    net.add("Flatten")
    net.add("LogSoftmax", axis=-1)
    loaded(net, tmp_path, pixels(2, 5, 6))
    net.add("ArgMax", axis=1, keepdims=0)
    net.output_type = TensorProto.INT64
    graph = loaded(net, tmp_path, pixels(2, 5, 6))
    assert graph.host_output.top == 1  # the host chooses, for it alone has the averages
    assert not any(isinstance(layer.op, ArgMax) for layer in graph.layers)


def test_averages_of_bits(tmp_path: Path) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 4, 2, 2, 2))
    net.add("Sub", RNG.normal(0, 1, (4, 1, 1)))
    net.bipolar()
    net.add("MaxPool", kernel_shape=[2, 2])
    net.add("GlobalAveragePool")
    loaded(net, tmp_path, pixels(2, 5, 6))


def reciprocal(net: Net) -> None:
    net.add("Add", 20.0)
    net.last = net.node("Div", [net.constant(1.0), net.last])


BEHIND: dict[str, Callable[[Net], object]] = {
    "Mul": lambda net: net.add("Mul", RNG.uniform(0.5, 2, 3)),
    "Div": lambda net: net.add("Div", RNG.uniform(0.5, 2, 3)),
    "Add": lambda net: net.add("Add", RNG.uniform(0.5, 2, 3)),
    "BatchNormalization": lambda net: net.add("BatchNormalization", *RNG.uniform(0.5, 2, (4, 3))),
    "Relu": lambda net: net.add("Relu"),
    "reciprocal": reciprocal,
}


@pytest.mark.parametrize("name", BEHIND)
def test_functions_may_follow_the_last_average(tmp_path: Path, name: str) -> None:
    net = image(2, 5, 6)
    net.conv(signs(RNG, 3, 2, 2, 2))
    net.add("GlobalAveragePool")
    net.add("Flatten")
    BEHIND[name](net)
    graph = same(net, tmp_path, pixels(2, 5, 6))
    assert not graph.host_output.steps


def test_one_average(tmp_path: Path) -> None:
    net = score_map(1)
    net.add("GlobalAveragePool")
    path = net.save(tmp_path)
    x = pixels(2, 5, 6)
    wanted = [execute(onnx.load(path), f[None].astype(np.float32)) for f in x]
    _, label = predict(load_model(path), x)
    np.testing.assert_array_equal(label, np.concatenate(wanted).ravel() > 0)


def softmax_in_the_middle(net: Net) -> None:
    scores(net, 6)
    net.add("Softmax", axis=1, name="odd")
    net.add("Sub", 0.2)
    net.bipolar()
    scores(net)


def parts_of_an_image(net: Net) -> None:
    net.add("AveragePool", kernel_shape=[2, 5], name="odd")


def of_all_frames(net: Net) -> None:
    net.add("Softmax", axis=0, name="odd")


def without_such_an_axis(net: Net) -> None:
    net.add("Softmax", axis=7, name="odd")


def transposed(net: Net) -> None:
    net.add("LogSoftmax", axis=1)
    net.add("Transpose", perm=[0, 2, 3, 1], name="odd")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (softmax_in_the_middle, "Softmax must be at the end of the network, but for layout"),
        (parts_of_an_image, "AveragePool at the end must average all 4x5 pixels, not [2, 5]"),
        (of_all_frames, "Softmax must act within a frame, not along axis 0 of [1, 4, 4, 5]"),
        (without_such_an_axis, "Softmax must have an axis of [1, 4, 4, 5], not 7"),
        (transposed, "Transpose must leave the order of the scores at the network's end"),
    ],
)
def test_what_the_host_cannot_do(tmp_path: Path, spoil: object, message: str) -> None:
    net = small() if spoil is softmax_in_the_middle else score_map()
    spoil(net)  # type: ignore[operator]
    (fault,) = refused(net.save(tmp_path))
    assert message in fault.message
    assert fault.origin.nodes == ("odd",)
