# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Try random cases and shrink the first that fails; refusals of a few kinds are no failures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy
from tests.fuzz.network import Case, to_json

from xnorflow.ir.diagnostics import XnorflowError

LEGITIMATE = {
    "pools with a falling function between": "pools of one chain must either all be followed by",
    "a Pad that decides in a MaxPool": "a Pad before a MaxPool must put in values that never",
    "a Pad behind a dead layer": "what a Pad puts in front of a MaxPool must end in one of",
    "pads not smaller than the kernel": "must have pads smaller than its kernel",
    "functions of the pixel behind pools": "must have windows that do not overlap, or functions",
}
"""Networks that may be refused, and what their Diagnostic says."""


@dataclass
class Tally:
    """What was tried, in numbers.

    Attributes:
        tried: distinct cases, those tried while shrinking too.
        steps: steps by kind.
        refused: legitimate refusals by kind.
    """

    tried: set[Case] = field(default_factory=set)
    steps: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def count(self, case: Case) -> None:
        if case in self.tried:
            return
        self.tried.add(case)
        for step in case.network.steps:
            name = type(step).__name__.lower()
            self.steps[f"{name} {getattr(step, 'kind', '')}".strip()] += 1


@dataclass(frozen=True)
class Failure:
    """The smallest case found that fails, and how."""

    case: Case
    error: Exception

    @property
    def why(self) -> str:
        """The error's first lines."""
        text = f"{type(self.error).__name__}: {self.error}"
        return " ".join(text.split())[:400]


def legitimate(error: XnorflowError) -> str:
    """Which legitimate refusal an error is, or nothing."""
    kinds = {
        next((name for name, words in LEGITIMATE.items() if words in d.message), "")
        for d in error.diagnostics
    }
    return "" if "" in kinds else min(kinds)


def attempt(check: Callable[[Case], object], case: Case, tally: Tally) -> None:
    """Check a case; a legitimate refusal is counted."""
    tally.count(case)
    try:
        check(case)
    except XnorflowError as error:
        kind = legitimate(error)
        if not kind:
            raise
        tally.refused[kind] += 1


def hunt(
    strategy: SearchStrategy[Case],
    check: Callable[[Case], object],
    *,
    start: int,
    count: int,
    tally: Tally | None = None,
) -> Failure | None:
    """Check the simplest case and ``count`` drawn from a seed; the first failure, shrunk."""
    failures: list[Failure] = []
    found = Tally() if tally is None else tally

    @seed(start)
    @settings(
        max_examples=count + 1,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(strategy)
    def run(case: Case) -> None:
        try:
            attempt(check, case, found)
        except Exception as error:
            failures.append(Failure(case, error))
            raise

    try:
        run()
    except Exception:
        if not failures:
            raise
    # Hypothesis runs the smallest one last, to show it.
    return failures[-1] if failures else None


def sample(strategy: SearchStrategy[Case], *, start: int, count: int) -> list[Case]:
    """Cases as ``hunt`` draws them."""
    tally = Tally()
    hunt(strategy, lambda case: None, start=start, count=count, tally=tally)
    return sorted(tally.tried, key=str)


def hold(
    strategy: SearchStrategy[Case], check: Callable[[Case], object], *, start: int, count: int
) -> Tally:
    """As ``hunt``, for tests.

    Raises:
        AssertionError: with the smallest case that fails, as JSON.
    """
    tally = Tally()
    failure = hunt(strategy, check, start=start, count=count, tally=tally)
    if failure is not None:
        raise AssertionError(json.dumps(to_json(failure.case))) from failure.error
    return tally
