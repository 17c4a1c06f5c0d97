# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Spoilt models are refused in words or compile exactly; the campaign survives what they do."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from onnx import ModelProto
from tests.fuzz import __main__ as fuzz
from tests.fuzz import mutants, sources, trial
from tests.fuzz.clock import Clock
from tests.fuzz.mutate import GROUPS, mutate
from tests.fuzz.mutations import content
from tests.fuzz.sources import random_network
from tests.fuzz.trial import Verdict
from tests.fuzz.worker import Fault

COUNT = 40
KEPT = sorted(mutants.MUTANTS.glob("*.onnx"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_models_hold(path: Path) -> None:
    what = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert trial.trial(path.read_bytes(), what["scale"], Clock()).result == what["verdict"]


def test_spoilt_random_networks_hold() -> None:
    results: Counter[str] = Counter()
    for number in range(COUNT):
        if number % 8 == 0:
            source = random_network(number)
        mutant = mutate(source.data, f"bounded {number}")
        try:
            results[trial.trial(mutant.data, source.scale, Clock()).result] += 1
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
def test_every_mutation_changes_something(group: ModuleType) -> None:
    sound = random_network(3).data
    for mutation in set(group.MUTATIONS):
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


# campaigns


class FaultyWorker:
    """Finds a fault in the second model."""

    def __init__(self, log: Path) -> None:
        self._answers: Iterator[Verdict | Fault] = iter(
            [
                Verdict("refused", ("model-invalid",)),
                Fault("KeyError: 'x'", "Traceback"),
                Verdict("exact", (), ("near-tie",), simulated=True),
            ]
        )

    def run(self, data: bytes, scale: float | None) -> tuple[Verdict | Fault, float]:
        return next(self._answers), 0.5

    def stop(self) -> None:
        pass


class Unsure(FaultyWorker):
    """Has nothing to compare a model with, every time."""

    def run(self, data: bytes, scale: float | None) -> tuple[Verdict | Fault, float]:
        return Verdict("no reference"), 0.5


def campaign(
    monkeypatch: pytest.MonkeyPatch, worker: type[FaultyWorker], count: int, *options: str
) -> int:
    monkeypatch.setattr("sys.argv", ["fuzz", f"--mutate={count}", "--seed=7", *options])
    monkeypatch.setattr(mutants, "Worker", worker)
    monkeypatch.setattr(mutants, "draw", lambda seed: random_network(3))
    return fuzz.main()


def test_a_fault_is_told_kept_and_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert campaign(monkeypatch, FaultyWorker, 3, "--first=4", f"--save={tmp_path}") == 1
    said = capsys.readouterr().out
    assert "FAILED: KeyError: 'x'" in said
    assert "again: make fuzz MUTATE=1 SEED=7 FIRST=5, with the same " in said
    assert f"models at hand, {sources.digest()}" in said
    for row in ("FAILED", "refused", "exact", "error model-invalid", "note near-tie", "simulated"):
        assert f"│ {row}" in said
    (path,) = (tmp_path / "mutants").glob("*.onnx")
    what = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert what["why"] == "KeyError: 'x'"
    assert what["seed"] == "7 5"
    assert what["models"] == sources.digest()
    assert what["verdict"] is None
    assert path.read_bytes() == mutate(random_network(3).data, what["seed"]).data


@pytest.mark.parametrize(("count", "code"), [(2, 0), (3, 1)])
def test_too_many_without_a_reference_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], count: int, code: int
) -> None:
    assert campaign(monkeypatch, Unsure, count) == code
    told = f"FAILED: no reference must be at most 5% of {count} models that compile, not {count}"
    assert (told in capsys.readouterr().out) == bool(code)


def test_the_digest_is_of_names_and_contents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(name: str, data: bytes) -> str:
        for cached in (sources.files, sources.digest):
            cached.cache_clear()
        folder = tmp_path / f"{name}-{len(data)}" / "models"
        folder.mkdir(parents=True)
        (folder / f"{name}.onnx").write_bytes(data)
        monkeypatch.setattr(sources, "ROOT", folder.parent)
        return sources.digest()

    monkeypatch.setattr(sources, "SHARED", tmp_path / "nowhere")
    try:
        first = digest("a", b"")
        assert first != digest("b", b"")
        assert first != digest("a", b"x")
    finally:
        for cached in (sources.files, sources.digest):
            cached.cache_clear()


def test_a_step_of_one_is_left_to_the_file_in_half_of_the_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for scale, given in ((1.0, {1.0, None}), (0.5, {0.5})):
        source = replace(random_network(3), scale=scale)
        monkeypatch.setattr(mutants, "draw", lambda seed, source=source: source)
        assert {mutants.Run.of(1, number).scale for number in range(16)} == given
