# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The committed model: what its folder says about it is true."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes

from xnorflow.frontend.load import load_model
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph

FOLDER = Path(__file__).parent.parent / "models" / "tfc-mnist"
RECORD = json.loads((FOLDER / "train.json").read_text())


def logits(images: np.ndarray) -> np.ndarray:
    """The graph's output from qonnx's executor, all images in one batch."""
    proto = onnx.load(FOLDER / "model.onnx")
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = len(images)
    del proto.graph.value_info[:]
    model = ModelWrapper(proto).transform(InferShapes())
    return execute_onnx(model, {"pixels": images.astype(np.float32)})["logits"]


def test_the_record_is_of_this_file() -> None:
    content = (FOLDER / "model.onnx").read_bytes()
    assert RECORD["model"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 300_000


def test_the_graph_takes_one_image_of_raw_pixels() -> None:
    graph = onnx.load(FOLDER / "model.onnx").graph
    shapes = {
        value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == {"pixels": [1, 1, 28, 28], "logits": [1, 10]}


def test_the_digits_give_the_stored_outputs() -> None:
    with np.load(FOLDER / "digits.npz") as digits:
        x, y, output = digits["x"], digits["y"], digits["output"]
    assert (x.dtype, x.shape, y.shape) == (np.uint8, (100, 1, 28, 28), (100,))
    np.testing.assert_array_equal(logits(x), output)
    steps = output / RECORD["settings"]["logit_scale"]
    np.testing.assert_array_equal(steps, np.round(steps))
    assert np.all(np.abs(steps) <= 64)
    assert int((output.argmax(1) == y).sum()) == RECORD["digits"]["correct"]


def test_the_digits_are_mnists_first_test_images(
    mnist_test_set: tuple[np.ndarray, np.ndarray],
) -> None:
    images, labels = mnist_test_set
    with np.load(FOLDER / "digits.npz") as digits:
        np.testing.assert_array_equal(digits["x"], images[:100])
        np.testing.assert_array_equal(digits["y"], labels[:100])


def test_the_accuracy_is_as_stated_and_as_required(
    mnist_test_set: tuple[np.ndarray, np.ndarray],
) -> None:
    images, labels = mnist_test_set
    correct = int((logits(images).argmax(1) == labels).sum())
    assert correct == RECORD["test"]["correct"]
    assert correct >= 9450
    graph = run_passes(load_model(FOLDER / "model.onnx"))
    raw = run_graph(graph, images.reshape(len(images), -1).astype(np.int32))
    assert int((raw.argmax(1) == labels).sum()) == correct
    readme = (FOLDER / "README.md").read_text()
    assert f"{correct / 100:.2f} %" in readme
    assert RECORD["command"] in readme
