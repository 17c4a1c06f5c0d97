# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What the search can say of a design: how good it is, what holds it back, what more would give."""

from __future__ import annotations

from dataclasses import dataclass

from xnorflow.folding.design import Design

__all__ = ["Found", "Lift", "Verdict"]


@dataclass(frozen=True)
class Lift:
    """A way to be faster.

    Attributes:
        fps: frames per second that it gives.
        resource: of which more is needed, as the fields of Resources name it.
        more: how many more than the board's budget, or, where a target was given, than the design.
    """

    fps: float
    resource: str
    more: int


@dataclass(frozen=True)
class Verdict:
    """How good a design is.

    Attributes:
        goal: what was sought: ``fps`` (the most on the board), ``lut``, ``bram18`` or ``area``
            (the least for a target, or for what a folding file leaves open).
        found: what the design has of it.
        bound: what no design of these kernels can better; fifos not counted.
        slowest: the layers whose cycles are the interval.
        lifts: ways to be faster, the slowest first; none if some layer cannot be faster.
    """

    goal: str
    found: float
    bound: float
    slowest: tuple[str, ...]
    lifts: tuple[Lift, ...] = ()

    @property
    def gap(self) -> float:
        """By what part the design may miss the best one; 0 is proven to be the best."""
        return abs(self.bound - self.found) / max(self.bound, self.found, 1e-300)


@dataclass(frozen=True)
class Found:
    """A design, and how good it is."""

    design: Design
    verdict: Verdict
