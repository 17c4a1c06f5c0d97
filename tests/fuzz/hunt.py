# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Try random cases and shrink the first that fails; refusals of a few kinds are no failures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy
from tests.fuzz.network import Case, Network, Residual, Step, to_json

from xnorflow.diagnostics import XnorflowError

LEGITIMATE = {
    "pools with a falling function between": "pools of one chain must either all be followed by",
    "a function that falls behind a pool of integers": "what follows a MaxPool of integers must",
    "a Pad that decides in a MaxPool": "a Pad before a MaxPool must put in values that never",
    "a Pad behind a dead layer": "what a Pad puts in front of a MaxPool must end in one of",
    "pads not smaller than the kernel": "must have pads smaller than its kernel",
    "zeros around bits of odd levels": "must be worth whole steps of its sums",
    "zeros around integers of which 0 is none": "must pad by a level of its activations, of",
    "functions of the pixel behind pools": "must have windows that do not overlap, or functions",
}
"""Networks that may be refused, and what their Diagnostic says."""


@dataclass
class Tally:
    """What was tried, in numbers.

    Attributes:
        tried: distinct cases.
        settled: those of them that passed or were refused, and need not be tried again.
        held: distinct networks that passed, frames and batch aside.
        steps: steps by kind, those of branches too.
        refused: legitimate refusals by kind.
    """

    tried: set[Case] = field(default_factory=set)
    settled: set[Case] = field(default_factory=set)
    held: set[Network] = field(default_factory=set)
    steps: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def count(self, case: Case) -> None:
        if case in self.tried:
            return
        self.tried.add(case)
        for step in _all(case.network.steps):
            name = type(step).__name__.lower()
            self.steps[f"{name} {getattr(step, 'kind', '')}".strip()] += 1


def _all(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps, and those of branches."""
    for step in steps:
        yield step
        if isinstance(step, Residual):
            yield from _all((*step.main, *step.skip))


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
    """Check a case that is not settled yet; a legitimate refusal is counted."""
    if case in tally.settled:
        return
    tally.count(case)
    try:
        check(case)
    except XnorflowError as error:
        kind = legitimate(error)
        if not kind:
            raise
        tally.refused[kind] += 1
    else:
        tally.held.add(bare(case.network))
    tally.settled.add(case)


def bare(network: Network) -> Network:
    """What makes a network another one: not its frames, nor the batch in its file."""
    return replace(network, batch=1, seed=0)


def hunt(
    strategy: SearchStrategy[Case],
    check: Callable[[Case], object],
    *,
    start: int,
    count: int,
    tally: Tally | None = None,
) -> Failure | None:
    """Check the simplest case and ``count`` drawn from a seed; the first failure, shrunk."""
    found = Tally() if tally is None else tally
    for number in range(count):
        failure = _draw_one(strategy, check, f"{start} {number}", found)
        if failure is not None:
            return failure
    return None


def _draw_one(
    strategy: SearchStrategy[Case], check: Callable[[Case], object], origin: str, tally: Tally
) -> Failure | None:
    """Hypothesis draws the simplest case and one at random; more would be that one's variants."""
    failures: list[Failure] = []

    @seed(origin)
    @settings(
        max_examples=2,
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
            attempt(check, case, Tally() if failures else tally)
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
    strategy: SearchStrategy[Case],
    check: Callable[[Case], object],
    *,
    start: int,
    count: int,
    least: int = 1,
) -> None:
    """As ``hunt``, for tests; ``least`` networks have to hold beside the simplest.

    Raises:
        AssertionError: with the smallest case that fails, as JSON; or too few are distinct and not
            refused.
    """
    tally = Tally()
    failure = hunt(strategy, check, start=start, count=count, tally=tally)
    if failure is not None:
        raise AssertionError(json.dumps(to_json(failure.case))) from failure.error
    assert len(tally.held) > least, f"{len(tally.held) - 1} of {count} networks count"
