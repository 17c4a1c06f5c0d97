# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Training on a set that takes no time: what is written, resuming, and what can go wrong."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from tests.bars import bars, files, interrupt_after, write_set

from xnorflow.diagnostics import XnorflowError
from xnorflow.train.bar import training_bar
from xnorflow.train.recipe import find_recipe
from xnorflow.train.run import TrainResult, train

torch = pytest.importorskip("torch", reason="needs the extra train")
pytest.importorskip("brevitas", reason="needs the extra train")

from xnorflow.pytorch.export import Exported  # noqa: E402
from xnorflow.train import session, trainer  # noqa: E402

EPOCHS = 4
STEPS_PER_EPOCH = 2


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("bars"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, data: Path) -> TrainResult:
    """A run that nothing interrupts."""
    return run(tmp_path_factory.mktemp("whole") / "new" / "out", data)


def run(out: Path, data: Path, **options: Any) -> TrainResult:
    given: dict[str, Any] = {"epochs": EPOCHS, "seed": 3, "quiet": True, **options}
    return train("tfc-mnist", out, data=data, **given)


def integer_logits(proto: onnx.ModelProto, images: np.ndarray) -> np.ndarray:
    """What the exported network computes, in integers, from its stored numbers alone."""
    value = {t.name: numpy_helper.to_array(t) for t in proto.graph.initializer}
    constant = {
        node.output[0]: numpy_helper.to_array(node.attribute[0].t)
        for node in proto.graph.node
        if node.op_type == "Constant"
    }
    threshold = find_recipe("tfc-mnist").pixel_threshold
    assert {**value, **constant}["/offset/Constant_output_0"] == threshold
    x = np.where(images.reshape(len(images), -1) > threshold, 1, -1)
    for layer in (1, 2, 3):
        acc = x @ np.where(value[f"fc{layer}.weight"] >= 0, 1, -1).T
        weight, bias, mean, variance = (
            value[f"norm{layer}.{name}"].astype(np.float64)
            for name in ("weight", "bias", "running_mean", "running_var")
        )
        x = np.where((acc / 8 - mean) / np.sqrt(variance + 1e-5) * weight + bias >= 0, 1, -1)
    logits: np.ndarray = x @ np.where(value["fc4.weight"] >= 0, 1, -1).T
    return logits


def test_it_learns_and_says_so(whole: TrainResult, data: Path) -> None:
    assert (whole.tested, whole.epochs, whole.seed) == (130, EPOCHS, 3)
    assert whole.accuracy == whole.correct / 130 > 0.9
    content = files(whole.out)
    assert sorted(content) == ["checkpoint.pt", "digits.npz", "model.onnx", "train.json"]
    record = json.loads(content["train.json"])
    assert record["command"] == "xnorflow train tfc-mnist --epochs 4 --seed 3 --data DIR"
    assert record["test"]["accuracy"] == whole.accuracy
    assert record["test"]["correct"] == whole.correct
    assert record["model"]["sha256"] == hashlib.sha256(content["model.onnx"]).hexdigest()
    assert record["data"]["train"]["images"] == 2100
    assert torch.__version__.startswith(record["versions"]["torch"])
    assert str(whole.out) not in content["train.json"].decode()


def test_the_export_computes_what_its_numbers_say(whole: TrainResult) -> None:
    proto = onnx.load(whole.model)
    images, labels = bars(130, 130)
    logits = integer_logits(proto, images)
    assert int((logits.argmax(1) == labels).sum()) == whole.correct
    with np.load(whole.out / "digits.npz") as digits:
        assert {name: digits[name].dtype for name in digits} == {
            "x": np.uint8,
            "y": np.int64,
            "output": np.float32,
        }
        np.testing.assert_array_equal(digits["x"], images[:100, None])
        np.testing.assert_array_equal(digits["y"], labels[:100])
        np.testing.assert_array_equal(digits["output"], logits[:100] / 16)


def test_the_export_is_brevitas_qonnx_and_names_no_place(whole: TrainResult) -> None:
    proto = onnx.load(whole.model)
    kinds = [node.op_type for node in proto.graph.node]
    assert kinds.count("BipolarQuant") == 8
    assert kinds.count("MatMul") == 4
    assert kinds.count("BatchNormalization") == 3
    assert [node.output[0] for node in proto.graph.node][-1] == "logits"
    (pixels,) = proto.graph.input
    assert [d.dim_value for d in pixels.type.tensor_type.shape.dim] == [1, 1, 28, 28]
    for place in (trainer.__file__, torch.__file__):
        assert str(Path(place).parent).encode() not in whole.model.read_bytes()


def test_the_seed_decides(whole: TrainResult, data: Path, tmp_path: Path) -> None:
    again, other = run(tmp_path / "again", data), run(tmp_path / "other", data, seed=4)
    assert again.model.read_bytes() == whole.model.read_bytes()
    assert other.model.read_bytes() != whole.model.read_bytes()


@pytest.mark.parametrize("steps", [STEPS_PER_EPOCH + 1, EPOCHS * STEPS_PER_EPOCH])
def test_resuming_gives_the_weights_of_an_uninterrupted_run(
    whole: TrainResult, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(session, "training_bar", interrupt_after(steps))
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, data)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]
    taken: list[int] = []

    @contextmanager
    def counting(*_: object) -> Iterator[Callable[[int, float], None]]:
        yield lambda step, loss: taken.append(step)

    monkeypatch.setattr(session, "training_bar", counting)
    resumed = run(tmp_path, data, resume=True)
    done = (steps - 1) // STEPS_PER_EPOCH * STEPS_PER_EPOCH
    assert taken == list(range(done + 1, EPOCHS * STEPS_PER_EPOCH + 1))
    for name in ("model.onnx", "digits.npz"):
        assert (resumed.out / name).read_bytes() == (whole.out / name).read_bytes()


def test_resuming_a_finished_run_trains_no_further(
    whole: TrainResult, data: Path, tmp_path: Path
) -> None:
    (tmp_path / "checkpoint.pt").write_bytes((whole.out / "checkpoint.pt").read_bytes())
    assert run(tmp_path, data, resume=True).seconds == whole.seconds
    assert (tmp_path / "model.onnx").read_bytes() == whole.model.read_bytes()


def test_there_must_be_something_to_resume(data: Path, tmp_path: Path) -> None:
    with pytest.raises(XnorflowError) as error:
        run(tmp_path, data, resume=True)
    assert error.value.diagnostics[0].code == "checkpoint-missing"
    assert "the output folder must hold checkpoint.pt to resume, not lack it" in str(error.value)


def test_only_the_same_run_is_resumed(whole: TrainResult, data: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes((whole.out / "checkpoint.pt").read_bytes())
    for options, message in (
        ({"seed": 5}, "the checkpoint's seed must be 5, not 3"),
        ({"epochs": 9}, "the checkpoint's epochs must be 9, not 4"),
    ):
        with pytest.raises(XnorflowError) as error:
            run(tmp_path, data, resume=True, **options)
        assert error.value.diagnostics[0].code == "checkpoint-other-run"
        assert message in str(error.value)


def saved(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def altered(whole: TrainResult, **changes: object) -> bytes:
    """The run's checkpoint with some of its tensors or its progress replaced."""
    content = torch.load(whole.out / "checkpoint.pt", weights_only=True)
    for place, value in changes.items():
        part = "progress" if place in content["progress"] else "tensors"
        content[part][place] = value
    return saved(content)


class Hostile:
    """Runs code when unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("escaped"),))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda _: b"", "must be complete, not fail with:"),
        (lambda _: b"PK\x03\x04 not a checkpoint", "must be complete, not fail with:"),
        (lambda w: (w.out / "checkpoint.pt").read_bytes()[:-500], "not fail with: RuntimeError"),
        (lambda _: saved([1, 2]), "not fail with: TypeError"),
        (lambda _: saved({"key": {}}), "not fail with: TypeError"),
        (lambda _: saved(Hostile()), "not fail with: UnpicklingError"),
        (lambda w: altered(w, epochs=5), "5 of 4 epochs done"),
        (lambda w: altered(w, epochs="1"), "1 of 4 epochs done"),
        (lambda w: altered(w, seconds=float("nan")), "nan seconds spent"),
        (
            lambda w: altered(w, **{"model.fc1.weight": torch.zeros(64, 3)}),
            "model.fc1.weight is torch.float32 (64, 3)",
        ),
        (
            lambda w: altered(w, **{"adam.0.exp_avg": torch.full((64, 784), float("inf"))}),
            "adam.0.exp_avg is not finite",
        ),
        (lambda w: altered(w, **{"model.norm1.bias": 3}), "not fail with: AttributeError"),
        (
            lambda w: altered(w, generator=torch.zeros(8, dtype=torch.uint8)),
            "generator is torch.uint8 (8,)",
        ),
    ],
)
def test_a_bad_checkpoint_is_refused(
    whole: TrainResult,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: Callable[[TrainResult], bytes],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(content(whole))
    with pytest.raises(XnorflowError) as error:
        run(tmp_path, data, resume=True)
    assert error.value.diagnostics[0].code == "checkpoint-damaged"
    assert message in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_an_export_that_differs_is_not_written(
    whole: TrainResult, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Exported.outputs

    def one_wrong(exported: Exported) -> np.ndarray:
        outputs = genuine(exported)
        outputs[7, 2] += 0.0625
        return outputs

    monkeypatch.setattr(Exported, "outputs", one_wrong)
    (tmp_path / "checkpoint.pt").write_bytes((whole.out / "checkpoint.pt").read_bytes())
    with pytest.raises(XnorflowError) as error:
        run(tmp_path, data, resume=True)
    assert error.value.diagnostics[0].code == "export-mismatch"
    assert "not others for 1 of 100 images" in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_another_model_is_not_replaced(data: Path, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_text("mine")
    with pytest.raises(
        XnorflowError, match=r"error\[output-folder\].*no model.onnx but an earlier"
    ):
        run(tmp_path, data)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_a_folder_that_cannot_be_made(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(XnorflowError, match="must be writable, not fail with: Not a directory"):
        run(tmp_path / "file" / "out", data)


def test_the_bar_shows_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def shown(quiet: bool) -> str:
        with training_bar("tfc-mnist", 3, 2, quiet) as on_step:
            for step in range(1, 7):
                on_step(step, 1.25)
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    assert "epoch 3/3  loss 1.250" in shown(quiet=False)
    assert shown(quiet=True) == ""
    monkeypatch.delenv("FORCE_COLOR")
    assert shown(quiet=False) == ""
