# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Spoilt models are refused in words or compile exactly; the campaign survives what they do."""

from __future__ import annotations

import ctypes
import json
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, numpy_helper
from tests.fuzz import __main__ as fuzz
from tests.fuzz import mutants, trial
from tests.fuzz.mutate import GROUPS, mutate
from tests.fuzz.mutations import content
from tests.fuzz.sources import random_network
from tests.fuzz.trial import Verdict
from tests.fuzz.worker import Check, Fault, Worker
from tests.qonnx_net import Net, signs

COUNT = 40
KEPT = sorted(mutants.MUTANTS.glob("*.onnx"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_models_hold(path: Path) -> None:
    what = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    trial.trial(path.read_bytes(), what["scale"])


def test_spoilt_random_networks_hold() -> None:
    results: Counter[str] = Counter()
    for number in range(COUNT):
        if number % 8 == 0:
            source = random_network(number)
        mutant = mutate(source.data, f"bounded {number}")
        try:
            results[trial.trial(mutant.data, source.scale).result] += 1
        except Exception as error:
            raise AssertionError(f"{source.name}, {number}: {mutant.steps}") from error
    assert results["refused"] > COUNT // 4
    assert results["exact"] > COUNT // 8


# mutations


def test_a_seed_decides_about_everything() -> None:
    data = random_network(3).data
    drawn = [mutate(data, f"same {number}") for number in range(60)]
    assert drawn == [mutate(data, f"same {number}") for number in range(60)]
    assert len({mutant.data for mutant in drawn}) > 50
    assert all(mutant.steps for mutant in drawn)


@pytest.mark.parametrize("group", sorted(set(GROUPS), key=str), ids=lambda group: group.__name__)
def test_every_mutation_changes_something(group: object) -> None:
    sound = random_network(3).data
    for mutation in set(group.MUTATIONS):  # type: ignore[attr-defined]
        changed = 0
        for seed in range(40):
            model = ModelProto()
            model.ParseFromString(sound)
            if mutation(model, Random(seed)):
                changed += model.SerializeToString() != sound
        assert changed > 10, mutation.__name__


def test_every_damage_changes_the_bytes() -> None:
    sound = random_network(3).data
    for damage in set(content.DAMAGES):
        assert any(damage(sound, Random(seed))[0] != sound for seed in range(5)), damage.__name__


# what a trial notices


@pytest.fixture
def net() -> Net:
    net = Net((1, 6))
    net.bipolar()
    net.dense(signs(np.random.default_rng(0), 6, 4))
    return net


def test_an_exact_model(net: Net) -> None:
    assert trial.trial(net.model().SerializeToString(), 1.0) == Verdict("exact")


def test_a_wrong_answer(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    other = net.model()
    weights = other.graph.initializer[1]
    weights.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(weights), weights.name))
    right = trial.reference
    monkeypatch.setattr(trial, "reference", lambda _, x: right(other.SerializeToString(), x))
    with pytest.raises(AssertionError, match=r"element \d is "):
        trial.trial(net.model().SerializeToString(), 1.0)


def test_a_refusal_that_leaves_something(monkeypatch: pytest.MonkeyPatch) -> None:
    right = trial.main

    def untidy(arguments: list[str]) -> int:
        (Path(arguments[1]).parent / ".build.half").mkdir()
        return right(arguments)

    monkeypatch.setattr(trial, "main", untidy)
    with pytest.raises(AssertionError, match="a refusal leaves"):
        trial.trial(b"no model", 1.0)


# what a worker survives


def sleep(data: bytes, scale: float) -> Verdict:
    if data:
        time.sleep(1 << 20)
    return Verdict("refused")


def crash(data: bytes, scale: float) -> Verdict:
    if data:
        ctypes.string_at(0)
    return Verdict("refused")


def fail(data: bytes, scale: float) -> Verdict:
    if data:
        raise KeyError("x")
    return Verdict("refused")


@pytest.mark.parametrize(
    ("check", "limits", "cause"),
    [
        (sleep, {"patience": 0.1}, "hangs for 0.1 s"),
        (fail, {"seconds": -1.0}, "takes "),
        (fail, {"memory": 1 << 20}, "holds "),
        (fail, {}, "KeyError: 'x' (test_fuzz_mutants.py:"),
        (crash, {}, "the process ends by SIGSEGV"),
    ],
)
def test_what_goes_wrong(tmp_path: Path, check: Check, limits: dict[str, Any], cause: str) -> None:
    worker = Worker(tmp_path / "log", check, **limits)
    try:
        fault, _ = worker.run(b"bad", 1.0)
        if check is crash:  # another process takes its place
            assert worker.run(b"", 1.0)[0] == Verdict("refused")
    finally:
        worker.stop()
    assert isinstance(fault, Fault)
    assert fault.cause.startswith(cause)


# campaigns


class FaultyWorker:
    """Finds a fault in the second model."""

    def __init__(self, log: Path) -> None:
        self._answers = iter(
            [
                Verdict("refused", ("model-invalid",)),
                Fault("KeyError: 'x'", "Traceback"),
                Verdict("exact", (), ("near-tie",)),
            ]
        )

    def run(self, data: bytes, scale: float) -> tuple[Verdict | Fault, float]:
        return next(self._answers), 0.5

    def stop(self) -> None:
        pass


def test_a_fault_is_told_kept_and_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--mutate=3", "--first=4", "--seed=7", f"--save={tmp_path}"]
    monkeypatch.setattr("sys.argv", ["fuzz", *options])
    monkeypatch.setattr(mutants, "Worker", FaultyWorker)
    monkeypatch.setattr(mutants, "draw", lambda seed: random_network(3))
    assert fuzz.main() == 1
    said = capsys.readouterr().out
    assert "FAILED: KeyError: 'x'" in said
    assert "again: make fuzz MUTATE=1 SEED=7 FIRST=5" in said
    for row in ("FAILED", "refused", "exact", "error model-invalid", "note near-tie"):
        assert f"│ {row}" in said
    (path,) = (tmp_path / "mutants").glob("*.onnx")
    what = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert what["why"] == "KeyError: 'x'"
    assert what["seed"] == "7 5"
    assert path.read_bytes() == mutate(random_network(3).data, what["seed"]).data
