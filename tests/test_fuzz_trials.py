# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What a trial of a spoilt model notices: wrong answers, half a build, codes on the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, numpy_helper
from tests.fuzz import answers, trial
from tests.fuzz.clock import Clock
from tests.fuzz.reference import Answer, reference
from tests.fuzz.trial import Verdict
from tests.qonnx_net import Array, Net, signs

from xnorflow.accelerator import Accelerator
from xnorflow.cli import main
from xnorflow.ir.input_spec import InputType
from xnorflow.results import Mismatch

INFINITE = float("inf")


@pytest.fixture
def net() -> Net:
    net = Net((1, 6))
    net.bipolar()
    net.dense(signs(np.random.default_rng(0), 6, 4))
    return net


def tried(net: Net, scale: float | None = 1.0) -> Verdict:
    return trial.trial(net.model().SerializeToString(), scale, Clock())


def meddle(monkeypatch: pytest.MonkeyPatch, what: Callable[[Path], object]) -> None:
    """Do something to the folder of a trial once the command has ended."""

    def command(arguments: list[str]) -> int:
        code = main(arguments)
        what(Path(arguments[1]).parent)
        return code

    monkeypatch.setattr(trial, "main", command)


def test_an_exact_model(net: Net) -> None:
    assert tried(net) == Verdict("exact")
    assert tried(net, None) == Verdict("exact")


# folders


def test_a_refusal_that_leaves_something(monkeypatch: pytest.MonkeyPatch) -> None:
    meddle(monkeypatch, lambda folder: (folder / ".build.half").mkdir())
    with pytest.raises(AssertionError, match="a refusal leaves"):
        trial.trial(b"no model", 1.0, Clock())


def _all_rtl_but_one(folder: Path) -> None:
    for path in sorted((folder / "build" / "rtl").iterdir())[1:]:
        path.unlink()


def _edit(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "build" / name).write_bytes(content)


@pytest.mark.parametrize(
    ("what", "cause"),
    [
        (_all_rtl_but_one, r"the build and its manifest differ in \['rtl/"),
        (_edit("report.json", b"{"), r"error\[report-file\]"),
        (_edit("rtl/sources.txt", b""), "rtl/sources.txt is not what the manifest says"),
        (_edit("spare", b""), r"differ in \['spare'\]"),
        (
            lambda folder: (folder / "build" / "rtl" / ".xnorflow-0123456789abcdef").mkdir(),
            "holds places to work in",
        ),
        (lambda folder: (folder / "model.onnx").write_bytes(b""), "the file is changed"),
    ],
)
def test_half_a_build(
    net: Net, monkeypatch: pytest.MonkeyPatch, what: Callable[[Path], object], cause: str
) -> None:
    meddle(monkeypatch, what)
    with pytest.raises(Exception, match=cause):
        tried(net)


# the terminal


@pytest.mark.parametrize("code", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\x1b[2J"])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_control_codes(net: Net, monkeypatch: pytest.MonkeyPatch, stream: str, code: str) -> None:
    meddle(monkeypatch, lambda folder: getattr(sys, stream).write(f"over{code}written\n"))
    with pytest.raises(AssertionError, match="control codes reach the terminal"):
        tried(net)


@pytest.mark.parametrize("descriptor", [1, 2])
def test_what_a_library_writes(net: Net, monkeypatch: pytest.MonkeyPatch, descriptor: int) -> None:
    meddle(monkeypatch, lambda folder: os.write(descriptor, b"[W:onnxruntime] odd\n"))
    with pytest.raises(AssertionError, match=r"a library writes to the terminal: '\[W:onnx"):
        tried(net)


# what enters


def test_another_type_than_is_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Net((1, 6), dtype="INT4")
    net.bipolar()
    net.dense(signs(np.random.default_rng(0), 6, 4))
    assert tried(net, None).result == "exact"
    right = InputType.named
    monkeypatch.setattr(InputType, "named", lambda name: right("int3" if name == "INT4" else name))
    with pytest.raises(AssertionError, match="the input is int3, but stated to be int4"):
        tried(net, None)


def test_a_scale_that_is_lost(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "main", lambda given: main([*given, "--input-scale=2"]))
    with pytest.raises(AssertionError, match=r"a step of the input is 2\.0, not 1\.0"):
        tried(net)


# answers


def other(net: Net, place: int) -> bytes:
    """With weights of the other sign."""
    model = net.model()
    weights = model.graph.initializer[place]
    weights.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(weights), weights.name))
    return bytes(model.SerializeToString())


def instead(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Let the executor run another model."""
    right = reference
    monkeypatch.setattr(trial, "reference", lambda _, x, batch=0: right(data, x, batch))


def test_a_wrong_answer(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, other(net, 1))
    with pytest.raises(AssertionError, match=r"element \d is "):
        tried(net)


def test_another_batch_decides_where_all_frames_at_once_do_not_run(net: Net) -> None:
    net.reshape(1, 4)  # of the file's own batch alone
    assert tried(net) == Verdict("exact")


def answer(scores: list[list[float]], before: list[list[float]] | None = None) -> Answer:
    """The first best of scores."""
    rows = np.asarray(scores, dtype=np.float32)
    front = rows if before is None else np.asarray(before, dtype=np.float32)
    return Answer(rows.argmax(axis=1)[:, np.newaxis], rows, front)


def values(*rows: list[float]) -> Array:
    return np.asarray(rows, dtype=np.float32)


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        (values([3.0, 1.0]), values([3.0 + 2e-6, 1.0]), [True]),
        (values([1e9], [900.0]), values([1e9], [3.0]), [True, False]),
        (values([2.0, 5.0]), values([INFINITE, 1.0]), [False]),
        (values([2.0, INFINITE]), values([2.0 + 1e-6, INFINITE]), [True]),
        (values([np.nan]), values([np.nan]), [False]),
        (np.array([[3]]), np.array([[4]]), [False]),
    ],
)
def test_rounding_of_values(found: Array, wanted: Array, same: list[bool]) -> None:
    assert answers.rounded(found, Answer(wanted)).tolist() == same


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        (0, answer([[1.0, 1.0, 0.0]]), True),
        (1, answer([[1.0, 1.0, 0.0]]), False),  # the first of equals it is
        (1, answer([[1.0 + 1e-6, 1.0, 0.0]]), True),
        (2, answer([[1.0 + 1e-6, 1.0, 0.0]]), False),
        (1, answer([[INFINITE, 1.0]]), False),
        (-1, answer([[1.0 + 1e-6, 1.0]]), False),
        (3, answer([[1.0, 1.0, 0.0]]), False),
        (1, answer([[1.0, 1.0]], [[88.0, 99.0]]), True),  # equal by a Softmax alone
        (1, answer([[1.0, 1.0]], [[99.0, 88.0]]), False),
    ],
)
def test_rounding_of_choices(found: int, wanted: Answer, same: bool) -> None:
    assert answers.rounded(np.array([[found]]), wanted).tolist() == [same]


def test_scores_are_those_in_front_of_a_softmax(net: Net) -> None:
    net.add("Softmax", axis=1)
    net.add("ArgMax", axis=1, keepdims=0)
    net.output_type = TensorProto.INT64
    found = reference(net.model().SerializeToString(), np.ones((3, 6)))
    assert found is not None
    assert found.scores is not None
    assert found.before is not None
    assert found.scores.sum(axis=1) == pytest.approx(1)
    assert np.abs(found.before).max() > 1


# near ties


def inexact() -> Net:
    """Sums of scale 0.1, some of which are 0 but for the order in which float32 adds."""
    rng = np.random.default_rng(1)
    net = Net((1, 16), dtype="BIPOLAR")
    net.add("MatMul", signs(rng, 16, 24) * np.float32(0.1))
    net.bipolar()
    net.dense(signs(rng, 24, 4))
    return net


def test_a_near_tie_has_inexact_sums_for_a_cause() -> None:
    verdict = tried(inexact())
    assert verdict.result == "near tie"
    assert "inexact-sums" in verdict.notes


def test_a_note_excuses_no_other_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    net = inexact()
    instead(monkeypatch, other(net, -2))
    with pytest.raises(AssertionError, match=r"element \d is "):
        tried(net)


# hardware


def test_a_small_share_is_simulated(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "RTL_SHARE", 1)
    assert tried(net) == Verdict("exact", simulated=True)
    right = Accelerator.simulate

    def wrong(self: Accelerator, x: Array) -> object:
        return replace(right(self, x), mismatches=1, first=Mismatch(0, 0, 1, 2))

    monkeypatch.setattr(Accelerator, "simulate", wrong)
    with pytest.raises(AssertionError, match="the RTL gives something else"):
        tried(net)
    monkeypatch.setattr(trial, "RTL_CYCLES", 0)
    assert tried(net) == Verdict("exact")
