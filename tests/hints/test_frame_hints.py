# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Frames and answers that do not fit a model, and what their hints lead to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.faulty import RNG, two_layers
from tests.hints.follows import follows
from tests.predict import pixels, predict
from tests.qonnx_net import Array, Net, execute, signs

from xnorflow.diagnostics import Diagnostic, XnorflowError
from xnorflow.frontend.load import load_model
from xnorflow.host.answers import check_answers
from xnorflow.host.arrays import read_inputs
from xnorflow.host.frames import to_frames
from xnorflow.host.meaning import check_labels, from_raw
from xnorflow.ir.graph import Graph
from xnorflow.ir.input_spec import InputSpec, input_spec
from xnorflow.simulate.golden import run_graph


def loaded(folder: Path, net: Net | None = None, given: InputSpec | None = None) -> Graph:
    return load_model((net or two_layers(Net.bipolar)).save(folder), given)


def signed(folder: Path, given: InputSpec) -> Graph:
    """A network of the sign of what it takes, three channels of two pixels."""
    net = Net((1, 3, 2))
    net.bipolar()
    net.add("Flatten")
    net.dense(signs(RNG, 6, 4))
    return loaded(folder, net, given)


def unfit(graph: Graph, x: Array) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        predict(graph, x)
    (fault,) = caught.value.diagnostics
    return fault


def unread(path: Path) -> Diagnostic:
    with pytest.raises(XnorflowError) as caught:
        read_inputs(path)
    (fault,) = caught.value.diagnostics
    return fault


@follows("input-shape")
def test_frames_are_put_along_the_first_axis(tmp_path: Path) -> None:
    graph, x = loaded(tmp_path), pixels(6)
    for wrong, right in ((x[0], x[:1]), (x.T, x.T.T)):
        fault = unfit(graph, wrong)
        assert (fault.code, fault.hint) == ("input-shape", "put the frames along the first axis")
        predict(graph, right)


@follows("input-dtype")
@pytest.mark.parametrize("kind", [np.uint8, np.int32])
def test_an_array_is_converted(tmp_path: Path, kind: type) -> None:
    graph, x = loaded(tmp_path), pixels(6)
    fault = unfit(graph, x.astype(str))
    assert (fault.code, fault.hint) == ("input-dtype", "convert the array to uint8 or int32")
    predict(graph, x.astype(str).astype(kind))


@follows("input-value")
def test_a_model_is_compiled_for_what_the_arrays_hold(tmp_path: Path) -> None:
    graph, x = loaded(tmp_path), pixels(6).astype(np.int32) - 128
    fault = unfit(graph, x)
    assert fault.code == "input-value"
    assert fault.hint.endswith("compile it with --input-type and --input-scale")
    predict(loaded(tmp_path, given=input_spec("int8", 1.0)), x)


@follows("input-value")
@pytest.mark.parametrize("scale", [1.0, 1 / 255])
def test_pixels_come_of_what_was_divided(tmp_path: Path, scale: float) -> None:
    graph, x = (
        signed(tmp_path, input_spec("uint8", scale, 0.5 if scale < 1 else None)),
        pixels(3, 2),
    )
    real = x / np.float32(255) - (np.float32(0.5) if scale < 1 else 0)
    fault = unfit(graph, real)
    assert fault.code == "input-value"
    mean = 0.5
    formula = fault.hint.rpartition("give the pixels: " if scale == 1 else "give integers: ")[2]
    again = eval(formula, {"numpy": np, "x": real, "mean": mean})
    np.testing.assert_array_equal(again, x)
    predict(graph, again)


@follows("input-value")
def test_normalised_pixels_become_pixels(tmp_path: Path) -> None:
    mean, std = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
    graph, x = signed(tmp_path, input_spec("uint8", 1 / 255, mean, std)), pixels(3, 2)
    real = graph.host_input.graph_values(x)
    fault = unfit(graph, real)
    assert fault.code == "input-value"
    assert (
        "what the model itself takes, give integers: numpy.rint((x * std + mean) / " in fault.hint
    )
    spread = (np.reshape(numbers, (3, 1)) for numbers in (mean, std))
    mean_array, std_array = spread
    again = np.rint((real * std_array + mean_array) / graph.host_input.scale)
    np.testing.assert_array_equal(again, x)
    predict(graph, again)


@follows("input-file")
@pytest.mark.parametrize(
    "arrays",
    [
        {"images": np.zeros((3, 6))},
        {"x": np.array([{}])},
        {"x": np.zeros((3, 6)), "y": np.zeros(2, int)},
        {"x": np.zeros((3, 6)), "y": np.zeros(3)},
        {"x": np.zeros((3, 6)), "output": np.zeros((2, 3))},
    ],
)
def test_a_file_is_made_with_savez(tmp_path: Path, arrays: dict[str, Array]) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    fault = unread(path)
    assert fault.code == "input-file"
    assert fault.hint.startswith("make it with numpy.savez(FILE, x=..., y=...)")
    np.savez(path, x=np.zeros((3, 6)), y=np.zeros(3, int))
    assert read_inputs(path).x.shape == (3, 6)


@follows("input-file")
def test_what_the_model_returned_is_stored(tmp_path: Path) -> None:
    net = two_layers(Net.bipolar)
    graph, x = loaded(tmp_path, net), pixels(6).astype(np.float32)
    answers = np.concatenate([execute(net.model(), row[np.newaxis]) for row in x])
    for wrong in (answers[:, :2], answers.T, answers.astype(str)):
        with pytest.raises(XnorflowError) as caught:
            check_answers(graph.host_output, len(x), wrong)
        (fault,) = caught.value.diagnostics
        assert fault.code == "input-file"
        assert fault.hint.startswith("store what the ONNX model returned")
    check_answers(graph.host_output, len(x), answers)


@follows("raw-out-of-range")
def test_integers_of_the_build_s_own_accelerator_are_read(tmp_path: Path) -> None:
    narrow, wide = Net((1, 6), dtype="BIPOLAR"), Net((1, 64), dtype="BIPOLAR")
    narrow.dense(signs(RNG, 6, 4))
    wide.dense(np.ones((64, 4)))
    own, other = loaded(tmp_path, narrow), loaded(tmp_path, wide)
    raws = []
    for graph, width in ((own, 6), (other, 64)):
        ones = np.ones((1, width), np.int32)
        frames = to_frames(graph.host_input, graph.tensors[graph.input], ones)
        raws.append(run_graph(graph, frames))
    with pytest.raises(XnorflowError) as caught:
        from_raw(own.host_output, raws[1])
    (fault,) = caught.value.diagnostics
    assert fault.code == "raw-out-of-range"
    assert "program the board with its own bitstream" in fault.hint
    from_raw(own.host_output, raws[0])


@follows("input-file")
def test_classes_are_counted_from_0(tmp_path: Path) -> None:
    graph = loaded(tmp_path)
    host, elements = graph.host_output, graph.tensors[graph.output].elements
    labels = np.arange(1, elements + 1)
    with pytest.raises(XnorflowError) as caught:
        check_labels(host, elements, labels)
    (fault,) = caught.value.diagnostics
    assert fault.code == "input-file"
    assert fault.hint == "count the model's classes from 0, or leave y out"
    check_labels(host, elements, labels - 1)
