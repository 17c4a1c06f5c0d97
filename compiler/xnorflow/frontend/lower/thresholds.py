# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A layer whose outcomes are two levels: rows turned so that all rise, integer thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from xnorflow.diagnostics import Diagnostic, Origin, Severity, XnorflowError
from xnorflow.frontend.evaluate.coding import Coding
from xnorflow.frontend.evaluate.elements import Elements
from xnorflow.frontend.evaluate.monotonicity import Monotonicity
from xnorflow.frontend.evaluate.outcomes import Outcomes
from xnorflow.frontend.evaluate.product import Product
from xnorflow.frontend.trace.gather import numbered
from xnorflow.ir.ops.dense import Dense
from xnorflow.ir.ranges import threshold_range

if TYPE_CHECKING:
    from xnorflow.frontend.evaluate.chain import FunctionChain
    from xnorflow.frontend.evaluate.padding import Flags
    from xnorflow.frontend.evaluate.sums import Sums
    from xnorflow.frontend.read.network import Array
    from xnorflow.frontend.trace.gather import Labels

__all__ = ["BinaryProduct"]


@dataclass(frozen=True, eq=False)
class BinaryProduct:
    """A product whose chain has at most two outcomes.

    Attributes:
        product: the product.
        chain: the functions behind it.
        elements: one of each kind.
        outcomes: what they give.
        layer: neutral name, for messages.
        names: the user's nodes.
    """

    product: Product
    chain: FunctionChain
    elements: Elements[Sums]
    outcomes: Outcomes
    layer: str
    names: tuple[str, ...]

    @staticmethod
    def observe(
        product: Product, chain: FunctionChain, layer: str, names: tuple[str, ...]
    ) -> BinaryProduct | None:
        """What the chain behind a product makes of every reachable sum.

        None where it makes more than two levels, or switches some element more than once.

        Raises:
            XnorflowError: a result is not finite, or there are too many sums.
        """
        elements = Elements.of(product, chain)
        if len(np.unique(next(elements.results()))) > 2:
            return None
        outcomes = elements.outcomes(names)
        if len(outcomes.levels) > 2 or (outcomes.rises + outcomes.falls > 1).any():
            return None
        return BinaryProduct(product, chain, elements, outcomes, layer, names)

    def check_coding(self) -> None:
        """Refuse levels that a product behind could not count with.

        Raises:
            XnorflowError: naming them.
        """
        fault = Coding.far_apart(self.outcomes.levels[0], self.outcomes.levels[-1], self.names)
        if fault is not None:
            raise XnorflowError(fault)

    @property
    def levels(self) -> Coding:
        """What the output bit is worth."""
        return Coding.of_bits(self.outcomes.levels[0], self.outcomes.levels[-1])

    @property
    def _channels(self) -> Labels:
        """[R]: the graph's channel of each element."""
        channels: Labels = self.product.rows[self.elements.sums.channels]
        return channels

    @cached_property
    def _label_flips(self) -> Flags:
        """For each label of the last stage, whether pools need the bit inverted."""
        monotonicity = Monotonicity(self.chain, self.outcomes.levels, self.names)
        monotonicity.watch(self.elements.cells, self.elements.traces())
        return monotonicity.flips(self.elements.cells)

    @cached_property
    def _flips(self) -> Flags:
        """[R]: whose bit is stored inverted."""
        if self.chain.pools:
            return self._label_flips[self.chain.final_labels(self.elements.cells)]
        # A channel that falls everywhere has its row inverted instead.
        rising, falling = self.outcomes.rises == 1, self.outcomes.falls == 1
        rises = np.zeros(len(self.product.bits), dtype=bool)
        rises[self.elements.sums.channels[rising]] = True
        flips: Flags = falling & rises[self.elements.sums.channels]
        return flips

    @cached_property
    def flips(self) -> Flags:
        """For each cell of the last image, whether its bit is stored inverted."""
        last = self.chain.stages[-1]
        if self.chain.pools:
            return self._label_flips[last.labels[: self.chain.end.size]]
        kinds = self.elements.kinds
        flips: Flags = self._flips[kinds] & (kinds >= 0)
        return flips

    def dense(self) -> Dense:
        """Weights and thresholds: channels that fall have their row inverted.

        Raises:
            XnorflowError: in front of a pool some elements of a channel rise and others fall.
        """
        inverted = self._inverted_rows()
        bits = np.where(inverted[:, np.newaxis], 1 - self.product.bits, self.product.bits)
        bits = bits.astype(np.uint8)
        limits = self._thresholds(bits, inverted)
        kinds = self.elements.kinds.reshape(-1, len(bits))
        domain = threshold_range(bits.shape[1], self.product.coding.value)
        whole = np.where(kinds >= 0, limits[kinds], domain[-1]).astype(np.int32)
        seen = (kinds >= 0).any(axis=1)
        whole[~seen] = whole[np.argmax(seen)]
        rows, number = numbered(whole)
        if len(rows) == 1:
            return Dense(bits, rows[0])
        return Dense(bits, rows, number.astype(np.int32))

    def _inverted_rows(self) -> Flags:
        rising, falling = self.outcomes.rises == 1, self.outcomes.falls == 1
        rising, falling = (
            np.where(self._flips, falling, rising),
            np.where(self._flips, rising, falling),
        )
        up, down = np.zeros((2, len(self.product.bits)), dtype=bool)
        up[self.elements.sums.channels[rising]] = True
        down[self.elements.sums.channels[falling]] = True
        if (up & down).any():
            channel = int(self.product.rows[np.argmax(up & down)])
            raise XnorflowError(
                Diagnostic(
                    "unsupported-op",
                    "in front of a MaxPool a channel must rise at all pixels or fall at all, "
                    f"not as channel {channel}",
                    "use functions of the same direction for all pixels of a channel",
                    Origin(self.names),
                )
            )
        return down

    def _thresholds(self, bits: Array, inverted: Flags) -> npt.NDArray[np.int64]:
        """[R]: where the stored bit becomes 1, on rows ``bits`` of which some are inverted."""
        sums, outcomes = self.elements.sums, self.outcomes
        domain = threshold_range(bits.shape[1], self.product.coding.value)
        high = (outcomes.first == outcomes.levels[-1]) ^ self._flips
        limits = np.where(high, domain[0], domain[-1])
        # The inverted row sees the mirrored sum: numbers counted backwards.
        turned = inverted[sums.channels]
        number = np.where(turned, sums.counts - outcomes.switch, outcomes.switch)
        if self.product.coding.value.is_bipolar:
            # Lanes outside are stored as 0 and agree with each weight of 0.
            lanes = self.product.padding.outside.astype(np.int64) @ (1 - bits.astype(np.int64)).T
            first = lanes[sums.classes, sums.channels]
        else:
            first = sums.lows
        switches = outcomes.rises + outcomes.falls == 1
        limits[switches] = (first + number)[switches]
        return limits

    def notes(self) -> tuple[Diagnostic, ...]:
        """What the user should know: dead neurons, and decisions within rounding error."""
        total = len(self.product.bits)
        moves = self.outcomes.rises + self.outcomes.falls > 0
        dead = total - len(np.unique(self._channels[moves]))
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
            notes.append(self._close(close, total))
        return tuple(notes)

    def _close(self, channels: Labels, total: int) -> Diagnostic:
        """What to say of channels that decide within rounding error of a sum."""
        listed = ", ".join(map(str, channels[:16])) + (", ..." if channels.size > 16 else "")
        digits = self.elements.sums.digits
        if digits.is_exact:
            return _note(
                "near-tie",
                f"{self.layer}: {channels.size} of {total} channels switch within float32 "
                f"rounding error of a reachable sum: {listed}",
                "the executor's own rounding decides there; the hardware does the same",
                self.names,
            )
        coarse = digits.coarse
        return Diagnostic(
            "inexact-sums",
            f"{self.layer}: {channels.size} of {total} neurons decide at a sum that the model "
            f"itself computes with an error ({coarse.text}): there it may decide either way, as "
            f"the order of adding has it, while the hardware's sums are exact: {listed}",
            f"{coarse.remedy}; {_INEXACT_HINT}",
            Origin(self.names),
            Severity.WARNING,
        )

    def _close_calls(self) -> npt.NDArray[np.int64]:
        """Channels that decide otherwise in float64 at one of the two sums beside the switch.

        Where the executor's float32 sums are themselves inexact, the two sums are first moved
        towards each other by four units in the last place of the largest.
        """
        switches = self.outcomes.rises + self.outcomes.falls == 1
        if not switches.any():
            return np.zeros(0, dtype=np.int64)
        above = np.where(switches, self.outcomes.switch, 1)
        sums = self.elements.sums.at(np.stack([above - 1, above]))
        if not self.elements.sums.digits.is_exact:
            ends = self.elements.sums.at(np.stack([0 * above, self.elements.sums.counts - 1]))
            slack = 4 * np.finfo(sums.dtype).eps * np.abs(ends).max(axis=0)
            towards = np.sign(sums[1] - sums[0])
            sums = sums + (np.stack([slack, -slack]) * towards).astype(sums.dtype)
        upper = self._evaluate_double(sums) > self.levels.middle
        wanted = np.stack([self.outcomes.falls == 1, self.outcomes.rises == 1])
        return np.unique(self._channels[(upper != wanted).any(axis=0) & switches])

    def _evaluate_double(self, sums: Array) -> Array:
        try:
            return self.chain.run(sums, self.elements.cells, double=True)[-1]
        except XnorflowError:  # an operator that knows float32 only
            return self.chain.run(sums, self.elements.cells)[-1]


_INEXACT_HINT = (
    "or let no sum meet the threshold: a BatchNorm in front of the sign, or an odd number of "
    "inputs; `xnorflow verify` counts the labels that differ"
)
"""What else to do about sums that float32 does not hold."""


def _note(code: str, message: str, hint: str, names: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(code, message, hint, Origin(names), Severity.NOTE)
