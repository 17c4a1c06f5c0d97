# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A campaign of spoilt models, and those of them that are kept."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table
from tests.fuzz.mutate import Mutant, mutate
from tests.fuzz.regressions import FOLDER
from tests.fuzz.sources import Source, draw
from tests.fuzz.worker import Fault, Worker

MUTANTS = FOLDER / "mutants"
LARGEST_KEPT = 64 << 10
"""Bytes of the largest model that is kept as a file; others are made again from their seed."""


@dataclass(frozen=True)
class Run:
    """One of a campaign's models.

    Attributes:
        seed: of the model and of what is done to it.
        source: the sound model.
        mutant: the spoilt one.
    """

    seed: str
    source: Source
    mutant: Mutant

    @staticmethod
    def of(seed: int, number: int) -> Run:
        """The run of a number in the campaign of a seed."""
        name = f"{seed} {number}"
        source = draw(name)
        return Run(name, source, mutate(source.data, name))

    def __str__(self) -> str:
        seed, number = self.seed.split()
        return (
            f"{self.source.name}: {'; '.join(self.mutant.steps)}\n"
            f"  again: make fuzz MUTATE=1 SEED={seed} FIRST={number}"
        )


class Campaign:
    """What became of spoilt models."""

    def __init__(self, console: Console, folder: Path) -> None:
        self.failures: list[Run] = []
        self._console, self._folder = console, folder
        self._results: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._slowest = (0.0, "")

    def run(self, seed: int, numbers: range) -> None:
        """Try the models of these numbers, each in a process that may crash."""
        with TemporaryDirectory() as name:
            worker = Worker(Path(name) / "log")
            try:
                for number in numbers:
                    self._try(worker, Run.of(seed, number))
                    if (number + 1 - numbers.start) % 100 == 0:
                        count = number + 1 - numbers.start
                        self._console.print(f"{count} models, {len(self.failures)} failures")
            finally:
                worker.stop()

    def _try(self, worker: Worker, run: Run) -> None:
        verdict, seconds = worker.run(run.mutant.data, run.source.scale)
        self._slowest = max(self._slowest, (seconds, str(run)))
        if isinstance(verdict, Fault):
            self._results["FAILED"] += 1
            self.failures.append(run)
            where = keep(run, verdict.cause, self._folder)
            for line in (f"FAILED: {verdict.cause}", f"  {run}", f"  {where}", verdict.trace):
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)
            return
        self._results[verdict.result] += 1
        self._codes.update(f"error {code}" for code in verdict.codes)
        self._codes.update(f"note {code}" for code in verdict.notes)

    def report(self) -> None:
        """Print all counts."""
        table = Table("", "models")
        for counts in (self._results, self._codes):
            for name, count in sorted(counts.items()):
                table.add_row(name, str(count))
            table.add_section()
        self._console.print(table)
        seconds, run = self._slowest
        self._console.print(
            f"longest: {seconds:.1f} s of processor time, {run}", markup=False, soft_wrap=True
        )


def keep(run: Run, why: str, folder: Path = MUTANTS) -> str:
    """Keep a small model with what it is; where it is now."""
    data = run.mutant.data
    if len(data) > LARGEST_KEPT:
        return "too large to be kept"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:12]}.onnx"
    path.write_bytes(data)
    what = {
        "why": why,
        "seed": run.seed,
        "source": run.source.name,
        "steps": run.mutant.steps,
        "scale": run.source.scale,
    }
    path.with_suffix(".json").write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")
    return f"kept as {path}"
