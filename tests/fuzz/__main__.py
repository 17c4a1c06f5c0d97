# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Try new random networks for as long as asked, or spoilt models; see ``make fuzz``.

    python -m tests.fuzz [--minutes 10] [--count 2000] [--rtl 200] [--seed 1] [--branched]
    python -m tests.fuzz --mutate 2000 [--seed 1] [--first 0]

With a count, at least so many distinct networks that are not refused are held against qonnx's
executor and so many (``--rtl``) are simulated in Verilator; with minutes, as many as that time
allows. All have branches where that is asked for. What fails is shrunk and kept in
tests/regressions/, where the tests replay it.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from hypothesis.strategies import SearchStrategy
from rich.console import Console
from rich.table import Table
from tests.fuzz import mutants, regressions
from tests.fuzz.check import check_golden, check_rtl
from tests.fuzz.hunt import Tally, hunt
from tests.fuzz.network import Case
from tests.fuzz.strategies import ANY, BRANCHED, SMALL, SMALL_BRANCHED, cases, lone_networks

ROUND = 40
"""Networks drawn in a round to be held against the executor."""
ROUND_RTL = 4
"""Networks drawn in a round to be simulated."""
MOST_FAILURES = 10
"""After so many, which will have few causes, a campaign ends."""


class Campaign:
    """Rounds of random networks, and what came of them."""

    def __init__(
        self, console: Console, start: int, folder: Path, *, branched: bool = False
    ) -> None:
        self._sizes, self._small = (BRANCHED, SMALL_BRANCHED) if branched else (ANY, SMALL)
        self.golden, self.rtl = Tally(), Tally()
        self.failures: list[Path] = []
        self._console, self._seed, self._folder = console, start, folder

    @property
    def hopeless(self) -> bool:
        """Whether to mend first."""
        return len(self.failures) >= MOST_FAILURES

    def golden_round(self) -> None:
        """Hold some more against the executor."""
        self._round(lone_networks(self._sizes), check_golden, ROUND, self.golden)

    def rtl_round(self) -> None:
        """Simulate some more."""
        self._round(cases(self._small), check_rtl, ROUND_RTL, self.rtl)

    def _round(
        self,
        strategy: SearchStrategy[Case],
        check: Callable[[Case], object],
        count: int,
        tally: Tally,
    ) -> None:
        self._seed += 1
        failure = hunt(strategy, check, start=self._seed, count=count, tally=tally)
        if failure is not None:
            path = regressions.save(failure.case, failure.why, self._folder)
            self.failures.append(path)
            self._console.print(f"FAILED, kept as {path}: {failure.why}", markup=False)
        counts = f"{len(self.golden.held)} networks, {len(self.rtl.held)} simulated"
        self._console.print(f"{counts}, {len(self.failures)} failures")

    def report(self) -> None:
        """Print all counts."""
        table = Table("", "golden", "Verilator")
        table.add_row("cases tried", str(len(self.golden.tried)), str(len(self.rtl.tried)))
        table.add_row("networks held", str(len(self.golden.held)), str(len(self.rtl.held)))
        for name in sorted(self.golden.steps | self.rtl.steps):
            table.add_row(name, str(self.golden.steps[name]), str(self.rtl.steps[name]))
        for name in sorted(self.golden.refused | self.rtl.refused):
            counts = self.golden.refused[name], self.rtl.refused[name]
            table.add_row(f"refused: {name}", *map(str, counts))
        self._console.print(table)
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
    parser.add_argument("--branched", action="store_true")
    parser.add_argument("--mutate", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--save", type=Path, default=regressions.FOLDER)
    options = parser.parse_args()
    start = secrets.randbelow(10**9) if options.seed is None else options.seed
    console = Console()
    console.print(f"seed {start}")
    if options.mutate:
        spoilt = mutants.Campaign(console, options.save / "mutants")
        spoilt.run(start, range(options.first, options.first + options.mutate))
        return 0 if spoilt.report() else 1
    campaign = Campaign(console, start, options.save, branched=options.branched)
    if options.count or options.rtl:
        _counted(campaign, options.count, options.rtl)
    else:
        _timed(campaign, 60 * (options.minutes or 10))
    campaign.report()
    return 1 if campaign.failures else 0


def _counted(campaign: Campaign, count: int, rtl: int) -> None:
    """Both kinds in step, so that an end ahead of time leaves some of both."""
    golden, simulated = campaign.golden.held, campaign.rtl.held
    while not campaign.hopeless and (len(golden) < count or len(simulated) < rtl):
        if len(simulated) < rtl and len(simulated) * count <= len(golden) * rtl:
            campaign.rtl_round()
        else:
            campaign.golden_round()


def _timed(campaign: Campaign, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not campaign.hopeless and time.monotonic() < end:
        campaign.golden_round()
        campaign.rtl_round()


if __name__ == "__main__":
    sys.exit(main())
