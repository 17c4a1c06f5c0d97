# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""The user's own answers beside the accelerator's: within rounding, beyond it, of another shape."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest
from tests.layer_ops import table_of
from tests.qonnx_net import Net, execute, signs

import xnorflow
from xnorflow.accelerator import Accelerator
from xnorflow.cli import main
from xnorflow.diagnostics import XnorflowError
from xnorflow.host.answers import Agreement, check_answers, compare_answers
from xnorflow.host.arrays import read_inputs
from xnorflow.host.meaning import from_raw, labels_of
from xnorflow.ir.host import HostOutput, HostStep

FRAMES = 12


def host(
    *shape: int, values: int = 9, first: int = -8, step: int = 2, top: int = 0, low: float = -8
) -> HostOutput:
    """An output whose integers are worth what they are, unless ``low`` says otherwise."""
    table = low + step * np.arange(values, dtype=np.float64)[np.newaxis]
    return HostOutput(shape, "float32", table, first, step, top)


def compared(ours: Any, theirs: Any) -> Agreement:
    output = np.asarray(ours, dtype=np.float32)
    form = host(*output.shape[1:])
    return compare_answers(form, output, labels_of(form, output), np.asarray(theirs))


def test_equal_outputs_agree_in_every_way() -> None:
    found = compared([[1, 3], [5, -1]], [[1, 3], [5, -1]])
    assert found.close.all()
    assert found.exact.all()
    assert found.labels.all()
    assert found.first is None
    assert str(found) == "2 of 2 frames agree within float32 rounding, 2 of 2 labels"


def test_rounding_is_told_from_a_difference() -> None:
    """Values of -8 to 8, so that 0.00016 of each is rounding, and a little more of a larger one."""
    found = compared([[8, 0], [8, 0], [1, 0]], [[8, 0.00015], [8.00016, 0.00017], [1, 2e-5]])
    assert found.close.tolist() == [True, False, True]
    assert not found.exact.any()
    assert found.labels.all()
    assert found.first is not None
    text = "frame 1, element 1: the accelerator gives 0, the model 0.00017"
    assert str(found.first) == text


def biased(*steps: HostStep) -> HostOutput:
    """Two sums of 1,600 signs, of which each is worth 1/1600, behind biases of 1000 and 0."""
    table = np.arange(-1600, 1601, 2) / 1600 + np.array([[1000.0], [0.0]])
    return HostOutput((2,), "float32", table, -1600, 2, steps=steps)


def test_a_bias_hides_no_activation_that_differs() -> None:
    raw = np.array([[0, 100], [0, 100], [0, 100]], dtype=np.int32)
    form = biased()
    ours, label = from_raw(form, raw)
    theirs = ours.copy()
    theirs[0] = np.nextafter(ours[0], np.float32(2000))
    theirs[1] = from_raw(form, raw + np.array([2, 0], np.int32))[0][1]
    theirs[2] = from_raw(form, raw + np.array([0, 2], np.int32))[0][2]
    found = compare_answers(form, ours, label, theirs)
    assert found.close.tolist() == [True, False, False]


@pytest.mark.parametrize("kind", ["softmax", "log_softmax"])
def test_probabilities_are_told_apart_likewise(kind: Literal["softmax", "log_softmax"]) -> None:
    raw = np.array([[-1600, 1600], [0, 100]], dtype=np.int32)
    table = np.arange(-1600, 1601, 2) / 1600 + np.array([[1.0], [0.0]])
    form = replace(biased(HostStep(kind, (2,), (0,))), table=table)
    ours, label = from_raw(form, raw)
    sums = table_of(form)[[0, 1], (raw + 1600) // 2].astype(np.float32) + np.float32(3e-6)
    theirs = np.exp(sums) / np.exp(sums).sum(axis=1, keepdims=True)
    theirs = theirs if kind == "softmax" else np.log(theirs)
    assert compare_answers(form, ours, label, theirs).close.all()
    other = from_raw(form, raw + np.array([2, 0], np.int32))[0]
    assert not compare_answers(form, ours, label, other).close.any()


def test_means_of_many_pixels_are_told_apart_likewise() -> None:
    rng = np.random.default_rng(4)
    raw = rng.integers(0, 65, (6, 49 * 2)).astype(np.int32)
    table = np.repeat(np.array([[300.0], [-2.0]]), 49, axis=0) + np.arange(65) * 0.3
    step = HostStep("mean", (2, 7, 7), (1, 2))
    form = HostOutput((2, 1, 1), "float32", table, 0, 1, steps=(step,))
    ours, label = from_raw(form, raw)
    values = table[np.arange(98), raw].astype(np.float32).reshape(6, 2, 49)
    theirs = sum(np.moveaxis(values, 2, 0)) / np.float32(49)  # one after the other
    assert compare_answers(form, ours, label, theirs).close.all()
    raw[:, 50] += np.where(raw[:, 50] < 64, 1, -1).astype(np.int32)
    assert not compare_answers(form, ours, label, from_raw(form, raw)[0]).close.any()


def test_chosen_indices_are_equal_or_not() -> None:
    form = host(1, top=1)
    label = np.array([1000])
    assert not compare_answers(form, label[:, None], label, np.array([[1000.0001]])).close.any()


def test_what_is_not_finite_hides_nothing() -> None:
    found = compared([[1, 2], [1, 2]], [[np.inf, 5], [np.nan, 2]])
    assert found.close.tolist() == [False, False]
    assert found.first is not None
    assert (found.first.frame, found.first.element) == (0, 0)


@pytest.mark.parametrize(
    ("form", "raw"),
    [
        (host(4), [[-8, 2, 2, 0], [6, 6, 8, 8]]),
        (host(3, top=3), [[-8, 2, 0], [6, 6, 8]]),
        (host(1), [[-8], [2], [0]]),
        (host(1, values=2, first=0, step=1, low=0), [[0], [1]]),
        (host(1, values=2, first=0, step=1, low=-1), [[0], [1]]),
        (host(1, values=10, first=0, step=1, low=5), [[0], [9], [4]]),
    ],
)
def test_stored_outputs_have_the_labels_that_the_integers_have(
    form: HostOutput, raw: list[list[int]]
) -> None:
    output, label = from_raw(form, np.array(raw, dtype=np.int32))
    assert labels_of(form, output).tolist() == label.tolist()


def test_the_label_of_a_single_output_is_the_nearest_of_many_values() -> None:
    """Also where there are frames and values enough that all pairs would not fit into memory."""
    rng = np.random.default_rng(3)
    row = np.round(rng.normal(0, 4, 400_000), 3)
    form = replace(host(1, values=1, first=0, step=1), table=row[np.newaxis])
    few = np.array([*row[:40], -99, 99], dtype=np.float32)[:, np.newaxis]
    nearest = np.abs(few - row).argmin(axis=1)
    assert row[labels_of(form, few)].tolist() == row[nearest].tolist()
    assert len(labels_of(form, np.repeat(few, 500, axis=0))) == 21_000


@pytest.mark.parametrize("shape", [(2, 4), (2, 1, 4), (2, 4, 1, 1)])
def test_axes_of_one_element_do_not_count(shape: tuple[int, ...]) -> None:
    check_answers(host(4), 2, np.zeros(shape))
    check_answers(host(1, 4), 2, np.zeros(shape, dtype=np.int8))


@pytest.mark.parametrize(
    ("theirs", "given"),
    [
        (np.zeros((2, 5)), "not float64 [2, 5]"),
        (np.zeros((2, 2, 2)), "not float64 [2, 2, 2]"),
        (np.zeros((1, 4)), "not float64 [1, 4]"),
        (np.zeros(()), "not float64 []"),
        (np.array([["a"] * 4] * 2), "not <U1 [2, 4]"),
    ],
)
def test_answers_of_another_network_are_refused(theirs: npt.NDArray[Any], given: str) -> None:
    with pytest.raises(XnorflowError) as caught:
        check_answers(host(4), 2, theirs)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "input-file"
    assert f"must be numbers [2, 4], {given}" in diagnostic.message


def test_the_first_array_of_answers_counts(tmp_path: Path) -> None:
    x, path = np.zeros((3, 2), np.int8), tmp_path / "x.npz"
    arrays: dict[str, Any] = {"out": np.ones(3), "logits": np.zeros((3, 4)), "output": np.eye(3)}
    for names, first in ((["out"], "out"), (["out", "logits"], "logits"), ([*arrays], "output")):
        np.savez(path, x=x, **{name: arrays[name] for name in names})
        found = read_inputs(path, 2).answers
        assert found is not None
        assert found.name == first
        np.testing.assert_array_equal(found.output, arrays[first][:2])
    np.savez(path, x=x, outputs=np.ones(3))
    assert read_inputs(path).answers is None


@pytest.mark.parametrize("output", [np.zeros((2, 4)), np.zeros(()), np.array(["a", "b", "c"])])
def test_answers_must_be_numbers_for_each_frame(tmp_path: Path, output: Any) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((3, 2), np.int8), logits=output)
    with pytest.raises(
        XnorflowError, match="must hold numbers in logits, for each of 3 x"
    ) as fault:
        read_inputs(tmp_path / "x.npz")
    assert fault.value.diagnostics[0].code == "input-file"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of 20 bits and 4 scores, frames with the executor's answers, and its build."""
    folder, rng = tmp_path_factory.mktemp("answers"), np.random.default_rng(3)
    net = Net((1, 20), dtype="BIPOLAR")
    net.dense(signs(rng, 20, 12))
    net.bipolar()
    net.dense(signs(rng, 12, 4))
    net.add("Mul", 0.3)
    model = net.save(folder)
    x = signs(rng, FRAMES, 20)
    answers = np.concatenate([execute(net.model(), row[np.newaxis]) for row in x])
    np.savez(folder / "x.npz", x=x.astype(np.int8), output=answers)
    assert main(["compile", str(model), "--board", "pynq-z1", "-o", str(folder / "b"), "-q"]) == 0
    return folder


@pytest.fixture
def build(home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(home / "b", tmp_path / "b"))


def test_simulate_compares_with_the_file(
    home: Path, build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"the file's output: {FRAMES} of {FRAMES} frames agree within float32 rounding, "
    for engine in ("golden", "verilator"):
        command = ["simulate", str(build), "--input", str(home / "x.npz"), "--engine", engine]
        assert main(command) == 0
        assert line + f"{FRAMES} of {FRAMES} labels" in capsys.readouterr().out


@pytest.mark.parametrize("engine", ["golden", "verilator"])
def test_labels_that_differ_end_with_1(
    home: Path, build: Path, tmp_path: Path, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(home / "x.npz") as data:
        x, output = data["x"], data["output"].copy()
    output[5] = -output[5]
    np.savez(tmp_path / "x.npz", x=x, logits=output)
    command = ["simulate", str(build), "--input", str(tmp_path / "x.npz"), "--engine", engine]
    assert main(command) == 1
    out = capsys.readouterr().out
    assert f"the file's logits: {FRAMES - 1} of {FRAMES} frames agree" in out
    assert f"{FRAMES - 1} of {FRAMES} labels" in out
    assert "first difference: frame 5, element " in out


def test_answers_of_another_shape_end_with_2_before_anything_runs(
    home: Path, build: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with np.load(home / "x.npz") as data:
        np.savez(tmp_path / "x.npz", x=data["x"], out=data["output"][:, :3])
    assert main(["simulate", str(build), "--input", str(tmp_path / "x.npz")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"error[input-file]: the model's answers must be numbers [{FRAMES}, 4]" in err
    assert f"at: {tmp_path / 'x.npz'}" in err


def test_the_python_interface_says_the_same(home: Path) -> None:
    built: Accelerator = xnorflow.load(home / "b")
    with np.load(home / "x.npz") as data:
        found = built.compare(built.predict(data["x"]), data["output"])
        assert found.close.all()
        assert found.labels.all()
        with pytest.raises(XnorflowError, match="the model's answers must be numbers"):
            built.compare(built.predict(data["x"]), data["output"][:-1])
