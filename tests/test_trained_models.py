# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The committed models: what their folders say about them is true."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from qonnx.core.modelwrapper import ModelWrapper
from qonnx.core.onnx_exec import execute_onnx
from qonnx.transformation.infer_shapes import InferShapes

from xnorflow.frontend.load import load_model
from xnorflow.passes.pipeline import run_passes
from xnorflow.simulate.golden import run_graph

MODELS = Path(__file__).parent.parent / "models"
BATCH = 1000


@dataclass(frozen=True)
class Trained:
    """One folder, and what is asked of it."""

    name: str
    least_correct: int
    most_bytes: int

    @property
    def folder(self) -> Path:
        return MODELS / self.name

    @property
    def model(self) -> Path:
        return self.folder / "model.onnx"

    @cached_property
    def record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.folder / "train.json").read_text())
        return record

    def digits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        with np.load(self.folder / "digits.npz") as digits:
            return digits["x"], digits["y"], digits["output"]

    def logits(self, images: np.ndarray) -> np.ndarray:
        """The graph's output from qonnx's executor, many images in one batch."""
        proto = onnx.load(self.model)
        size = min(BATCH, len(images))
        for value in (*proto.graph.input, *proto.graph.output):
            value.type.tensor_type.shape.dim[0].dim_value = size
        del proto.graph.value_info[:]
        model = ModelWrapper(proto).transform(InferShapes())
        parts = np.split(images.astype(np.float32), len(images) // size)
        return np.concatenate([execute_onnx(model, {"pixels": part})["logits"] for part in parts])


@pytest.fixture(
    params=[Trained("tfc-mnist", 9450, 300_000), Trained("cnv-mnist", 9700, 400_000)],
    ids=lambda trained: trained.name,
)
def trained(request: pytest.FixtureRequest) -> Trained:
    model: Trained = request.param
    return model


def test_every_model_is_tested_here() -> None:
    names = {path.parent.name for path in MODELS.glob("*/model.onnx")}
    assert names == {"tfc-mnist", "cnv-mnist"}


def test_the_record_is_of_this_file(trained: Trained) -> None:
    assert trained.record["recipe"] == trained.name
    content = trained.model.read_bytes()
    assert trained.record["model"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert sum(path.stat().st_size for path in trained.folder.iterdir()) < trained.most_bytes


def test_the_graph_takes_one_image_of_raw_pixels(trained: Trained) -> None:
    graph = onnx.load(trained.model).graph
    shapes = {
        value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == {"pixels": [1, 1, 28, 28], "logits": [1, 10]}


def test_the_digits_give_the_stored_outputs(trained: Trained) -> None:
    x, y, output = trained.digits()
    assert (x.dtype, x.shape, y.shape) == (np.dtype(np.uint8), (100, 1, 28, 28), (100,))
    np.testing.assert_array_equal(trained.logits(x), output)
    settings = trained.record["settings"]
    steps = output / settings["logit_scale"]
    np.testing.assert_array_equal(steps, np.round(steps))
    assert np.all(np.abs(steps) <= settings["layers"][-2])
    assert int((output.argmax(1) == y).sum()) == trained.record["digits"]["correct"]


def test_the_digits_are_mnists_first_test_images(
    trained: Trained, mnist_test_set: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = mnist_test_set
    x, y, _ = trained.digits()
    np.testing.assert_array_equal(x, images[:100])
    np.testing.assert_array_equal(y, labels[:100])


def test_the_golden_engine_gives_the_executors_logits_and_the_stated_accuracy(
    trained: Trained, mnist_test_set: tuple[np.ndarray, np.ndarray]
) -> None:
    images, labels = mnist_test_set
    logits = trained.logits(images)
    correct = int((logits.argmax(1) == labels).sum())
    assert correct == trained.record["test"]["correct"]
    assert correct >= trained.least_correct
    graph = run_passes(load_model(trained.model))
    rows = images.transpose(0, 2, 3, 1).reshape(len(images), -1).astype(np.int32)
    scale = trained.record["settings"]["logit_scale"]
    np.testing.assert_array_equal(run_graph(graph, rows) * scale, logits)
    readme = (trained.folder / "README.md").read_text()
    assert f"{correct / 100:.2f} %" in readme
    assert trained.record["command"] in readme
