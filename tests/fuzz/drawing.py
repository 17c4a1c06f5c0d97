# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""A network drawn step by step; whatever is drawn is legal and shrinks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.fuzz.branching import Branching
from tests.fuzz.draws import Draws
from tests.fuzz.network import (
    FLATTENS,
    INTEGERS,
    PREPARES,
    RANGES,
    SCALARS,
    SIGNS,
    WEIGHTS,
    Channels,
    Choose,
    Conv,
    Dense,
    Edges,
    Flatten,
    GlobalPool,
    Input,
    Network,
    Pad,
    Pair,
    Pointwise,
    Pool,
    Prepare,
    Quantise,
    Scalar,
    Shuffle,
    Sign,
    Step,
)
from tests.fuzz.shapes import after


@dataclass(frozen=True)
class Limits:
    """The most of everything.

    Of an image's side, channels, a row's width, products of a kind, and blocks with shortcuts, each
    with so many more in each other.
    """

    side: int = 12
    channels: int = 9
    width: int = 70
    convs: int = 4
    denses: int = 3
    blocks: int = 0
    depth: int = 1


class Drawing(Draws):
    """The steps drawn so far, and the shape behind them."""

    def __init__(self, draw: Callable[[Any], Any], limits: Limits) -> None:
        super().__init__(draw)
        self._limits = limits
        self._steps: list[Step] = []
        self._shape: tuple[int, ...] = ()
        self._owed = (0, 0)  # rows and columns of Pads that the next kernel must exceed
        self._inexact = False  # whether the next product sums floats that no quantiser made

    def network(self) -> Network:
        convolutional = self._limits.convs > 0 and self.whole(0, 5) > 0
        entry = self._input(convolutional)
        self._shape = entry.shape
        self._head(entry, convolutional)
        if convolutional:
            self._convs()
        self._flatten()
        self._denses()
        self._tail()
        batches: list[int | str] = [1, "N", 3]
        batch = self.pick(batches)
        return Network(entry, tuple(self._steps), batch, self.seed())

    def _add(self, step: Step) -> None:
        self._steps.append(step)
        self._shape = after(step, self._shape)

    # in front of the first product

    def _input(self, convolutional: bool) -> Input:
        limits = self._limits
        if not convolutional and self.seldom(2):
            shape: tuple[int, ...] = (self.whole(1, limits.width),)
        else:
            side = limits.side if convolutional else 4
            shape = (self.whole(1, 5), self.whole(1, side), self.whole(1, side))
        kind = self.pick(["", "BIPOLAR", "INT8", "INT4", "UINT3"])
        scale = 1 / 255 if not kind and self.seldom(2) else 1.0
        return Input(shape, kind, scale)

    def _head(self, entry: Input, convolutional: bool) -> None:
        if entry.dtype == "BIPOLAR":
            return
        if convolutional:
            self._pad(12, ["zero"])
        if self.seldom(5):  # integers, or floats in equal steps, straight into the first product
            self._inexact = entry.scale != 1.0 or self.seldom(2)
            if self._inexact and not self.seldom(3):
                self._add(Prepare(self.pick(["middle", "centre"]), self.seed()))
            return
        if not self.seldom(4):
            self._add(Prepare(self.pick(PREPARES), self.seed()))
        if not convolutional and self.seldom(3):
            self._flatten()
        if self.seldom(2):
            kind = self.pick(["quant", "thresholds"])
            bits = self.pick([8, 2, 3, 4, 9] if kind == "quant" else [2, 3, 4])
            self._add(Quantise(kind, bits, not self.seldom(3), self.seed()))
        else:
            self._sign()

    # images

    def _convs(self) -> None:
        count = self.whole(1, self._limits.convs)
        for number in range(count):
            if number or not self._steps:
                self._pad(4, ["low", "high", "zero"])
            # A first product on channels last is refused as soon as an image has to follow.
            if number and self.seldom(8) and self._owed == (0, 0):
                channels = self.whole(1, self._limits.channels)
                self._add(Pointwise(channels, self.pick(WEIGHTS), self.seed()))
            else:
                self._add(self._conv())
            self._activation(last=number == count - 1)
            if self._shape[0] > 1 and self._owed == (0, 0) and self.seldom(8):
                start = self.whole(0, self._shape[0] - 1)
                stop = self.whole(start + 1, self._shape[0])
                self._add(Channels(start, stop, self.pick(RANGES)))
            if self.seldom(3):
                self._add(self._pool())
            if self.seldom(6):
                self._add(Shuffle(scale=self.pick([1.0, 0.5])))
        for _ in range(self.whole(1, self._limits.blocks) if self._limits.blocks else 0):
            self._block()
        if self.seldom(8):
            self._add(GlobalPool())

    def _block(self) -> None:
        """A block with shortcuts, of bits or of integers, and bits behind it."""
        drawn = Branching(self, self._limits.channels)
        self._add(drawn.block(self._shape, self._limits.depth, bits=True))
        for _ in range(self.pick([0, 1])):  # of integers, as the first of them leaves them
            self._add(Quantise("quant", self.pick([8, 4]), True, self.seed()))
            self._add(drawn.block(self._shape, self._limits.depth, bits=False))
        if self.seldom(4):
            self._add(Quantise("quant", self.pick([8, 4, 2]), True, self.seed()))
            for step in drawn.decided(self._shape):
                self._add(step)
            return
        self._scalars()
        self._sign()

    def _conv(self) -> Conv:
        inside = self._owed == (0, 0)
        kernel, stride, pads, auto_pad = self._sweep(longest=5)
        inside = inside and not any(pads) and not auto_pad.startswith("SAME")
        return Conv(
            self.whole(1, self._limits.channels),
            kernel,
            stride,
            pads,
            auto_pad,
            self._weights(integers=inside),  # which pad by levels only, of which 0 may be none
            self.seldom(6),
            self.seed(),
        )

    def _pool(self) -> Pool:
        kernel, stride, pads, auto_pad = self._sweep(longest=3)
        if auto_pad.startswith("SAME"):  # the executor refuses longer strides with these
            stride = (min(stride[0], kernel[0]), min(stride[1], kernel[1]))
        ceil = not auto_pad and self.seldom(3)
        found = Pool(kernel, stride, pads, auto_pad, ceil)
        # Shape inference and the executor disagree where a last position would start outside.
        starts = [(n - 1) * s for n, s in zip(after(found, self._shape)[1:], stride, strict=True)]
        inside = starts[0] < self._shape[1] + pads[0] and starts[1] < self._shape[2] + pads[1]
        return found if inside else replace(found, ceil=False)

    def _pad(self, one_in: int, levels: list[str]) -> None:
        """Seldom a Pad, for the next kernel to reach over."""
        if self._owed == (0, 0) and self.seldom(one_in):
            top, left, bottom, right = (self.whole(0, 2) for _ in range(4))
            self._add(Pad((top, left, bottom, right), self.pick(levels)))
            self._owed = (max(top, bottom), max(left, right))

    def _sweep(self, longest: int) -> tuple[Pair, Pair, Edges, str]:
        """A kernel that fits the image; every position sees a part of it."""
        auto_pad = self.pick(["", "", "", "", "SAME_UPPER", "SAME_LOWER", "VALID"])
        owed, self._owed = self._owed, (0, 0)
        if owed != (0, 0):
            auto_pad = self.pick(["", "VALID"])
        padded = not auto_pad and self.seldom(2)
        kernel, stride, pads = [], [], []
        for size, least in zip(self._shape[1:], owed, strict=True):
            reach = longest if padded or auto_pad.startswith("SAME") else min(longest, size)
            kernel.append(self.whole(min(least + 1, reach), reach))
            stride.append(self.pick([1, 1, 2, 3]))
            pads.append(self._edges(size, kernel[-1], least) if padded else (0, 0))
        (top, bottom), (left, right) = pads
        return (
            (kernel[0], kernel[1]),
            (stride[0], stride[1]),
            (top, left, bottom, right),
            auto_pad,
        )

    def _edges(self, size: int, kernel: int, taken: int) -> Pair:
        """Rows before and after ``size`` rows, of which ``taken`` at either end are padding."""
        most = max(0, kernel - 1 - taken)
        first = self.whole(0, most)
        return first, self.whole(min(most, max(0, kernel - size - first)), most)

    def _activation(self, last: bool) -> None:
        """Functions of each sum, perhaps a pool among them, and the sign."""
        self._untie()
        self._scalars()
        pooled = self.seldom(3)
        if pooled:
            self._add(self._pool())
            self._scalars()
        elif self.seldom(12):
            self._add(Scalar("per_pixel", self.seed()))
        if not last:
            self._pad(20, ["zero"])
        self._sign()

    # rows

    def _flatten(self) -> None:
        if len(self._shape) == 3:
            self._add(Flatten(self.pick(FLATTENS)))

    def _denses(self) -> None:
        for _ in range(self.whole(int(self._inexact), self._limits.denses)):
            self._shuffle()
            self._add(self._dense(self._limits.width))
            self._untie()
            self._scalars()
            self._shuffle()
            self._sign()
        self._shuffle()
        self._add(self._dense(12))

    def _dense(self, widest: int) -> Dense:
        width = self.whole(1, widest)
        return Dense(width, self._weights(), self.seldom(5), self.seed())

    def _weights(self, *, integers: bool = True) -> str:
        return self.pick(INTEGERS if integers and not self._inexact and self.seldom(6) else WEIGHTS)

    def _shuffle(self) -> None:
        width = self._shape[0]
        divisors = [d for d in range(2, width) if width % d == 0]
        if divisors and self.seldom(4):
            self._add(Shuffle(self.pick(divisors), self.pick([1.0, 0.5])))

    # functions

    def _untie(self) -> None:
        """Thresholds between inexact sums, whose order of adding would decide at a tie."""
        if self._inexact:
            self._add(Scalar("batch_norm", self.seed()))
            self._inexact = False

    def _scalars(self) -> None:
        for _ in range(self.pick([1, 0, 2])):
            self._add(Scalar(self.pick(SCALARS[:-1]), self.seed()))

    def _sign(self) -> None:
        self._add(Sign(self.pick(SIGNS), self.seed()))

    def _tail(self) -> None:
        kind = self.pick(["raw", "functions", "offsets", "choice", "choice", "sign"])
        product = self._steps[-1]
        if not (isinstance(product, Dense) and product.weights in INTEGERS):  # else a bias alone
            if kind in ("functions", "choice") and self.seldom(2):
                self._scalars()
            if kind == "offsets" or (kind == "choice" and self.seldom(2)):
                self._add(Scalar("grid", self.seed()))
        if kind == "sign":
            self._sign()
        if kind == "choice" or self.seldom(4):
            classes = self._shape[0]
            top = self.pick([0, 0, 1, self.whole(1, classes)])
            axis, keepdims = self.pick([1, -1]), self.seldom(2)
            self._add(Choose(top, axis, keepdims, top > 0 and self.seldom(3)))
