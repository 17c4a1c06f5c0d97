# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Training the convolutional recipe on a set that takes no time: the export, and resuming."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from onnx import numpy_helper
from tests.bars import bars, interrupt_after, write_bars

from xnorflow.train.recipe import find_recipe
from xnorflow.train.run import TrainResult, train

pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("brevitas", reason="needs the extra train")

from xnorflow.train import session

EPOCHS = 2
STEPS_PER_EPOCH = 5
RECIPE = find_recipe("cnv-mnist")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bars")
    for prefix, count in (("train", STEPS_PER_EPOCH * RECIPE.batch), ("t10k", 130)):
        write_bars(folder, prefix, count)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, data: Path) -> TrainResult:
    """A run that nothing interrupts."""
    return run(tmp_path_factory.mktemp("whole"), data)


def run(out: Path, data: Path, *, resume: bool = False) -> TrainResult:
    return train(RECIPE.name, out, epochs=EPOCHS, seed=3, data=data, resume=resume, quiet=True)


class Stored:
    """What an export's numbers say, in integers but for BatchNorm, which is in float64."""

    def __init__(self, proto: onnx.ModelProto) -> None:
        self.value = {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}

    def signs(self, name: str) -> np.ndarray:
        return np.where(self.value[f"{name}.weight"] >= 0, 1, -1)

    def norm_and_sign(self, index: int, sums: np.ndarray) -> np.ndarray:
        """Of [n, channels, ...]."""
        weight, bias, mean, variance = (
            self.value[f"norm{index}.{name}"].astype(np.float64).reshape(-1, *[1] * (sums.ndim - 2))
            for name in ("weight", "bias", "running_mean", "running_var")
        )
        scaled = sums * RECIPE.weight_scale
        return np.where((scaled - mean) / np.sqrt(variance + 1e-5) * weight + bias >= 0, 1, -1)

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Images [n, side, side] to the last layer's sums of +1 and -1."""
        x = images[:, np.newaxis].astype(np.int64) - 128
        for index, conv in enumerate(RECIPE.convolutions, start=1):
            pads = ((0, 0), (0, 0), *[(conv.padding, conv.padding)] * 2)
            seen = sliding_window_view(np.pad(x, pads), (conv.kernel, conv.kernel), (2, 3))
            x = np.einsum("nchwyx,ocyx->nohw", seen, self.signs(f"conv{index}"), optimize=True)
            x = pooled(self.norm_and_sign(index, pooled(x, conv.pool_sums)), conv.pool_bits)
        x = x.reshape(len(x), -1) @ self.signs("fc4").T
        logits: np.ndarray = self.norm_and_sign(4, x) @ self.signs("fc5").T
        return logits


def pooled(x: np.ndarray, side: int) -> np.ndarray:
    count, channels, *sides = x.shape
    down, across = (size // side for size in sides)
    whole_squares = x[:, :, : down * side, : across * side]
    blocks = whole_squares.reshape(count, channels, down, side, across, side)
    largest: np.ndarray = blocks.max((3, 5))
    return largest


def test_the_export_computes_what_its_numbers_say(whole: TrainResult) -> None:
    images, labels = bars(130, 130)
    sums = Stored(onnx.load(whole.model)).logits(images)
    assert int((sums.argmax(1) == labels).sum()) == whole.correct
    assert len(np.unique(sums.argmax(1))) > 3, "it must have learnt something"
    with np.load(whole.out / "digits.npz") as digits:
        np.testing.assert_array_equal(digits["x"], images[:100, None])
        np.testing.assert_array_equal(digits["output"], sums[:100] * RECIPE.logit_scale)


def test_the_export_is_brevitas_qonnx(whole: TrainResult) -> None:
    proto = onnx.load(whole.model)
    kinds = [node.op_type for node in proto.graph.node]
    for kind, count in (("Quant", 1), ("Conv", 3), ("MaxPool", 2), ("BipolarQuant", 9)):
        assert kinds.count(kind) == count
    (pixels,) = proto.graph.input
    assert [d.dim_value for d in pixels.type.tensor_type.shape.dim] == [1, 1, 28, 28]


def test_the_record_names_the_recipe_and_its_layers(whole: TrainResult) -> None:
    record = json.loads((whole.out / "train.json").read_text())
    assert record["command"] == "xnorflow train cnv-mnist --epochs 2 --seed 3 --data DIR"
    convolutions = record["settings"]["convolutions"]
    assert [conv["channels"] for conv in convolutions] == [16, 16, 32]
    assert record["settings"]["layers"] == [800, 64, 10]


def test_resuming_gives_the_weights_of_an_uninterrupted_run(
    whole: TrainResult, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(session, "training_bar", interrupt_after(STEPS_PER_EPOCH + 2))
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, data)
    resumed = run(tmp_path, data, resume=True)
    for name in ("model.onnx", "digits.npz"):
        assert (resumed.out / name).read_bytes() == (whole.out / name).read_bytes()
