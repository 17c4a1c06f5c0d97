# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer whose outcomes are two levels: rows turned so that all rise, integer thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.frontend.chain import Chain
from xnorflow.frontend.coding import Coding, accumulate, accumulator_chunks, is_exact
from xnorflow.frontend.operators import QUANTISERS
from xnorflow.frontend.outcomes import MAX_LEVELS, Outcomes, watch
from xnorflow.frontend.weights import Matrix
from xnorflow.ir.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.ir.layer import Dense
from xnorflow.ir.ranges import dot_range, threshold_range

if TYPE_CHECKING:
    from xnorflow.frontend.network import Array

__all__ = ["Switching", "observe", "too_many_levels"]


def observe(matrix: Matrix, coding: Coding, chain: Chain, names: tuple[str, ...]) -> Outcomes:
    """What the chain behind a product makes of every reachable accumulator, per channel.

    Raises:
        XnorflowError: a result is not finite.
    """
    return watch(map(chain, accumulator_chunks(matrix, coding)), names)


def too_many_levels(outcomes: Outcomes, chain: Chain, names: tuple[str, ...]) -> Diagnostic | None:
    """What is wrong with activations of more than two levels; it names the quantisers."""
    count = len(outcomes.levels)
    if count <= 2:
        return None
    shown = f"more than {MAX_LEVELS}" if count > MAX_LEVELS else str(count)
    quantisers = tuple(node.name for node in chain.nodes if node.op_type in QUANTISERS)
    return Diagnostic(
        "unsupported-activations",
        f"activations must take two levels, the same for all channels, not {shown} levels",
        "quantise activations to 1 bit with one common scale; "
        "multi-bit activations are not supported yet",
        Origin(quantisers or names),
    )


@dataclass(frozen=True, eq=False)
class Switching:
    """A product whose chain has at most two outcomes.

    Attributes:
        matrix: the product.
        coding: of its input.
        chain: the functions behind it.
        outcomes: what they give, per channel.
        layer: neutral name, for messages.
        names: the user's nodes.
    """

    matrix: Matrix
    coding: Coding
    chain: Chain
    outcomes: Outcomes
    layer: str
    names: tuple[str, ...]

    def check(self) -> None:
        """Refuse more levels than two, and channels that switch more than once.

        Raises:
            XnorflowError: naming the quantisers, or the channel.
        """
        fault = too_many_levels(self.outcomes, self.chain, self.names)
        if fault is not None:
            raise XnorflowError(fault)
        changes = self.outcomes.rises + self.outcomes.falls
        if (changes > 1).any():
            channel = int(np.argmax(changes > 1))
            raise XnorflowError(
                Diagnostic(
                    "non-monotone",
                    "an activation must switch at most once as the sum of products rises, "
                    f"not {changes[channel]} times as in channel {channel}",
                    "use monotone functions (no Abs, no even Pow) before the quantiser",
                    Origin(self.names),
                )
            )

    @property
    def levels(self) -> Coding:
        """What the output bit is worth."""
        return Coding.of_bits(self.outcomes.levels[0], self.outcomes.levels[-1])

    def dense(self) -> Dense:
        """Weights and thresholds: falling channels have their row inverted."""
        width = self.matrix.bits.shape[1]
        domain = np.asarray(threshold_range(width, self.coding.value))
        rising, falling = self.outcomes.rises == 1, self.outcomes.falls == 1
        high = self.outcomes.first == self.outcomes.levels[-1]
        thresholds = np.where(high, domain[0], domain[-1])
        switch = self.outcomes.switch
        thresholds[rising] = domain[switch[rising]]
        # The inverted row sees the mirrored sum: domain[:-1] read backwards.
        thresholds[falling] = domain[len(domain) - 1 - switch[falling]]
        bits = np.where(falling[:, np.newaxis], 1 - self.matrix.bits, self.matrix.bits)
        return Dense(bits.astype(np.uint8), thresholds.astype(np.int32))

    def notes(self) -> tuple[Diagnostic, ...]:
        """What the user should know: dead neurons, and decisions within rounding error."""
        total = len(self.outcomes.rises)
        dead = int((self.outcomes.rises + self.outcomes.falls == 0).sum())
        close = self._close_calls()
        notes = []
        if dead:
            notes.append(
                _note(
                    "dead-neurons",
                    f"{self.layer}: {dead} of {total} neurons never change their output",
                    "the hardware stays right; training with fewer neurons would save area",
                    self.names,
                )
            )
        if close.size:
            listed = ", ".join(map(str, close[:16])) + (", ..." if close.size > 16 else "")
            notes.append(
                _note(
                    "near-tie",
                    f"{self.layer}: {close.size} of {total} channels switch within float32 "
                    f"rounding error of a reachable sum: {listed}",
                    "the executor's own rounding decides there; the hardware does the same",
                    self.names,
                )
            )
        return tuple(notes)

    def _close_calls(self) -> npt.NDArray[np.int64]:
        """Channels that decide otherwise in float64 at one of the two sums beside the switch.

        Where the executor's float32 sums are themselves inexact, the two sums are first moved
        towards each other by four units in the last place of the largest.
        """
        switches = self.outcomes.rises + self.outcomes.falls == 1
        if not switches.any():
            return np.zeros(0, dtype=np.int64)
        dots = np.asarray(dot_range(self.matrix.bits.shape[1], self.coding.value))
        above = np.where(switches, self.outcomes.switch, 1)
        sums = accumulate(self.matrix, self.coding, dots[np.stack([above - 1, above])])
        if not is_exact(self.matrix, self.coding):
            ends = accumulate(self.matrix, self.coding, dots[[0, -1], np.newaxis])
            slack = 4 * np.finfo(sums.dtype).eps * np.abs(ends).max(axis=0)
            towards = np.sign(sums[1] - sums[0])
            sums = sums + (np.stack([slack, -slack]) * towards).astype(sums.dtype)
        upper = self._evaluate_double(sums) > self.levels.middle
        wanted = np.stack([self.outcomes.falls == 1, self.outcomes.rises == 1])
        return np.flatnonzero((upper != wanted).any(axis=0) & switches)

    def _evaluate_double(self, sums: Array) -> Array:
        try:
            return self.chain(sums, double=True)
        except XnorflowError:  # an operator that knows float32 only
            return self.chain(sums)


def _note(code: str, message: str, hint: str, names: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(code, message, hint, Origin(names), Severity.NOTE)
