# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Try random cases and shrink the first that fails; refusals of a few kinds are no failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy
from tests.fuzz.network import Case, Network

from xnorflow.ir.diagnostics import XnorflowError

LEGITIMATE: dict[str, str] = {}
"""Diagnostic code -> words of its message, for networks that may be refused."""


@dataclass
class Tally:
    """What was tried, in numbers.

    Attributes:
        tried: networks, those tried while shrinking too.
        steps: steps by kind.
        refused: legitimate refusals by code.
    """

    tried: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def count(self, network: Network) -> None:
        self.tried += 1
        for step in network.steps:
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


def is_legitimate(error: XnorflowError) -> bool:
    return all(d.code in LEGITIMATE and LEGITIMATE[d.code] in d.message for d in error.diagnostics)


def attempt(check: Callable[[Case], object], case: Case, tally: Tally) -> None:
    """Check a case; a legitimate refusal is counted."""
    tally.count(case.network)
    try:
        check(case)
    except XnorflowError as error:
        if not is_legitimate(error):
            raise
        tally.refused[error.diagnostics[0].code] += 1


def hunt(
    strategy: SearchStrategy[Case],
    check: Callable[[Case], object],
    *,
    start: int,
    count: int,
    tally: Tally,
) -> Failure | None:
    """Check ``count`` cases drawn from the seed ``start``; the first failure, shrunk."""
    failures: list[Failure] = []

    @seed(start)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink],
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(strategy)
    def run(case: Case) -> None:
        try:
            attempt(check, case, tally)
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
