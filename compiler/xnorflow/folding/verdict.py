# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the search can say of a design: how good it is, what holds it back, what more would give."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.design.design import Design
from xnorflow.hardware.resources import Resources

__all__ = ["Found", "Lift", "Verdict"]


@dataclass(frozen=True)
class Lift:
    """A way to be faster.

    Attributes:
        fps: frames per second that it gives.
        more: what it takes more than the board leaves; or, of one that fits the board, than the
            design that was sought for a target or a folding file. Fifos are not counted.
    """

    fps: float
    more: Resources


@dataclass(frozen=True)
class Verdict:
    """How good a design is.

    Attributes:
        goal: what was sought: ``fps`` (the most on the board), ``lut``, ``bram18`` or ``area``
            (the least for a target, or for what a folding file leaves open).
        found: what the design has of it.
        bound: what no design of these kernels can better; fifos not counted.
        within_file: whether that means designs as a folding file leaves them open.
        slowest: the layers whose cycles are the interval.
        lifts: ways to be faster, the slowest first; none if some layer cannot be faster, or, for
            a target or a folding file, if nothing faster fits the board.
    """

    goal: str
    found: float
    bound: float
    within_file: bool
    slowest: tuple[str, ...]
    lifts: tuple[Lift, ...] = ()

    @property
    def gap(self) -> float:
        """By what share of the bound the design may miss the best one; 0 is proven to be it."""
        return abs(self.found - self.bound) / (self.bound or 1.0)


@dataclass(frozen=True)
class Found:
    """A design, and how good it is."""

    design: Design
    verdict: Verdict
