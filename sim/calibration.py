# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""How far estimates are off Yosys's counts, and how far they may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.case import Case
from sim.synthesis import primitives
from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources

__all__ = ["LARGE", "TARGETS", "Point", "Target", "check_estimates", "measure"]

LARGE = 300
"""Synthesised LUTs, or FFs, above which a miss matters as a share of them."""

_RUN_LUT = 5000
"""Estimated LUTs of the cases of one run of Yosys, which takes about a minute."""


@dataclass(frozen=True)
class Target:
    """How far estimates may be off: block RAM not at all.

    Attributes:
        lut: share of the LUTs.
        ff: share of the FFs.
        few: LUTs and FFs in any case.
    """

    lut: float
    ff: float
    few: int


TARGETS: Mapping[Fabric, Target] = {
    Fabric.LUT6: Target(0.1, 0.15, 15),
    Fabric.LUT4: Target(0.25, 0.25, 25),
}


@dataclass(frozen=True)
class Point:
    """One parameter set of a kernel."""

    name: str
    estimated: Resources
    synthesized: Resources

    @property
    def lut(self) -> int:
        """LUTs too many."""
        return self.estimated.lut - self.synthesized.lut

    @property
    def ff(self) -> int:
        """FFs too many."""
        return self.estimated.ff - self.synthesized.ff

    @property
    def lut_share(self) -> float:
        """Of the LUTs synthesised."""
        return self.lut / max(1, self.synthesized.lut)

    @property
    def ff_share(self) -> float:
        """Of the FFs synthesised."""
        return self.ff / max(1, self.synthesized.ff)

    @property
    def is_exact_in_ram(self) -> bool:
        """Whether block RAM and DSP are as estimated."""
        ours, theirs = self.estimated, self.synthesized
        return (ours.bram18, ours.dsp) == (theirs.bram18, theirs.dsp)

    def meets(self, target: Target) -> bool:
        """Whether the estimate is near enough."""
        return (
            abs(self.lut) <= max(target.few, target.lut * self.synthesized.lut)
            and abs(self.ff) <= max(target.few, target.ff * self.synthesized.ff)
            and self.is_exact_in_ram
        )

    def __str__(self) -> str:
        ours, theirs = self.estimated, self.synthesized
        return (
            f"{self.name}: LUT {ours.lut} / {theirs.lut} ({self.lut_share:+.1%}), "
            f"FF {ours.ff} / {theirs.ff} ({self.ff_share:+.1%}), "
            f"BRAM18 {ours.bram18} / {theirs.bram18}"
        )


def measure(cases: Sequence[Case], family: Family) -> list[Point]:
    """Estimate and synthesise the cases."""
    found = []
    for batch in _batches(cases, family):
        for case, real in zip(batch, primitives(batch, family), strict=True):
            found.append(Point(case.name, case.estimate(family), real))
    return found


def check_estimates(
    cases: Sequence[Case], family: Family, *, share: float = 0.1, slack: int = 8
) -> None:
    """Compare the descriptor's estimates with what Yosys makes of the cases.

    Args:
        cases: all are synthesised in one run.
        family: whose primitives are counted.
        share: by which part of the synthesised LUTs and FFs the estimates may miss.
        slack: by how many they may miss in any case.

    Raises:
        AssertionError: an estimate of LUTs or FFs misses by more, or one of RAM is not exact.
    """
    found = zip(cases, primitives(cases, family), strict=True)
    points = [Point(case.name, case.estimate(family), real) for case, real in found]
    missed = [point for point in points if not point.meets(Target(share, share, slack))]
    assert not missed, f"on {family}:\n" + "\n".join(map(str, missed))


def _batches(cases: Sequence[Case], family: Family) -> Iterator[list[Case]]:
    """What fits into a run each."""
    batch: list[Case] = []
    room = _RUN_LUT
    for case in cases:
        lut = case.estimate(family).lut
        if batch and lut > room:
            yield batch
            batch, room = [], _RUN_LUT
        batch.append(case)
        room -= lut
    if batch:
        yield batch
