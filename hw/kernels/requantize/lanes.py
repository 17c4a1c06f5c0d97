# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""What is constant in the lines of a requantize unit's lanes: synthesis leaves that out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xnorflow.hardware.fabric import Fabric
from xnorflow.hardware.family import Family
from xnorflow.hardware.resources import Resources
from xnorflow.hw_common.memory import Bits
from xnorflow.kernels.requantize.shape import RequantizeShape
from xnorflow.kernels.requantize.words import line_words

__all__ = ["Bools", "Lanes", "kept", "times"]

Bools = npt.NDArray[np.bool_]

_PAIRS = 32
"""Words of a table up to which two bits share a LUT, both of which stay if one varies."""


@dataclass(frozen=True, eq=False)
class Lanes:
    """Lines of the lanes that differ.

    Attributes:
        slopes: whether bits of slopes vary [lanes, bits].
        offsets: whether bits of offsets vary, those that are always 0 left out [lanes, bits].
        slope_ones: whether bits of slopes are ever 1.
        offset_ones: whether bits of offsets are.
        digits: whether digits of slopes are ever other than 0 [lanes, digits].
    """

    slopes: Bools
    offsets: Bools
    slope_ones: Bools
    offset_ones: Bools
    digits: Bools

    @classmethod
    def of(cls, shape: RequantizeShape, family: Family) -> Lanes:
        """Those of all lanes until they are alike."""
        words = line_words(shape.unrepeated)
        if shape.lines is not None and shape.lines.in_block(family):
            varies = np.ones((len(words), words.shape[2]), np.bool_)
        else:
            varies = np.stack([kept(own, family.fabric) for own in words])
        bits, split = shape.pieces.slope_bits + shape.pieces.offset_bits, shape.pieces.slope_bits
        varies = varies.reshape(-1, bits)
        lines = words.swapaxes(1, 2).reshape(len(varies), bits, -1)
        ones = lines.any(axis=2)
        return cls(
            varies[:, :split],
            varies[:, split:],
            ones[:, :split],
            ones[:, split:],
            _digits(lines[:, :split], shape.digits),
        )

    @property
    def multiplies(self) -> Bools:
        """Whether a multiplier is left: not of a constant that is 0 or a power of two [lanes]."""
        found: Bools = self.slopes.any(axis=1) | (self.slope_ones.sum(axis=1) > 1)
        return found

    @property
    def count(self) -> int:
        """Lanes that differ."""
        return len(self.offsets)


def kept(words: Bits, fabric: Fabric) -> Bools:
    """Which bits of a table's words [words, bits] synthesis takes as such that vary.

    Of LUT4 bits that are alike are merged, of LUT6 the two of a LUT are not told apart.
    """
    varies: Bools = (words != words[0]).any(axis=0)
    if fabric is Fabric.LUT4:
        first = np.unique(words, axis=1, return_index=True)[1]
        return varies & np.isin(np.arange(len(varies)), first)
    if len(words) <= _PAIRS:
        even = np.append(varies, np.zeros(len(varies) % 2, np.bool_)).reshape(-1, 2)
        varies = np.repeat(even.any(axis=1), 2)[: len(varies)]
    return varies


def times(one: Resources, count: float) -> Resources:
    """What several take."""
    return Resources(
        round(one.lut * count),
        round(one.ff * count),
        round(one.bram18 * count),
        round(one.dsp * count),
    )


def _digits(slopes: Bits, count: int) -> Bools:
    """Whether digits are ever other than 0, of slopes [lanes, bits, words]."""
    lanes, bits, words = slopes.shape
    if count == 0:
        return np.zeros((lanes, 0), np.bool_)
    sign = np.repeat(slopes[:, -1:], 2 * count - bits, axis=1)
    whole = np.concatenate([np.zeros((lanes, 1, words), np.uint8), slopes, sign], axis=1)
    low, middle, high = whole[:, 0:-2:2], whole[:, 1:-1:2], whole[:, 2::2]
    found: Bools = ((low != middle) | (middle != high)).any(axis=2)
    return found
