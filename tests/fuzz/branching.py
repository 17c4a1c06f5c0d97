# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Blocks with shortcuts, as residual and dense binary networks have them, one in another."""

from __future__ import annotations

from tests.fuzz.draws import Draws
from tests.fuzz.network import (
    INTEGERS,
    RANGES,
    WEIGHTS,
    Average,
    Channels,
    Conv,
    Edges,
    Pair,
    Pool,
    Quantise,
    Residual,
    Scalar,
    Sign,
    Step,
)
from tests.fuzz.shapes import Shape, behind

KERNELS: tuple[tuple[Pair, Edges], ...] = (
    ((3, 3), (1, 1, 1, 1)),
    ((1, 1), (0, 0, 0, 0)),
    ((1, 3), (0, 1, 0, 1)),
    ((3, 1), (1, 0, 1, 0)),
)
"""Such that the image keeps its size, and their pads."""
SMOOTH = (Pool((3, 3), (1, 1), (1, 1, 1, 1)), Pool((1, 3), (1, 1), (0, 1, 0, 1)))
"""Pools such that the image keeps its size."""
HALF = (Pool((2, 2), (2, 2)), Pool((3, 3), (2, 2), (1, 1, 1, 1)))
"""Pools such that it gets half of that."""
FUNCTIONS = ("batch_norm", "identity", "leaky_relu", "offset", "clip")


class Branching:
    """Draws blocks for images of at most so many channels."""

    def __init__(self, draws: Draws, channels: int) -> None:
        self._draws, self._channels = draws, channels

    def block(self, shape: Shape, depth: int, *, bits: bool) -> Residual:
        """A block of an image, with so many more in each other, of bits or of integers."""
        draws = self._draws
        even = shape[1] % 2 == 0 and shape[2] % 2 == 0
        kinds = ["same", "same", "convolved", "grown", "halved" if even else "same"]
        kinds += ["parted", "improved"] * (shape[0] > 1) + ["projected"] * (not bits)
        kind = draws.pick(kinds)
        if kind == "grown":
            made = self._product(draws.whole(1, self._channels), bits=bits)
            return Residual(made, (), "concat")
        if kind == "halved":
            return self._halved(shape, bits=bits)
        if kind in ("parted", "improved"):
            return self._parted(shape, bits=bits, improved=kind == "improved")
        main = self._main(shape, depth, bits=bits)
        skip: tuple[Step, ...] = ()
        if kind == "convolved":
            skip = self._product(shape[0], bits=bits)
        elif kind == "projected":
            skip = self._projected(shape[0])
        elif depth and draws.seldom(3):
            skip = self._nested(shape, depth, bits=bits)
        elif draws.seldom(3):
            skip = self._maxima(SMOOTH)
        return Residual(main, skip, "add")

    def decided(self, shape: Shape) -> tuple[Step, ...]:
        """A sum of a product's results as they are, and its sign."""
        draws = self._draws
        *main, _ = self._product(shape[0], bits=False, part=False)
        functions = (Scalar("offset", draws.seed()),) * draws.pick([0, 1])
        bits = Sign(draws.pick(["bipolar", "half"]), draws.seed())
        return (Residual(tuple(main), (), "add"), *functions, bits)

    def _projected(self, channels: int) -> tuple[Step, ...]:
        """A product of integers by integers."""
        draws = self._draws
        kernel, pads = draws.pick(KERNELS)
        weights = draws.pick(INTEGERS)
        made = Conv(channels, kernel, (1, 1), pads, "", weights, draws.seldom(3), draws.seed())
        return (made, Scalar(draws.pick(FUNCTIONS), draws.seed()), self._quantise())

    def _main(self, shape: Shape, depth: int, *, bits: bool) -> tuple[Step, ...]:
        """From none to many products."""
        draws, steps = self._draws, tuple[Step, ...]()
        count = draws.pick([1, 2, 0, 3])
        for number in range(count):
            last = number == count - 1
            channels = shape[0] if last else draws.whole(1, self._channels)
            steps += self._product(channels, bits=bits and not number)
            if depth and not last and draws.seldom(2):
                steps += self._nested(behind(steps, shape), depth, bits=False)
        return steps

    def _nested(self, shape: Shape, depth: int, *, bits: bool) -> tuple[Step, ...]:
        """A block that leaves the image's size and channels, and integers of few bits."""
        main = self._main(shape, depth - 1, bits=bits)
        return (Residual(main, (), "add"), self._quantise())

    def _halved(self, shape: Shape, *, bits: bool) -> Residual:
        """Half the size, and as many or twice the channels: pools beside a product."""
        twice = self._draws.seldom(2)
        main = self._product((1 + twice) * shape[0], stride=2, bits=bits)
        skip: tuple[Step, ...] = (Average((2, 2)), self._quantise())
        if self._draws.seldom(2):
            skip = self._maxima(HALF)
        if twice:
            skip += (Residual((), (), "concat"),)
        return Residual(main, skip, "add")

    def _parted(self, shape: Shape, *, bits: bool, improved: bool) -> Residual:
        """Of two parts the first goes through a product, or products of both improve the second."""
        place = self._draws.whole(1, shape[0] - 1)
        first, second = self.channels(0, place), self.channels(place, shape[0])
        if improved:
            main = self._product(shape[0] - place, bits=bits)
            return Residual((first,), (Residual(main, (second,), "add"),), "concat")
        main = (first, *self._product(self._draws.whole(1, self._channels), bits=bits))
        return Residual(main, (second,), "concat")

    def channels(self, start: int, stop: int) -> Channels:
        """A range of channels."""
        return Channels(start, stop, self._draws.pick(RANGES))

    def _maxima(self, pools: tuple[Pool, ...]) -> tuple[Step, ...]:
        """The largest integers, with functions around them or without."""
        draws = self._draws
        pool: Step = draws.pick(pools)
        kind = draws.pick(["alone", "pool first", "function first"])
        if kind == "alone":
            return (pool,)
        function = Scalar(draws.pick(FUNCTIONS), draws.seed())
        both = (pool, function) if kind == "pool first" else (function, pool)
        return (*both, self._quantise())

    def _product(
        self, channels: int, *, bits: bool, stride: int = 1, part: bool = True
    ) -> tuple[Step, ...]:
        """A sign, where there are no bits yet, a product of bits, a function and a quantiser.

        Seldom of more channels than asked for, of which it keeps a ``part``.
        """
        draws, steps = self._draws, tuple[Step, ...]()
        if not bits:
            if draws.seldom(2):
                steps += (Scalar("grid", draws.seed()),)
            steps += (Sign(draws.pick(["bipolar", "threshold", "thresholds"]), draws.seed()),)
        kernel, pads = draws.pick(KERNELS if stride == 1 else KERNELS[:1])
        weights = draws.pick(WEIGHTS)
        more, start = (draws.whole(1, 3), draws.whole(0, 3)) if part and draws.seldom(6) else (0, 0)
        made, strides = channels + more, (stride, stride)
        steps += (Conv(made, kernel, strides, pads, "", weights, False, draws.seed()),)
        steps += (Scalar(draws.pick(FUNCTIONS), draws.seed()),)
        if more:
            start = min(start, more)
            steps += (self.channels(start, start + channels),)
        return (*steps, self._quantise())

    def _quantise(self) -> Quantise:
        return Quantise("quant", self._draws.pick([8, 4, 3]), True, self._draws.seed())
