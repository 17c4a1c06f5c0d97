# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A campaign of spoilt models, and those of them that are kept."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table
from tests.fuzz.mutate import Mutant, mutate
from tests.fuzz.regressions import FOLDER
from tests.fuzz.sources import Source, digest, draw, files
from tests.fuzz.worker import Fault, Worker

MUTANTS = FOLDER / "mutants"
LARGEST_KEPT = 64 << 10
"""Bytes of the largest model that is kept as a file; others are made again from their seed."""
MOST = {"no reference": 0.05, "near tie": 0.02}
"""Share of the models that compile of which no more is known than that."""
FEW = 2
"""So many of each kind are no share yet."""


@dataclass(frozen=True)
class Run:
    """One of a campaign's models.

    Attributes:
        seed: of the model and of what is done to it.
        source: the sound model.
        mutant: the spoilt one.
        scale: that the compiler is given for a step of the input; None leaves it to the file.
    """

    seed: str
    source: Source
    mutant: Mutant
    scale: float | None

    @staticmethod
    def of(seed: int, number: int) -> Run:
        """The run of a number in the campaign of a seed."""
        name = f"{seed} {number}"
        source = draw(name)
        left = source.scale == 1 and Random(f"{name} scale").random() < 0.5
        return Run(name, source, mutate(source.data, name), None if left else source.scale)

    def __str__(self) -> str:
        seed, number = self.seed.split()
        return (
            f"{self.source.name}: {'; '.join(self.mutant.steps)}\n"
            f"  again: make fuzz MUTATE=1 SEED={seed} FIRST={number}, "
            f"with the same {len(files())} models at hand, {digest()}"
        )


class Campaign:
    """What became of spoilt models."""

    def __init__(self, console: Console, folder: Path) -> None:
        self.failures: list[Run] = []
        self._console, self._folder = console, folder
        self._results: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._simulated = 0
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
        verdict, seconds = worker.run(run.mutant.data, run.scale)
        self._slowest = max(self._slowest, (seconds, str(run)))
        if isinstance(verdict, Fault):
            self._results["FAILED"] += 1
            self.failures.append(run)
            where = keep(run, verdict.cause, self._folder)
            for line in (f"FAILED: {verdict.cause}", f"  {run}", f"  {where}", verdict.trace):
                self._say(line)
            return
        if verdict.result in MOST:
            self._say(f"{verdict.result}: {run}")
        self._results[verdict.result] += 1
        self._simulated += verdict.simulated
        self._codes.update(f"error {code}" for code in verdict.codes)
        self._codes.update(f"note {code}" for code in verdict.notes)

    def report(self) -> bool:
        """Print all counts; whether nothing failed, and enough of what compiles was compared."""
        table = Table("", "models")
        for counts in (self._results, self._codes):
            for name, count in sorted(counts.items()):
                table.add_row(name, str(count))
            table.add_section()
        table.add_row("simulated", str(self._simulated))
        self._console.print(table)
        seconds, run = self._slowest
        self._say(f"longest compilation: {seconds:.1f} s of processor time, {run}")
        compiled = self._results.total() - self._results["refused"] - self._results["FAILED"]
        beyond = [
            f"{name} must be at most {share:.0%} of {compiled} models that compile, not "
            f"{self._results[name]}"
            for name, share in MOST.items()
            if self._results[name] > max(FEW, share * compiled)
        ]
        for line in beyond:
            self._say(f"FAILED: {line}")
        return not self.failures and not beyond

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


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
        "scale": run.scale,
        "models": digest(),
        "verdict": None,  # to be filled in once it is mended
    }
    path.with_suffix(".json").write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")
    return f"kept as {path}"
