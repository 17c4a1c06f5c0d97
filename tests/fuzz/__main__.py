# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Try new random networks for as long as asked; see ``make fuzz``.

    python -m tests.fuzz [--minutes 10] [--count 2000] [--rtl 200] [--seed 1]

With a count, so many networks are held against qonnx's executor and so many (``--rtl``) are
simulated in Verilator; with minutes, as many as that time allows. What fails is shrunk and kept in
tests/regressions/, where the tests replay it.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
import time
import warnings
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.fuzz import regressions
from tests.fuzz.check import check_golden, check_rtl
from tests.fuzz.hunt import Failure, Tally, hunt
from tests.fuzz.network import Case
from tests.fuzz.strategies import cases, lone_networks

ROUND = 40
"""Networks held against the executor in a round."""
MINUTES_RTL = 3
"""Networks simulated in a round, where time is the limit."""


class Campaign:
    """Rounds of random networks, and what came of them."""

    def __init__(self, console: Console, start: int, folder: Path) -> None:
        self.golden, self.rtl = Tally(), Tally()
        self.failures: list[Path] = []
        self._console, self._seed, self._folder = console, start, folder
        self._latencies: list[float] = []

    def round(self, networks: int, simulated: int) -> None:
        """Check some more."""
        self._seed += 1
        if networks:
            self._keep(
                hunt(
                    lone_networks(),
                    check_golden,
                    start=self._seed,
                    count=networks,
                    tally=self.golden,
                )
            )
        if simulated:
            found = hunt(cases(), self._simulate, start=self._seed, count=simulated, tally=self.rtl)
            self._keep(found)

    def _simulate(self, case: Case) -> None:
        found = check_rtl(case)
        self._latencies.append(found.latency_cycles / found.estimated_latency_cycles)

    def _keep(self, failure: Failure | None) -> None:
        if failure is not None:
            path = regressions.save(failure.case, failure.why, self._folder)
            self.failures.append(path)
            self._console.print(f"FAILED, kept as {path}: {failure.why}", markup=False)

    def report(self) -> None:
        """Print all counts."""
        table = Table("", "golden", "Verilator")
        table.add_row("networks tried", str(len(self.golden.tried)), str(len(self.rtl.tried)))
        for name in sorted(self.golden.steps | self.rtl.steps):
            table.add_row(name, str(self.golden.steps[name]), str(self.rtl.steps[name]))
        for name in sorted(self.golden.refused | self.rtl.refused):
            counts = self.golden.refused[name], self.rtl.refused[name]
            table.add_row(f"refused: {name}", *map(str, counts))
        self._console.print(table)
        if self._latencies:
            low, high = min(self._latencies), max(self._latencies)
            self._console.print(f"latency: {low:.3f} to {high:.3f} of the estimate")
        self._console.print(f"failures: {len(self.failures)}")


def main() -> int:
    """Run and print; 1 if anything failed."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--rtl", type=int, default=0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--save", type=Path, default=regressions.FOLDER)
    options = parser.parse_args()
    start = secrets.randbelow(10**9) if options.seed is None else options.seed
    console = Console()
    console.print(f"seed {start}")
    campaign = Campaign(console, start, options.save)
    if options.count or options.rtl:
        _counted(campaign, console, options.count, options.rtl)
    else:
        _timed(campaign, console, 60 * (options.minutes or 10))
    campaign.report()
    return 1 if campaign.failures else 0


def _counted(campaign: Campaign, console: Console, count: int, rtl: int) -> None:
    """Both kinds in step, so that an end ahead of time leaves some of both."""
    rounds = max(1, -(-count // ROUND))
    for number in range(rounds):
        parts = [
            total * (number + 1) // rounds - total * number // rounds for total in (count, rtl)
        ]
        campaign.round(*parts)
        _progress(campaign, console)


def _timed(campaign: Campaign, console: Console, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        campaign.round(ROUND, MINUTES_RTL)
        _progress(campaign, console)


def _progress(campaign: Campaign, console: Console) -> None:
    counts = f"{len(campaign.golden.tried)} networks, {len(campaign.rtl.tried)} simulated"
    console.print(f"{counts}, {len(campaign.failures)} failures")


if __name__ == "__main__":
    sys.exit(main())
